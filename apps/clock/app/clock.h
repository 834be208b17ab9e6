// The clock's use cases, one transaction each: load, decide, save, and the facts into the outbox.
#pragma once
#include <string>

#include "apps/clock/core/schedule.h"
#include "libs/base/result.h"
#include "libs/eventlog/outbox.h"
#include "libs/store/db.h"

namespace plaza::clock {

// Thread-safe: the store makes writers take turns.
class CityClock {
 public:
  CityClock(Schedule schedule, int taps_partitions, store::Db& db, eventlog::OutboxRelay& relay);

  // By request id, once (libs/store/db.h, OncePerRequest). `body`: what the request asks for.
  Result<void> Advance(const std::string& request_id, const std::string& body, Instant now);
  // The moment of the cut-off.
  Result<Instant> CutOff(const std::string& request_id, const std::string& body, Date day);
  // One pass of wall mode. True if more is due: call it again at once.
  Result<bool> FollowWall(Instant now);

 private:
  void AddTick(eventlog::Outbox& outbox, Instant now) const;
  // Into the clock topic, and into every partition of the taps topic.
  void AddCutOff(eventlog::Outbox& outbox, const DueCutOff& cut_off) const;

  Schedule schedule_;
  int taps_partitions_;
  store::Db& db_;
  eventlog::OutboxRelay& relay_;
};

}  // namespace plaza::clock
