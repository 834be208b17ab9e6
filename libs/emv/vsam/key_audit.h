// The audit trail of a key store: lines of text, each bound to all before it by SHA-256
// (docs/formats/vsam.md). The chain shows a change to whoever knows a later head.
#pragma once
#include <string>
#include <string_view>

#include "libs/base/civil.h"
#include "libs/base/digest.h"
#include "libs/base/result.h"

namespace plaza::emv {

// Where a trail stands. All zero: empty.
struct AuditHead {
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
  Sha256Digest hash{};
  bool operator==(const AuditHead&) const = default;
};

struct AuditEntry {
  Instant when = {};
  std::string who;               // a custodian; "-" for the store itself
  std::string what;              // "stage-import", …
  std::string slot = "-";        // "-" if of none
  std::string check_value = {};  // hex; empty if none is known
  std::string result = {};       // "ok", or the error's reason
};

// With its line feed. Fields are without blanks, which is the caller's promise.
std::string AuditLine(const AuditHead& before, const AuditEntry& entry);
AuditHead HeadAfter(const AuditHead& before, std::string_view line);

// A whole trail from its first line. KEY_AUDIT_BROKEN with the line.
Result<AuditHead> CheckAudit(std::string_view text);

}  // namespace plaza::emv
