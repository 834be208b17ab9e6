#include <filesystem>

#include "libs/eventlog/errors.h"
#include "libs/eventlog/limits.h"
#include "libs/eventlog/purge.h"
#include "libs/store/db.h"

namespace plaza::eventlog {
namespace {

using store::Tx;

class EmbeddedPurger : public LogPurger {
 public:
  explicit EmbeddedPurger(std::unique_ptr<store::Db> db) : db_(std::move(db)) {}

  Result<std::vector<std::int64_t>> Starts(std::span<const TopicPartition> of) override {
    return db_->Read([&](Tx& tx) -> Result<std::vector<std::int64_t>> {
      std::vector<std::int64_t> starts;
      for (const TopicPartition& at : of) {
        starts.push_back(tx.QueryOne("SELECT COALESCE(MIN(base_offset), 0) FROM log_batches"
                                     " WHERE topic = :topic AND part = :part",
                                     {{"topic", at.topic}, {"part", std::int64_t{at.partition}}},
                                     "i")
                             ->Int(0));
      }
      return starts;
    });
  }

  // In small transactions, between which the log's owner writes.
  Result<void> Purge(std::span<const PurgePoint> points) override {
    for (const PurgePoint& point : points) {
      for (std::int64_t deleted = 1; deleted > 0;) {
        PLAZA_ASSIGN_OR_RETURN(
            deleted, db_->Write([&](Tx& tx) -> Result<std::int64_t> { return Some(tx, point); }));
      }
    }
    return {};
  }

 private:
  static std::int64_t Some(Tx& tx, const PurgePoint& point) {
    return tx.Exec(
        "DELETE FROM log_batches WHERE topic = :topic AND part = :part AND base_offset IN ("
        "SELECT base_offset FROM log_batches WHERE topic = :topic AND part = :part"
        " AND base_offset + count <= :before AND base_offset < (SELECT MAX(base_offset)"
        " FROM log_batches WHERE topic = :topic AND part = :part)"
        " ORDER BY base_offset LIMIT :rows)",
        {{"topic", point.of.topic},
         {"part", std::int64_t{point.of.partition}},
         {"before", point.before},
         {"rows", kPurgeRowsMax}});
  }

  std::unique_ptr<store::Db> db_;
};

}  // namespace

Result<std::unique_ptr<LogPurger>> OpenEmbeddedLogPurger(const std::string& path) {
  if (!std::filesystem::exists(path)) return Error(kLogUnavailable, "there is no such file", path);
  store::Options options;
  options.path = path;
  options.readers = 1;
  PLAZA_ASSIGN_OR_RETURN(std::unique_ptr<store::Db> db, store::Db::Open(options));
  return std::unique_ptr<LogPurger>(std::make_unique<EmbeddedPurger>(std::move(db)));
}

}  // namespace plaza::eventlog
