// Transactions and FactLog (app/ports.h) on libs/store and on the outbox of libs/eventlog.
// Thread-safe.
#pragma once
#include <memory>
#include <string>

#include "libs/eventlog/outbox.h"
#include "libs/store/db.h"
#include "services/tap-ingest/app/ports.h"

namespace plaza::tap_ingest {

// `db` outlives it; destroyed after its last caller has returned.
class SqlTransactions : public Transactions {
 public:
  SqlTransactions(store::Db& db, int group_max) : db_(db), group_(db, group_max) {}
  Result<void> Group(const Body& body) override { return group_.RunErased(body); }
  Result<void> Write(const Body& body) override { return db_.RunErased(/*write=*/true, body); }
  Result<void> Read(const Body& body) override { return db_.RunErased(/*write=*/false, body); }
  Result<std::string> OncePerRequest(store::Tx& tx, std::string_view method,
                                     std::string_view request_id, ByteView request,
                                     const std::function<Result<std::string>()>& work) override {
    return store::OncePerRequest(tx, method, request_id, request, work);
  }

 private:
  store::Db& db_;
  store::GroupCommit group_;
};

// `relay` outlives it.
class OutboxLog : public FactLog {
 public:
  explicit OutboxLog(eventlog::OutboxRelay& relay) : relay_(relay) {}
  std::unique_ptr<Facts> Begin() override;
  std::int64_t Backlog() const override { return relay_.Pending(); }

 private:
  eventlog::OutboxRelay& relay_;
};

}  // namespace plaza::tap_ingest
