#include <algorithm>
#include <optional>
#include <set>
#include <thread>
#include <tuple>

#include "apps/citysim/citysim.h"
#include "apps/citysim/errors.h"
#include "apps/citysim/fleet.h"
#include "apps/citysim/habits.h"
#include "apps/citysim/keys.h"
#include "apps/citysim/limits.h"
#include "apps/citysim/network.h"
#include "apps/citysim/plan.h"
#include "apps/citysim/random.h"
#include "apps/citysim/recording.h"
#include "apps/validator/uplink.h"
#include "libs/base/digest.h"
#include "libs/runtime/zones.h"

namespace plaza::citysim {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::uint64_t kRepeats = 0x5245;   // purpose of a random stream
constexpr std::size_t kWatchedOfAKind = 12;  // riders of each kind that suggestions are chosen from
constexpr std::uint64_t kTapsPerRiderTimes10 =
    24;  // what commutes, transfers and the morning come to

// A record that tap-ingest has answered for.
struct Settled {
  std::string validator_id;
  std::uint64_t sequence;
  Bytes record;
};

// One uplink with the gates that it serves.
struct Depot {
  std::unique_ptr<emv::MemoryDenyList> deny_list = std::make_unique<emv::MemoryDenyList>();
  std::unique_ptr<validator::Uplink> uplink;
  std::vector<std::size_t> gates;
  std::vector<Settled> settled;  // in this window
  std::optional<Error> error;
};

class Day {
 public:
  Day(const Options& options, const Progress& on_progress)
      : options_(options), on_progress_(on_progress) {}
  Result<DayOutcome> Run(const Doors& doors);

 private:
  Result<void> Check() const;
  Result<void> Build();
  void MakeDepots();
  void ChooseWatched();
  Result<std::vector<Grant>> GrantStudents();
  Result<void> Record(const RecordingEntry& entry);
  Result<void> Window(Instant end);
  Result<void> Upload(Instant end);
  Result<void> SendSomeAgain(Depot& depot, Instant end);
  Result<void> FetchDenyLists(Instant end);
  Result<void> ForEachDepot(const std::function<Result<void>(Depot&)>& step);
  Result<void> KeepSettled();
  Result<void> EndDay(Date day, Instant at);
  Result<void> CloseNextDay();
  std::vector<validator::Gate*> OnlineGates(const Depot& depot, Instant end);
  std::vector<Suggestion> Suggest() const;
  DayOutcome Outcome();

  const Options& options_;
  const Progress& on_progress_;
  ZoneRules zone_;
  Network network_;
  Keys keys_;
  Plan plan_;
  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<CityDoors> doors_;
  std::vector<Depot> depots_;
  std::vector<bool> watched_;
  std::unique_ptr<RecordingWriter> recording_;
  DayOutcome outcome_;
  bool cut_off_done_ = false;
};

Result<void> Day::Check() const {
  if (options_.threads < 1 || options_.threads > kThreadsMax) {
    return Error(kBadOptions, "1 to " + std::to_string(kThreadsMax) + " threads", "threads");
  }
  if (options_.taps < 1 || options_.taps > kTapsMax) {
    return Error(kBadOptions, "1 to " + std::to_string(kTapsMax) + " taps", "taps");
  }
  if (options_.patience.count() < 1) return Error(kBadOptions, "more than nothing", "patience");
  if (options_.gates_dir.empty()) return Error(kBadOptions, "name a folder", "gates_dir");
  return {};
}

Result<void> Day::Build() {
  PLAZA_ASSIGN_OR_RETURN(zone_, runtime::LoadZone(options_.zone));
  PLAZA_ASSIGN_OR_RETURN(network_, LoadNetwork(options_.feed_dir));
  keys_ = MakeKeys(options_.seed);
  PlanInput input;
  input.seed = options_.seed;
  input.taps = options_.taps;
  input.riders = options_.riders != 0
                     ? options_.riders
                     : std::max<std::uint64_t>(12, options_.taps * 10 / kTapsPerRiderTimes10);
  input.date = options_.date;
  input.network = &network_;
  input.zone = &zone_;
  PLAZA_ASSIGN_OR_RETURN(plan_, MakePlan(input));
  FleetOptions fleet;
  fleet.seed = options_.seed;
  fleet.keys = keys_;
  fleet.zone = zone_;
  fleet.gates_dir = options_.gates_dir;
  fleet.threads = options_.threads;
  fleet.pass_back = options_.pass_back;
  PLAZA_ASSIGN_OR_RETURN(fleet_, Fleet::Make(plan_, std::move(fleet)));
  return {};
}

void Day::MakeDepots() {
  validator::UplinkOptions uplink;
  uplink.patience = options_.patience;
  depots_.resize(static_cast<std::size_t>(options_.threads));
  for (std::size_t i = 0; i < depots_.size(); ++i) {
    Depot& depot = depots_[i];
    depot.uplink = std::make_unique<validator::Uplink>(doors_->depot(), uplink, *depot.deny_list);
    for (std::size_t gate = i; gate < plan_.gates.size(); gate += depots_.size()) {
      depot.gates.push_back(gate);
    }
    depot.uplink->OnSettled(
        [&depot](std::uint64_t sequence, const std::string& validator_id, ByteView record) {
          depot.settled.push_back({validator_id, sequence, ToBytes(record)});
        });
  }
}

// Riders whose taps are remembered, for suggestions.
void Day::ChooseWatched() {
  watched_.assign(plan_.riders.size(), false);
  std::size_t students = 0;
  std::size_t both = 0;
  for (std::size_t rider = 0; rider < plan_.riders.size(); ++rider) {
    const RiderPlan& plan = plan_.riders[rider];
    if (!plan.transfers) continue;
    if (plan.student && ++students <= kWatchedOfAKind) watched_[rider] = true;
    if (plan.media > 1 && ++both <= kWatchedOfAKind) watched_[rider] = true;
  }
}

// A student's entitlement is a dated fact about the account of the medium that the student goes out
// with.
Result<std::vector<Grant>> Day::GrantStudents() {
  std::vector<Grant> grants;
  if (options_.student_kind.empty()) return grants;
  for (const RiderPlan& rider : plan_.riders) {
    if (!rider.student) continue;
    const Card& card = fleet_->card(rider.first_medium);
    const std::string par = card.spec().carries_par ? card.par() : std::string();
    Grant grant;
    PLAZA_ASSIGN_OR_RETURN(grant.account, doors_->LookupAccount(fleet_->token_epoch(),
                                                                fleet_->Tokenise(card.pan()), par));
    grant.kind = options_.student_kind;
    grant.from = (options_.date - 30).ToText();
    grant.until = (options_.date + 150).ToText();
    PLAZA_RETURN_IF_ERROR(doors_->GrantEntitlement(grant));
    grants.push_back(std::move(grant));
  }
  return grants;
}

Result<void> Day::Record(const RecordingEntry& entry) {
  return recording_ == nullptr ? Result<void>() : recording_->Append(entry);
}

std::vector<validator::Gate*> Day::OnlineGates(const Depot& depot, Instant end) {
  std::vector<validator::Gate*> gates;
  for (const std::size_t index : depot.gates) {
    const GatePlan& gate = plan_.gates[index];
    const bool offline = gate.offline_from <= end && end < gate.offline_until;
    if (!offline) gates.push_back(&fleet_->gate(index));
  }
  return gates;
}

Result<void> Day::ForEachDepot(const std::function<Result<void>(Depot&)>& step) {
  const auto run = [&](Depot& depot) {
    const Result<void> done = step(depot);
    if (!done.ok()) depot.error = done.error();
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < depots_.size(); ++i) threads.emplace_back(run, std::ref(depots_[i]));
  run(depots_[0]);
  for (std::thread& thread : threads) thread.join();
  for (const Depot& depot : depots_) {
    if (depot.error) return *depot.error;
  }
  return {};
}

// Now and then a gate does not hear the answer and sends its window's records once more.
Result<void> Day::SendSomeAgain(Depot& depot, Instant end) {
  std::vector<Bytes> again;
  for (const Settled& settled : depot.settled) {
    const Sha256Digest name = Sha256(AsBytes(settled.validator_id));
    const std::uint64_t gate = static_cast<std::uint64_t>(name[0]) << 8 | name[1];
    Random random(options_.seed, kRepeats + gate, static_cast<std::uint64_t>(end.unix_ms));
    if (random.PerMille(kUploadsRepeated)) again.push_back(settled.record);
  }
  return depot.uplink->SendAgain(again);
}

Result<void> Day::Upload(Instant end) {
  PLAZA_RETURN_IF_ERROR(ForEachDepot([&](Depot& depot) -> Result<void> {
    PLAZA_RETURN_IF_ERROR(depot.uplink->Drain(OnlineGates(depot, end)));
    return SendSomeAgain(depot, end);
  }));
  return KeepSettled();
}

// What went up goes into the recording, in an order that no thread decides.
Result<void> Day::KeepSettled() {
  std::vector<Settled> all;
  validator::UplinkCounts counts;
  std::string refusal;
  for (Depot& depot : depots_) {
    if (refusal.empty()) refusal = depot.uplink->last_refusal();
    std::ranges::move(depot.settled, std::back_inserter(all));
    depot.settled.clear();
    counts += depot.uplink->counts();
  }
  if (counts.refused > 0 && counts.accepted == 0) {
    return Error(kTapsRefused, "all " + std::to_string(counts.refused) + " of the first records",
                 refusal);
  }
  std::ranges::sort(all, [](const Settled& a, const Settled& b) {
    return std::tie(a.validator_id, a.sequence) < std::tie(b.validator_id, b.sequence);
  });
  for (Settled& settled : all) {
    if (cut_off_done_) {
      PLAZA_ASSIGN_OR_RETURN(const auto tap, emv::DecodeTapRecord(settled.record));
      outcome_.late_records += tap.record.event_time < plan_.cut_off;
    }
    PLAZA_RETURN_IF_ERROR(Record(TapEntry{std::move(settled.record)}));
  }
  return {};
}

Result<void> Day::FetchDenyLists(Instant end) {
  return ForEachDepot(
      [&](Depot& depot) { return depot.uplink->FetchDenyList(OnlineGates(depot, end)); });
}

// A quarter of an hour: taps, uploads, consumers idle, deny list.
Result<void> Day::Window(Instant end) {
  // The clock goes first, and has reached everybody before anything goes up: no tap is from its
  // future then.
  PLAZA_RETURN_IF_ERROR(doors_->Advance(end));
  PLAZA_RETURN_IF_ERROR(Record(ClockMark{end}));
  PLAZA_RETURN_IF_ERROR(fleet_->TapUntil(end, watched_));
  PLAZA_RETURN_IF_ERROR(doors_->WaitIdle());
  PLAZA_RETURN_IF_ERROR(Upload(end));
  PLAZA_RETURN_IF_ERROR(doors_->WaitIdle());
  PLAZA_RETURN_IF_ERROR(Record(WindowMark{}));
  PLAZA_RETURN_IF_ERROR(FetchDenyLists(end));
  GateCounts& counts = cut_off_done_ ? outcome_.morning : outcome_.day;
  const GateCounts made = fleet_->TakeCounts();
  counts.presented += made.presented;
  for (const auto& [name, count] : made.by_decision) {
    counts.by_decision[name] += count;
    if (!name.starts_with("retry/")) outcome_.records += count;
  }
  if (on_progress_) {
    on_progress_({outcome_.day.presented + outcome_.morning.presented, plan_.total_taps, end});
  }
  return {};
}

Result<void> Day::EndDay(Date day, Instant at) {
  PLAZA_RETURN_IF_ERROR(doors_->CutOff(day));
  PLAZA_RETURN_IF_ERROR(Record(CutOffMark{day}));
  PLAZA_RETURN_IF_ERROR(doors_->WaitIdle());
  PLAZA_RETURN_IF_ERROR(Record(WindowMark{}));
  cut_off_done_ = true;
  return FetchDenyLists(at);
}

Result<void> Day::CloseNextDay() {
  const Instant cut_off = zone_.ToInstant(options_.date + 2, kCutOff);
  PLAZA_RETURN_IF_ERROR(doors_->Advance(cut_off));
  PLAZA_RETURN_IF_ERROR(Record(ClockMark{cut_off}));
  PLAZA_RETURN_IF_ERROR(doors_->WaitIdle());
  return EndDay(options_.date + 1, cut_off);
}

std::vector<Suggestion> Day::Suggest() const {
  std::vector<WatchedTap> taps = fleet_->watched_taps();
  std::ranges::sort(taps, [](const WatchedTap& a, const WatchedTap& b) {
    return std::tie(a.rider, a.time, a.tap_id) < std::tie(b.rider, b.time, b.tap_id);
  });
  std::vector<Suggestion> out;
  std::set<std::uint32_t> done;
  constexpr Duration kTransfer{static_cast<std::int64_t>(kTransferMinutesMax + 1) * 60'000};
  for (std::size_t i = 1; i < taps.size(); ++i) {
    const WatchedTap& first = taps[i - 1];
    const WatchedTap& second = taps[i];
    if (first.rider != second.rider || done.contains(first.rider)) continue;
    if (second.time - first.time > kTransfer || second.time - first.time < Seconds(600)) continue;
    done.insert(first.rider);
    const RiderPlan& rider = plan_.riders[first.rider];
    // A rider with a phone has the account of its PAR; a plain card's account is followed to the
    // PAR's when that is learned.
    const Card& card = fleet_->card(rider.first_medium + rider.media - 1U);
    const MediumId medium = MakeMediumId(fleet_->token_epoch(), fleet_->Tokenise(card.pan()));
    const std::string par = card.spec().carries_par ? card.par() : std::string();
    Suggestion suggestion;
    suggestion.account = MakeAccountId(par, medium);
    suggestion.tap_id = second.tap_id;
    suggestion.why = rider.student
                         ? "a student who transfers"
                         : "out by card and back by phone, with a transfer: one rider, one account";
    out.push_back(std::move(suggestion));
  }
  return out;
}

DayOutcome Day::Outcome() {
  outcome_.business_day = options_.date;
  outcome_.riders = plan_.riders.size();
  outcome_.media = plan_.media.size();
  outcome_.gates = plan_.gates.size();
  for (const GatePlan& gate : plan_.gates) {
    if (gate.offline_until <= gate.offline_from) continue;
    ++(gate.offline_until > plan_.cut_off ? outcome_.gates_offline_past_cut_off
                                          : outcome_.gates_offline_for_hours);
  }
  for (const Depot& depot : depots_) {
    outcome_.uplink += depot.uplink->counts();
    outcome_.records_sent_again += depot.uplink->sent_again();
    outcome_.deny_list_epoch = std::max(outcome_.deny_list_epoch, depot.uplink->deny_list_epoch());
  }
  outcome_.suggestions = Suggest();
  const SyncMeter& syncs = fleet_->syncs();
  outcome_.journal_syncs = syncs.syncs.load();
  outcome_.journal_seconds = static_cast<double>(syncs.nanoseconds.load()) / 1e9;
  outcome_.card_seconds = fleet_->card_seconds();
  outcome_.gate_seconds = fleet_->gate_seconds();
  return std::move(outcome_);
}

Result<DayOutcome> Day::Run(const Doors& doors) {
  const auto begin = SteadyClock::now();
  PLAZA_RETURN_IF_ERROR(Check());
  PLAZA_RETURN_IF_ERROR(Build());
  PLAZA_ASSIGN_OR_RETURN(doors_, CityDoors::Connect(doors, options_.patience));
  MakeDepots();
  ChooseWatched();

  RecordingHeader header;
  header.seed = options_.seed;
  header.date = options_.date;
  header.zone = options_.zone;
  for (const GatePlan& gate : plan_.gates) header.validators.push_back(gate.place);
  PLAZA_RETURN_IF_ERROR(doors_->Register(header.validators));
  PLAZA_ASSIGN_OR_RETURN(header.grants, GrantStudents());
  outcome_.students = header.grants.size();
  if (!options_.record_file.empty()) {
    PLAZA_ASSIGN_OR_RETURN(recording_, RecordingWriter::Create(options_.record_file, header));
  }
  PLAZA_RETURN_IF_ERROR(doors_->Advance(plan_.day_begin));
  PLAZA_RETURN_IF_ERROR(Record(ClockMark{plan_.day_begin}));
  PLAZA_RETURN_IF_ERROR(doors_->WaitIdle());
  PLAZA_RETURN_IF_ERROR(Record(WindowMark{}));

  for (Instant end = plan_.day_begin; end < plan_.cut_off;) {
    end = std::min(end + kWindow, plan_.cut_off);
    PLAZA_RETURN_IF_ERROR(Window(end));
  }
  PLAZA_RETURN_IF_ERROR(EndDay(options_.date, plan_.cut_off));
  for (Instant end = plan_.morning_begin; end < plan_.morning_end;) {
    end = std::min(end + kWindow, plan_.morning_end);
    PLAZA_RETURN_IF_ERROR(Window(end));
  }
  if (options_.close_next_day) PLAZA_RETURN_IF_ERROR(CloseNextDay());
  if (recording_ != nullptr) PLAZA_RETURN_IF_ERROR(recording_->Finish());
  DayOutcome outcome = Outcome();
  outcome.wall_seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
  return outcome;
}

}  // namespace

Result<DayOutcome> RunDay(const Options& options, const Doors& doors, const Progress& on_progress) {
  return Day(options, on_progress).Run(doors);
}

}  // namespace plaza::citysim
