// A gate: from a card in the field to a record on disk, and only then an open gate.
//
// One tap = entry point, kernel 3, offline data authentication, the transit decision, tokenise,
// seal, MAC, journal append (synced). Holds card data in memory for the length of a tap: the
// program around it calls runtime::DisableCoreDumps(). Lifecycle: Open() recovers the journal; the
// gate then lives until it is destroyed. What it shares with other gates (GateShared) must outlive
// it. Thread-safety: Tap(), SignOn() and SignOff() from one thread; SetDenyList(),
// SetCaKeys() and journal()
// from any.
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "libs/base/civil.h"
#include "libs/base/result.h"
#include "libs/base/zone.h"
#include "libs/emv/apdu/apdu.h"
#include "libs/emv/capk/capk.h"
#include "libs/emv/journal/journal.h"
#include "libs/emv/oda/issuer_key_cache.h"
#include "libs/emv/transit/gate.h"

namespace plaza::validator {

// Of a whole city: read-only.
struct GateShared {
  emv::GateProfile profile;
  emv::CapkTable capks;
  ZoneRules zone;
  Duration pass_back{};  // of the city's policy; zero switches it off
};

using UnpredictableNumber = std::array<std::uint8_t, 4>;

struct GateOptions {
  std::string validator_id;
  std::string stop_id;  // a fixed gate
  std::string
      route_id;  // of a fixed gate: the line that it lets people through to, if there is but one
  std::string vehicle_id;  // or one in a vehicle, which needs a duty before it takes taps
  std::string journal_folder;
  // Fresh for each tap: the operating system's random source at a real gate.
  std::function<UnpredictableNumber()> random;
};

struct Duty {
  std::string route_id;
  std::string trip_id;
};

struct TapResult {
  bool opened = false;
  bool recorded = false;  // false: the rider presents again, see `retry`
  emv::Reason reason = emv::Reason::kNone;
  emv::RetryReason retry = emv::RetryReason::kNone;
  std::uint64_t sequence = 0;  // of the record
  std::string detail;          // for the gate's log; no card data
};

class Gate {
 public:
  // BAD_PLACE; errors of the journal, and BAD_TAP_RECORD if what it holds is none.
  static Result<std::unique_ptr<Gate>> Open(GateOptions options, const GateShared& shared,
                                            std::unique_ptr<emv::Vsam> vsam, emv::FileEnv& files);

  // NO_DUTY; an error of the journal: the gate stays shut, and nothing was decided.
  Result<TapResult> Tap(emv::CardChannel& card, Instant now);

  void SignOn(Duty duty);  // a vehicle's
  void SignOff();

  void SetDenyList(std::shared_ptr<const emv::DenyListView> list);
  // Instead of GateShared's, from the next tap on.
  void SetCaKeys(std::shared_ptr<const emv::CapkTable> keys);
  const std::string& validator_id() const { return options_.validator_id; }
  emv::Journal& journal() { return *journal_; }

 private:
  Gate(GateOptions options, const GateShared& shared, std::unique_ptr<emv::Vsam> vsam,
       std::unique_ptr<emv::Journal> journal);
  Result<void> RememberUnsent();
  std::shared_ptr<const emv::DenyListView> deny_list() const;
  std::shared_ptr<const emv::CapkTable> ca_keys() const;

  GateOptions options_;
  const GateShared& shared_;
  std::unique_ptr<emv::Vsam> vsam_;
  std::unique_ptr<emv::Journal> journal_;
  emv::PassBackWindow pass_back_;
  emv::IssuerKeyCache issuer_keys_;
  Duty duty_;
  mutable std::mutex mutex_;  // of both
  std::shared_ptr<const emv::DenyListView> deny_list_;
  std::shared_ptr<const emv::CapkTable> ca_keys_;  // none: GateShared's
};

}  // namespace plaza::validator
