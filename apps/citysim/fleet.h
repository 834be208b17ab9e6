// All gates of the city and all cards, in one process: makes the taps of a plan, quarter of an hour
// by quarter of an hour.
//
// Each gate takes its taps in order of time on one thread, and nothing that one gate decides
// reaches another before the window's end: results do not depend on how threads are scheduled.
// Unpredictable numbers come from the seed here, so that two runs give the same records byte for
// byte; a real gate takes them from the operating system. Not thread-safe; TapUntil() uses threads
// of its own.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "apps/citysim/cards/card.h"
#include "apps/citysim/cards/pki.h"
#include "apps/citysim/citysim.h"
#include "apps/citysim/counting_files.h"
#include "apps/citysim/keys.h"
#include "apps/citysim/plan.h"
#include "apps/validator/gate.h"

namespace plaza::citysim {

struct FleetOptions {
  std::uint64_t seed = 1;
  Keys keys;
  ZoneRules zone;
  std::string gates_dir;
  int threads = 2;
  Duration pass_back{};
};

// A tap of a rider that is watched, once its gate has opened.
struct WatchedTap {
  Instant time;
  std::uint32_t rider = 0;
  std::string tap_id;
};

class Fleet {
 public:
  // BAD_OPTIONS if the folder holds journals already; errors of the gates. `plan` must outlive it.
  static Result<std::unique_ptr<Fleet>> Make(const Plan& plan, FleetOptions options);

  // The taps of all gates before `until` that were not made yet. `watched`: by rider.
  Result<void> TapUntil(Instant until, const std::vector<bool>& watched);

  std::size_t size() const { return gates_.size(); }
  validator::Gate& gate(std::size_t index) { return *gates_[index]; }
  // As the gates tokenise.
  emv::Token Tokenise(std::string_view pan) const { return vsam_->Tokenise(pan); }
  std::uint32_t token_epoch() const { return vsam_->token_epoch(); }
  const Card& card(std::uint32_t medium) const { return cards_[medium]; }

  // Since the last call.
  GateCounts TakeCounts();
  const std::vector<WatchedTap>& watched_taps() const { return watched_taps_; }
  // Processor time.
  double card_seconds() const { return card_seconds_; }
  double gate_seconds() const { return gate_seconds_; }
  const SyncMeter& syncs() const { return syncs_; }

 private:
  struct Work;
  Fleet(const Plan& plan, FleetOptions options);
  Result<void> TapAt(std::size_t gate, Instant until, const std::vector<bool>& watched,
                     const CardCrypto& crypto, Work& work);
  void SignOn(std::size_t gate, Instant until);

  const Plan& plan_;
  FleetOptions options_;
  TestPki pki_;
  std::vector<CardCrypto> crypto_;  // by thread
  std::deque<Card> cards_;
  SyncMeter syncs_;
  std::unique_ptr<CountingFiles> files_;
  validator::GateShared shared_;
  std::unique_ptr<emv::Vsam> vsam_;  // for tokens alone
  std::vector<std::unique_ptr<validator::Gate>> gates_;
  std::vector<std::size_t> next_;  // by gate: the first tap not made yet
  GateCounts counts_;
  std::vector<WatchedTap> watched_taps_;
  double card_seconds_ = 0;
  double gate_seconds_ = 0;
};

}  // namespace plaza::citysim
