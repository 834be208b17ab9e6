#include <algorithm>
#include <chrono>
#include <iterator>

#include "apps/citysim/citysim.h"
#include "apps/citysim/errors.h"
#include "apps/citysim/limits.h"
#include "apps/citysim/recording.h"
#include "apps/citysim/replay_plan.h"

namespace plaza::citysim {
namespace {

using SteadyClock = std::chrono::steady_clock;

Result<void> Check(const ReplayOptions& options) {
  if (options.batch < 1 || options.batch > kReplayBatchMax) {
    return Error(kBadOptions, "1 to " + std::to_string(kReplayBatchMax) + " records", "batch");
  }
  if (options.repeat_percent > 100) return Error(kBadOptions, "0 to 100", "repeat_percent");
  if (options.offline_percent > 100) return Error(kBadOptions, "0 to 100", "offline_percent");
  if (options.late_percent > 100) return Error(kBadOptions, "0 to 100", "late_percent");
  return {};
}

Result<std::vector<ReplayWindow>> ReadWindows(RecordingReader& reader) {
  std::vector<ReplayWindow> windows;
  ReplayWindow window;
  RecordingEntry entry;
  while (true) {
    PLAZA_ASSIGN_OR_RETURN(const bool more, reader.Next(entry));
    if (!more) break;
    if (auto* tap = std::get_if<TapEntry>(&entry)) {
      window.records.push_back(std::move(tap->record));
    } else if (const auto* mark = std::get_if<ClockMark>(&entry)) {
      window.clock.push_back(mark->now);
    } else if (const auto* cut_off = std::get_if<CutOffMark>(&entry)) {
      window.cut_off = cut_off->business_day;
    } else {
      windows.push_back(std::exchange(window, {}));
    }
  }
  if (!window.records.empty() || !window.clock.empty() || window.cut_off) {
    windows.push_back(std::move(window));
  }
  return windows;
}

Result<void> Send(std::vector<Bytes> records, std::size_t batch, CityDoors& doors,
                  SubmitCounts& counts) {
  for (std::size_t at = 0; at < records.size(); at += batch) {
    const std::size_t end = std::min(records.size(), at + batch);
    const auto begin = records.begin() + static_cast<std::ptrdiff_t>(at);
    const auto stop = records.begin() + static_cast<std::ptrdiff_t>(end);
    std::vector<Bytes> part(std::make_move_iterator(begin), std::make_move_iterator(stop));
    PLAZA_RETURN_IF_ERROR(doors.Submit(std::move(part), counts));
  }
  return {};
}

// One window for all that lies between two cut-offs; the clock goes straight to its last mark.
std::vector<ReplayWindow> MergeUpToCutOffs(std::vector<ReplayWindow> windows) {
  std::vector<ReplayWindow> merged;
  for (ReplayWindow& window : windows) {
    if (merged.empty() || merged.back().cut_off) merged.emplace_back();
    ReplayWindow& last = merged.back();
    if (!window.clock.empty()) last.clock = {window.clock.back()};
    std::move(window.records.begin(), window.records.end(), std::back_inserter(last.records));
    last.cut_off = window.cut_off;
  }
  return merged;
}

}  // namespace

Result<ReplayOutcome> Replay(const std::string& file, const ReplayOptions& options,
                             const Doors& doors, const Progress& on_progress) {
  const auto begin = SteadyClock::now();
  PLAZA_RETURN_IF_ERROR(Check(options));
  PLAZA_ASSIGN_OR_RETURN(const auto reader, RecordingReader::Open(file));
  PLAZA_ASSIGN_OR_RETURN(auto windows, ReadWindows(*reader));
  const ReplayChanges changes = ChangeOrder(options, windows);
  ReplayOutcome outcome;
  outcome.business_day = reader->header().date;
  outcome.records = reader->taps();
  outcome.repeated = changes.repeated;
  outcome.late = changes.late;
  outcome.offline = changes.offline;

  PLAZA_ASSIGN_OR_RETURN(const auto city, CityDoors::Connect(doors, options.patience));
  PLAZA_RETURN_IF_ERROR(city->Register(reader->header().validators));
  for (const Grant& grant : reader->header().grants) {
    PLAZA_RETURN_IF_ERROR(city->GrantEntitlement(grant));
  }
  if (!options.pace) windows = MergeUpToCutOffs(std::move(windows));
  const auto first_record = SteadyClock::now();
  std::uint64_t sent = 0;
  Instant now;
  for (ReplayWindow& window : windows) {
    for (const Instant mark : window.clock) {
      PLAZA_RETURN_IF_ERROR(city->Advance(mark));
      now = mark;
    }
    // The clock has reached everybody before anything goes up.
    if (!window.clock.empty()) PLAZA_RETURN_IF_ERROR(city->WaitIdle());
    sent += window.records.size();
    PLAZA_RETURN_IF_ERROR(Send(std::move(window.records), options.batch, *city, outcome.answers));
    if (window.cut_off) {
      // The cut-off comes after its taps, as the gates had uploaded them.
      PLAZA_RETURN_IF_ERROR(city->WaitIdle());
      PLAZA_RETURN_IF_ERROR(city->CutOff(*window.cut_off));
      ++outcome.cut_offs;
    }
    PLAZA_RETURN_IF_ERROR(city->WaitIdle());
    if (on_progress) on_progress({sent, outcome.records + outcome.repeated, now});
  }
  const auto& answers = outcome.answers;
  if (answers.refused > 0 && answers.accepted == 0) {
    return Error(kTapsRefused, std::to_string(answers.refused) + " records, all for good", file);
  }
  outcome.tap_seconds = std::chrono::duration<double>(SteadyClock::now() - first_record).count();
  outcome.wall_seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
  return outcome;
}

}  // namespace plaza::citysim
