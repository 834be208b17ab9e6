#include <array>

#include "libs/eventlog/errors.h"
#include "libs/eventlog/kafka_handles.h"
#include "libs/eventlog/kafka_producer.h"
#include "libs/eventlog/limits.h"
#include "libs/eventlog/purge.h"

namespace plaza::eventlog {
namespace {

using DeleteRecords =
    std::unique_ptr<rd_kafka_DeleteRecords_t, kafka::Destroyer<rd_kafka_DeleteRecords_destroy>>;

class KafkaPurger : public LogPurger {
 public:
  KafkaPurger(KafkaOptions options, kafka::Handle client)
      : options_(std::move(options)), client_(std::move(client)) {}

  Result<std::vector<std::int64_t>> Starts(std::span<const TopicPartition> of) override {
    std::vector<std::int64_t> starts;
    for (const TopicPartition& at : of) {
      std::int64_t low = 0;
      std::int64_t high = 0;
      const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
          client_.get(), (options_.prefix + at.topic).c_str(), at.partition, &low, &high,
          static_cast<int>(kKafkaCallTimeout.count()));
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return Error(kLogUnavailable, rd_kafka_err2str(error), ToText(at));
      }
      starts.push_back(low);
    }
    return starts;
  }

  Result<void> Purge(std::span<const PurgePoint> points) override {
    if (points.empty()) return {};
    const kafka::PartitionList list(
        rd_kafka_topic_partition_list_new(static_cast<int>(points.size())));
    for (const PurgePoint& point : points) {
      rd_kafka_topic_partition_list_add(list.get(), (options_.prefix + point.of.topic).c_str(),
                                        point.of.partition)
          ->offset = point.before;
    }
    const DeleteRecords request(rd_kafka_DeleteRecords_new(list.get()));
    const kafka::AdminOptions admin(
        rd_kafka_AdminOptions_new(client_.get(), RD_KAFKA_ADMIN_OP_DELETERECORDS));
    std::array<char, 256> why{};
    rd_kafka_AdminOptions_set_operation_timeout(
        admin.get(), static_cast<int>(kKafkaCallTimeout.count()), why.data(), why.size());
    const kafka::Queue answers(rd_kafka_queue_new(client_.get()));
    rd_kafka_DeleteRecords_t* one = request.get();
    rd_kafka_DeleteRecords(client_.get(), &one, 1, admin.get(), answers.get());
    const kafka::Event event(
        rd_kafka_queue_poll(answers.get(), 2 * static_cast<int>(kKafkaCallTimeout.count())));
    if (event == nullptr) return Error(kLogUnavailable, "no answer", options_.brokers);
    if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return Error(kLogUnavailable, rd_kafka_event_error_string(event.get()), options_.brokers);
    }
    const rd_kafka_topic_partition_list_t* const done =
        rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
    for (int i = 0; i < done->cnt; ++i) {
      if (done->elems[i].err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      return Error(kLogUnavailable, rd_kafka_err2str(done->elems[i].err), done->elems[i].topic);
    }
    return {};
  }

 private:
  const KafkaOptions options_;
  kafka::Handle client_;
};

}  // namespace

Result<std::unique_ptr<LogPurger>> OpenKafkaLogPurger(const KafkaOptions& options) {
  kafka::Conf conf;
  kafka::SetCommon(options, conf);
  std::string why;
  kafka::Handle client = conf.Make(RD_KAFKA_PRODUCER, why);
  if (client == nullptr) return Error(kLogUnavailable, why, options.brokers);
  return std::unique_ptr<LogPurger>(std::make_unique<KafkaPurger>(options, std::move(client)));
}

}  // namespace plaza::eventlog
