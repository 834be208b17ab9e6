#include "libs/eventlog/participant.h"

#include <optional>

#include "libs/base/check.h"
#include "libs/eventlog/errors.h"
#include "libs/eventlog/limits.h"

namespace plaza::store {
std::vector<Migration> EventlogTables();
}

namespace plaza::eventlog {

struct Participant::Impl {
  Log* log = nullptr;
  ParticipantOptions options;
  std::unique_ptr<store::Db> db;
  std::optional<OutboxRelay> relay;
  Handler* handler = nullptr;
  std::optional<Consumer> consumer;
  bool started = false;
};

Participant::Participant() : impl_(std::make_unique<Impl>()) {}

Participant::~Participant() { Stop(); }

Result<std::unique_ptr<Participant>> Participant::Open(Log& log, ParticipantOptions options) {
  PLAZA_ASSIGN_OR_RETURN(std::unique_ptr<store::Db> db, store::Db::Open(options.store));
  PLAZA_RETURN_IF_ERROR(db->Migrate("requests", store::RequestsMigrations()));
  PLAZA_RETURN_IF_ERROR(db->Migrate("eventlog", store::EventlogTables()));
  PLAZA_RETURN_IF_ERROR(db->Migrate(options.name, options.migrations));
  std::unique_ptr<Participant> participant(new Participant());
  Impl& impl = *participant->impl_;
  impl.log = &log;
  impl.options = std::move(options);
  impl.db = std::move(db);
  impl.relay.emplace(log, *impl.db, impl.options.account_partitions);
  return participant;
}

store::Db& Participant::db() { return *impl_->db; }
OutboxRelay& Participant::relay() { return *impl_->relay; }
const std::string& Participant::name() const { return impl_->options.name; }

void Participant::SetHandler(Handler& handler) {
  PLAZA_CHECK(!impl_->started && impl_->handler == nullptr);
  impl_->handler = &handler;
  if (impl_->options.topics.empty()) return;
  ConsumerOptions options;
  options.group = impl_->options.name;
  options.topics = impl_->options.topics;
  options.records_max = impl_->options.records_max;
  impl_->consumer.emplace(*impl_->log, *impl_->db, *impl_->relay, handler, std::move(options));
}

void Participant::Start() {
  PLAZA_CHECK(!impl_->started);
  PLAZA_CHECK(impl_->options.topics.empty() || impl_->consumer.has_value());
  impl_->started = true;
  impl_->relay->Start();
  if (impl_->consumer.has_value()) impl_->consumer->Start();
}

void Participant::Stop() {
  if (!impl_->started) return;
  impl_->started = false;
  if (impl_->consumer.has_value()) impl_->consumer->Stop();
  impl_->relay->Stop();
  // What the last batch wrote. If it cannot be carried now, it stays in the outbox for the next
  // start.
  static_cast<void>(impl_->relay->RunOnce());
}

ConsumerProgress Participant::Progress() const {
  ConsumerProgress progress;
  if (impl_->consumer.has_value()) progress = impl_->consumer->Progress();
  if (progress.last_error.empty()) progress.last_error = impl_->relay->last_error();
  return progress;
}

std::int64_t Participant::OutboxPending() const { return impl_->relay->Pending(); }

Result<void> Participant::RunUntilIdle() {
  PLAZA_CHECK(!impl_->started);
  for (int round = 0; round < kIdleRoundsMax; ++round) {
    int handled = 0;
    if (impl_->consumer.has_value()) {
      PLAZA_ASSIGN_OR_RETURN(handled, impl_->consumer->RunOnce());
    }
    PLAZA_ASSIGN_OR_RETURN(const int carried, impl_->relay->RunOnce());
    if (handled == 0 && carried == 0) return {};
  }
  return Error(kNeverIdle,
               name() + " was not idle after " + std::to_string(kIdleRoundsMax) + " rounds");
}

}  // namespace plaza::eventlog
