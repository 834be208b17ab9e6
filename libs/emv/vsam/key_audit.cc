#include "libs/emv/vsam/key_audit.h"

#include "libs/base/hex.h"
#include "libs/emv/errors.h"

namespace plaza::emv {
namespace {

constexpr std::size_t kHashChars = 64;

Sha256Digest Chain(const Sha256Digest& before, std::string_view fields) {
  Sha256Hasher hasher;
  hasher.Update(before);
  hasher.Update(AsBytes(fields));
  return hasher.Finish();
}

}  // namespace

std::string AuditLine(const AuditHead& before, const AuditEntry& entry) {
  const std::string fields = std::to_string(before.lines + 1) + " " + FormatUtc(entry.when) + " " +
                             entry.who + " " + entry.what + " " + entry.slot + " " +
                             (entry.check_value.empty() ? "-" : entry.check_value) + " " +
                             entry.result + " ";
  return fields + ToHex(Chain(before.hash, fields)) + "\n";
}

AuditHead HeadAfter(const AuditHead& before, std::string_view line) {
  const std::string_view fields = line.substr(0, line.size() - kHashChars - 1);
  return {before.lines + 1, before.bytes + line.size(), Chain(before.hash, fields)};
}

Result<AuditHead> CheckAudit(std::string_view text) {
  AuditHead head;
  while (head.bytes < text.size()) {
    const std::string_view rest = text.substr(head.bytes);
    const std::string where = "line " + std::to_string(head.lines + 1);
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos || end <= kHashChars) {
      return Error(errors::kKeyAuditBroken, "no whole line", where);
    }
    const std::string_view line = rest.substr(0, end + 1);
    const AuditHead after = HeadAfter(head, line);
    if (line.substr(end - kHashChars, kHashChars) != ToHex(after.hash) ||
        !line.starts_with(std::to_string(after.lines) + " ")) {
      return Error(errors::kKeyAuditBroken, "the line does not follow from those before", where);
    }
    head = after;
  }
  return head;
}

}  // namespace plaza::emv
