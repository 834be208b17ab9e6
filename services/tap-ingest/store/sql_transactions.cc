#include "services/tap-ingest/store/sql_transactions.h"

#include <utility>

#include "libs/eventlog/topics.h"
#include "services/tap-ingest/app/events.h"

namespace plaza::tap_ingest {
namespace {

static_assert(kTapsTopic == eventlog::topic::kTaps);
static_assert(kAccountsTopic == eventlog::topic::kAccounts);

class OutboxFacts : public Facts {
 public:
  explicit OutboxFacts(eventlog::OutboxRelay& relay) : outbox_(relay) {}
  void AddByAccount(std::string_view topic, const Uuid& account, std::string event) override {
    outbox_.AddByAccount(topic, account, std::move(event));
  }
  void Flush(store::Tx& tx) override { outbox_.Flush(tx); }

 private:
  eventlog::Outbox outbox_;
};

}  // namespace

std::unique_ptr<Facts> OutboxLog::Begin() { return std::make_unique<OutboxFacts>(relay_); }

}  // namespace plaza::tap_ingest
