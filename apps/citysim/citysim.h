// A city day: riders, cards and gates that are not there, driving the real validator code against
// the city's real doors.
//
// RunDay() makes the gates, taps the cards, uploads, moves the clock and cuts the day off; Replay()
// sends a recorded day again. Both wait for the services to be idle at the end of each quarter of
// an hour, so that the same seed gives the same decisions at the gates and the same digests in the
// services. Both go on when the server dies and comes back at the same address. The calling program
// is to have core dumps off (runtime::DisableCoreDumps): gates hold card data in memory.
// Thread-safety: one call at a time per folder. Errors: errors.h, and those of the doors and the
// gates.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "apps/citysim/doors.h"
#include "apps/validator/uplink.h"
#include "libs/base/civil.h"
#include "libs/base/ids.h"
#include "libs/base/result.h"

namespace plaza::citysim {

inline constexpr std::uint64_t kDefaultTaps = 100'000;

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t taps = kDefaultTaps;  // at least, the morning after included
  std::uint64_t riders = 0;           // 0: as many as those taps need
  Date date;                          // the business day
  std::string zone = "America/Mexico_City";
  std::string feed_dir;     // the city's GTFS feed: "data/guadalajara"
  std::string gates_dir;    // the gates' journals; made; must be empty or absent
  int threads = 4;          // more than cores, since gates wait for their disks
  std::string record_file;  // empty: none
  Duration pass_back = Seconds(300);
  // Closes the next business day too, after the morning, so that each card that was charged has met
  // a cut-off: a replay with late records then ends with the same accounts
  // (docs/formats/recording.md).
  bool close_next_day = true;
  std::string student_kind =
      "student";  // kind of the students' entitlement; empty: none is granted
  std::chrono::milliseconds patience{60'000};  // longest wait without any progress
};

struct ProgressReport {
  std::uint64_t done = 0;  // taps made
  std::uint64_t total = 0;
  Instant sim_time;
};
using Progress = std::function<void(const ProgressReport&)>;

// A rider whose day is worth a look. None of these fields names a card.
struct Suggestion {
  AccountId account;   // the account that the rider's media end up in
  std::string tap_id;  // the second leg of a transfer, where there was one
  std::string why;     // "a student who transfers"
};

struct GateCounts {
  std::uint64_t presented = 0;
  std::map<std::string, std::uint64_t>
      by_decision;  // "accepted", "denied/expired", "retry/no_application"
};

struct DayOutcome {
  Date business_day;
  std::uint64_t riders = 0;
  std::uint64_t media = 0;
  std::uint64_t gates = 0;
  std::uint64_t students = 0;
  std::uint64_t gates_offline_for_hours = 0;
  std::uint64_t gates_offline_past_cut_off = 0;
  std::uint64_t records = 0;  // tap records made: presented less retries
  GateCounts day;
  GateCounts morning;                    // after the cut-off
  std::uint64_t records_sent_again = 0;  // as if an answer had been lost
  std::uint64_t late_records = 0;        // made before the cut-off, uploaded after it
  validator::UplinkCounts uplink;
  std::uint64_t deny_list_epoch = 0;  // at the end
  std::vector<Suggestion> suggestions;
  // Where the time went: summed over threads, but for the whole.
  double card_seconds = 0;  // processor time of the cards' side: certificates and signatures
  double gate_seconds =
      0;  // processor time of the gates' side: all of a tap but the card's answers
  double journal_seconds = 0;  // waiting for the journals' syncs, of taps and of acknowledgements
  std::uint64_t journal_syncs = 0;
  double wall_seconds = 0;
};

Result<DayOutcome> RunDay(const Options& options, const Doors& doors, const Progress& on_progress);

struct ReplayOptions {
  std::uint64_t shuffle_seed =
      0;  // 0: in the recorded order; else delayed at random, up to the next cut-off
  std::uint32_t repeat_percent = 0;  // of records: sent twice
  std::uint32_t late_percent = 0;    // of records: held back until after the cut-off
  // Of the gates: what they hold comes three business days after it was made, with the days between
  // closed, and that day is closed after it.
  std::uint32_t offline_percent = 0;
  std::size_t batch = 100;  // records in one call
  // Wait for the services at the end of each quarter of an hour, as the day did; false: only at the
  // cut-offs, with the clock moved there at once: for measuring throughput.
  bool pace = true;
  std::chrono::milliseconds patience{60'000};
};

struct ReplayOutcome {
  Date business_day;
  std::uint64_t records = 0;
  std::uint64_t repeated = 0;
  std::uint64_t late = 0;
  std::uint64_t offline = 0;
  std::uint64_t cut_offs = 0;
  SubmitCounts answers;
  double tap_seconds = 0;   // from the first record to the last settlement
  double wall_seconds = 0;  // registration and grants included
};

Result<ReplayOutcome> Replay(const std::string& file, const ReplayOptions& options,
                             const Doors& doors, const Progress& on_progress);

}  // namespace plaza::citysim
