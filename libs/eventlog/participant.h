// What every service that takes part in the log has: its store, its outbox relay, its consumer. One
// shape for all.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "libs/eventlog/consumer.h"
#include "libs/eventlog/log.h"
#include "libs/eventlog/outbox.h"
#include "libs/store/db.h"

namespace plaza::eventlog {

struct ParticipantOptions {
  std::string name;  // group and log source: "fare"
  store::Options store;
  std::vector<store::Migration> migrations;  // the service's own set
  std::vector<std::string> topics;           // to consume; empty: no consumer
  int account_partitions = 4;
  int records_max = 2000;
};

// Open() opens and migrates the store (libs/store/requests.sql and libs/eventlog/tables.sql
// included). Start() needs the handler. Stop() stops the consumer first, then carries what is left
// in the outbox.
class Participant {
 public:
  static Result<std::unique_ptr<Participant>> Open(Log& log, ParticipantOptions options);
  ~Participant();
  store::Db& db();
  OutboxRelay& relay();
  void SetHandler(Handler& handler);  // before Start(); not owned
  void Start();
  void Stop();
  const std::string& name() const;
  ConsumerProgress Progress() const;
  std::int64_t OutboxPending() const;
  // On the caller's thread until nothing is left to consume or to carry: for tests.
  Result<void> RunUntilIdle();

 private:
  Participant();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::eventlog
