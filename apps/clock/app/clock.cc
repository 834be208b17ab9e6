#include "apps/clock/app/clock.h"

#include <string_view>
#include <utility>

#include "apps/clock/limits.h"
#include "apps/clock/store/clock_store.h"
#include "libs/base/ids.h"
#include "libs/eventlog/topics.h"
#include "plaza/events/v1/events.pb.h"

namespace plaza::clock {
namespace {

namespace topic = eventlog::topic;

// From reading the state to writing it: several clocks may run, and go as one.
constexpr std::string_view kClockLock = "clock";

events::v1::Event MakeEvent(std::string_view topic_name, const std::string& about, Instant time) {
  events::v1::Event event;
  event.set_id(Uuid::V5(id_space::Event(), std::string(topic_name) + "/" + about).ToBinary());
  event.set_event_time_ms(time.unix_ms);
  event.set_source("clock");
  return event;
}

std::string CutOffEvent(std::string_view topic_name, const std::string& about,
                        const DueCutOff& cut_off) {
  events::v1::Event event = MakeEvent(topic_name, about, cut_off.at);
  event.mutable_cut_off()->set_business_day(cut_off.business_day.ToText());
  event.mutable_cut_off()->set_at_ms(cut_off.at.unix_ms);
  return event.SerializeAsString();
}

}  // namespace

CityClock::CityClock(Schedule schedule, int taps_partitions, store::Db& db,
                     eventlog::OutboxRelay& relay)
    : schedule_(std::move(schedule)), taps_partitions_(taps_partitions), db_(db), relay_(relay) {}

void CityClock::AddTick(eventlog::Outbox& outbox, Instant now) const {
  events::v1::Event event = MakeEvent(topic::kClock, "tick/" + std::to_string(now.unix_ms), now);
  event.mutable_tick()->set_now_ms(now.unix_ms);
  outbox.Add(topic::kClock, 0, "", event.SerializeAsString());
}

void CityClock::AddCutOff(eventlog::Outbox& outbox, const DueCutOff& cut_off) const {
  const std::string about = "cut-off/" + cut_off.business_day.ToText();
  outbox.Add(topic::kClock, 0, "", CutOffEvent(topic::kClock, about, cut_off));
  for (int partition = 0; partition < taps_partitions_; ++partition) {
    outbox.Add(topic::kTaps, partition, "",
               CutOffEvent(topic::kTaps, about + "/" + std::to_string(partition), cut_off));
  }
}

Result<void> CityClock::Advance(const std::string& request_id, const std::string& body,
                                Instant now) {
  const Result<std::string> done = db_.Write([&](store::Tx& tx) -> Result<std::string> {
    tx.Lock(kClockLock);
    eventlog::Outbox outbox(relay_);
    PLAZA_ASSIGN_OR_RETURN(
        std::string answer,
        store::OncePerRequest(
            tx, "plaza.clock.v1.Clock/Advance", request_id, AsBytes(body),
            [&]() -> Result<std::string> {
              PLAZA_ASSIGN_OR_RETURN(const std::optional<ClockState> state, LoadState(tx));
              PLAZA_ASSIGN_OR_RETURN(const ClockState after,
                                     clock::Advance(state.value_or(ClockState{}), now));
              SaveState(tx, after);
              AddTick(outbox, now);
              return std::string();
            }));
    if (!outbox.empty()) outbox.Flush(tx);
    return answer;
  });
  if (!done.ok()) return done.error();
  return {};
}

Result<Instant> CityClock::CutOff(const std::string& request_id, const std::string& body,
                                  Date day) {
  const Result<std::string> done = db_.Write([&](store::Tx& tx) -> Result<std::string> {
    tx.Lock(kClockLock);
    eventlog::Outbox outbox(relay_);
    PLAZA_ASSIGN_OR_RETURN(
        std::string answer,
        store::OncePerRequest(tx, "plaza.clock.v1.Clock/CutOff", request_id, AsBytes(body),
                              [&]() -> Result<std::string> {
                                PLAZA_ASSIGN_OR_RETURN(const std::optional<ClockState> state,
                                                       LoadState(tx));
                                const ClockState before = state.value_or(ClockState{});
                                PLAZA_ASSIGN_OR_RETURN(const CutOffDecision decision,
                                                       DecideCutOff(before, day, schedule_));
                                if (!decision.is_new) return std::string();
                                SaveState(tx, decision.state);
                                AddCutOff(outbox, decision.cut_off);
                                // At one instant the cut-off comes before the timers that fall due
                                // then.
                                if (before.now < decision.state.now)
                                  AddTick(outbox, decision.state.now);
                                return std::string();
                              }));
    if (!outbox.empty()) outbox.Flush(tx);
    return answer;
  });
  if (!done.ok()) return done.error();
  return CutOffOf(day, schedule_).at;
}

Result<bool> CityClock::FollowWall(Instant now) {
  return db_.Write([&](store::Tx& tx) -> Result<bool> {
    tx.Lock(kClockLock);
    PLAZA_ASSIGN_OR_RETURN(const std::optional<ClockState> state, LoadState(tx));
    const WallDecision decision = DecideWall(state, now, schedule_, kCatchUpMax);
    eventlog::Outbox outbox(relay_);
    for (const DueCutOff& cut_off : decision.cut_offs) AddCutOff(outbox, cut_off);
    if (decision.tick) AddTick(outbox, now);
    SaveState(tx, decision.state);
    if (!outbox.empty()) outbox.Flush(tx);
    return decision.more;
  });
}

}  // namespace plaza::clock
