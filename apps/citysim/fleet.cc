#include "apps/citysim/fleet.h"

#include <time.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <optional>
#include <system_error>
#include <thread>

#include "apps/citysim/cards/limits.h"
#include "apps/citysim/errors.h"
#include "apps/citysim/random.h"
#include "libs/base/check.h"

namespace plaza::citysim {
namespace {

constexpr std::uint32_t kTokenEpoch = 1;
constexpr std::uint64_t kUnpredictable = 0x554E;  // purpose of a random stream
constexpr std::uint16_t kMexico = 484;            // ISO 3166-1 and ISO 4217 (MXN)
// The amount inside each cryptogram: what the general fare is. The real total comes at the cut-off.
constexpr std::int64_t kNominalFareMinor = 1100;
const Bytes kVisaAid = {0xA0, 0x00, 0x00, 0x00, 0x03, 0x10, 0x10};

// Processor time of the calling thread: waits for a disk or for a core do not count.
std::chrono::nanoseconds ThreadTime() {
  timespec now{};
  PLAZA_CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

double InSeconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

// Times the card's side of a tap.
class TimedCard : public emv::CardChannel {
 public:
  TimedCard(emv::CardChannel& card, std::chrono::nanoseconds& spent) : card_(card), spent_(spent) {}
  Result<Bytes> Transmit(ByteView command) override {
    const auto begin = ThreadTime();
    Result<Bytes> answer = card_.Transmit(command);
    spent_ += ThreadTime() - begin;
    return answer;
  }

 private:
  emv::CardChannel& card_;
  std::chrono::nanoseconds& spent_;
};

std::string DecisionName(const validator::TapResult& result) {
  if (!result.recorded) return "retry/" + std::string(emv::RetryReasonName(result.retry));
  if (result.opened) return "accepted";
  return "denied/" + std::string(emv::ReasonName(result.reason));
}

}  // namespace

// What one thread has done in one window.
struct Fleet::Work {
  GateCounts counts;
  std::vector<WatchedTap> watched;
  std::chrono::nanoseconds card{};
  std::chrono::nanoseconds total{};
  std::optional<Error> error;
};

Fleet::Fleet(const Plan& plan, FleetOptions options)
    : plan_(plan), options_(std::move(options)), next_(plan.gates.size(), 0) {}

Result<std::unique_ptr<Fleet>> Fleet::Make(const Plan& plan, FleetOptions options) {
  std::unique_ptr<Fleet> fleet(new Fleet(plan, std::move(options)));
  Fleet& self = *fleet;
  std::error_code failed;
  const std::filesystem::path folder = self.options_.gates_dir;
  if (std::filesystem::exists(folder, failed) && !std::filesystem::is_empty(folder, failed)) {
    return Error(kBadOptions, "the folder holds the journals of an earlier run", folder.string());
  }
  std::filesystem::create_directories(folder, failed);
  if (failed) return Error(kBadOptions, failed.message(), folder.string());

  const Date today = self.options_.zone.ToLocal(plan.day_begin).date;
  PLAZA_ASSIGN_OR_RETURN(self.pki_, MakeTestPki(today, kCardKeysDefault));
  for (int i = 0; i < self.options_.threads; ++i) {
    PLAZA_ASSIGN_OR_RETURN(auto crypto, CardCrypto::Make(self.pki_));
    self.crypto_.push_back(std::move(crypto));
  }
  for (const CardSpec& spec : plan.media) self.cards_.emplace_back(spec);

  self.shared_.profile.combinations = {{kVisaAid}};
  self.shared_.profile.country = kMexico;
  self.shared_.profile.currency = kMexico;
  self.shared_.profile.amount_minor = kNominalFareMinor;
  self.shared_.profile.refused_issuer_countries = {kRefusedCountry};
  PLAZA_RETURN_IF_ERROR(self.shared_.capks.Add(self.pki_.ca));
  self.shared_.zone = self.options_.zone;
  self.shared_.pass_back = self.options_.pass_back;
  self.files_ = std::make_unique<CountingFiles>(emv::PosixFiles(), self.syncs_);

  const auto keys_of = [&](const std::string& validator_id) {
    emv::ValidatorKeys keys;
    keys.validator_id = validator_id;
    keys.token_epoch = kTokenEpoch;
    keys.token_key = self.options_.keys.token;
    keys.mac_key = emv::DeriveMacKey(self.options_.keys.tap_mac_base, validator_id);
    keys.data_key = emv::DeriveDataKey(self.options_.keys.card_data_base, validator_id);
    return keys;
  };
  self.vsam_ = emv::MakeSoftwareVsam(keys_of("GDL-OFFICE"));
  for (std::size_t i = 0; i < plan.gates.size(); ++i) {
    const GatePlan& gate = plan.gates[i];
    validator::GateOptions gate_options;
    gate_options.validator_id = gate.place.validator_id;
    gate_options.stop_id = gate.place.stop_id;
    gate_options.vehicle_id = gate.place.vehicle_id;
    gate_options.route_id = gate.route_id;
    gate_options.journal_folder = (folder / gate.place.validator_id).string();
    gate_options.random = [random = Random(self.options_.seed, kUnpredictable, i)]() mutable {
      const std::uint64_t draw = random.Next();
      return validator::UnpredictableNumber{
          static_cast<std::uint8_t>(draw), static_cast<std::uint8_t>(draw >> 8),
          static_cast<std::uint8_t>(draw >> 16), static_cast<std::uint8_t>(draw >> 24)};
    };
    PLAZA_ASSIGN_OR_RETURN(
        auto made, validator::Gate::Open(std::move(gate_options), self.shared_,
                                         emv::MakeSoftwareVsam(keys_of(gate.place.validator_id)),
                                         *self.files_));
    self.gates_.push_back(std::move(made));
  }
  return fleet;
}

// A vehicle is signed on to another trip each hour.
void Fleet::SignOn(std::size_t gate, Instant until) {
  const GatePlan& plan = plan_.gates[gate];
  if (plan.place.vehicle_id.empty()) return;
  const auto hour = static_cast<std::size_t>((until - plan_.day_begin).ms / (3600 * 1000));
  gates_[gate]->SignOn({plan.route_id, plan.trip_ids[(hour + gate) % plan.trip_ids.size()]});
}

Result<void> Fleet::TapAt(std::size_t gate, Instant until, const std::vector<bool>& watched,
                          const CardCrypto& crypto, Work& work) {
  const std::vector<PlannedTap>& taps = plan_.taps[gate];
  SignOn(gate, until);
  for (; next_[gate] < taps.size() && taps[next_[gate]].time < until; ++next_[gate]) {
    const PlannedTap& tap = taps[next_[gate]];
    const auto begin = ThreadTime();
    CardTap card(cards_[tap.medium], tap.atc, pki_, crypto);
    work.card += ThreadTime() - begin;
    TimedCard timed(card, work.card);
    PLAZA_ASSIGN_OR_RETURN(const auto result, gates_[gate]->Tap(timed, tap.time));
    work.total += ThreadTime() - begin;
    ++work.counts.presented;
    ++work.counts.by_decision[DecisionName(result)];
    if (result.opened && watched[tap.rider]) {
      work.watched.push_back(
          {tap.time, tap.rider,
           MakeTapId(ValidatorId(gates_[gate]->validator_id()), result.sequence).value()});
    }
  }
  return {};
}

Result<void> Fleet::TapUntil(Instant until, const std::vector<bool>& watched) {
  std::vector<std::size_t> busy;  // gates, the busiest first
  std::vector<std::size_t> load(gates_.size(), 0);
  for (std::size_t gate = 0; gate < gates_.size(); ++gate) {
    const auto& taps = plan_.taps[gate];
    while (next_[gate] + load[gate] < taps.size() && taps[next_[gate] + load[gate]].time < until) {
      ++load[gate];
    }
    if (load[gate] > 0) busy.push_back(gate);
  }
  std::ranges::stable_sort(busy, std::ranges::greater(),
                           [&](std::size_t gate) { return load[gate]; });

  std::vector<Work> work(crypto_.size());
  std::atomic<std::size_t> turn{0};
  const auto run = [&](std::size_t thread) {
    for (std::size_t i = turn++; i < busy.size(); i = turn++) {
      const Result<void> done = TapAt(busy[i], until, watched, crypto_[thread], work[thread]);
      if (done.ok()) continue;
      work[thread].error = done.error();
      return;
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < work.size(); ++i) threads.emplace_back(run, i);
  run(0);
  for (std::thread& thread : threads) thread.join();

  for (Work& part : work) {
    if (part.error) return *part.error;
    counts_.presented += part.counts.presented;
    for (const auto& [name, count] : part.counts.by_decision) counts_.by_decision[name] += count;
    watched_taps_.insert(watched_taps_.end(), part.watched.begin(), part.watched.end());
    card_seconds_ += InSeconds(part.card);
    gate_seconds_ += InSeconds(part.total - part.card);
  }
  return {};
}

GateCounts Fleet::TakeCounts() { return std::exchange(counts_, {}); }

}  // namespace plaza::citysim
