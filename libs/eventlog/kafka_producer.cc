#include "libs/eventlog/kafka_producer.h"

#include <condition_variable>

#include "libs/eventlog/errors.h"
#include "libs/eventlog/limits.h"
#include "libs/runtime/log.h"

namespace plaza::eventlog::kafka {
namespace {

// The records of one Append that are not answered yet.
struct Pending {
  std::mutex mutex;
  std::condition_variable answered;
  std::size_t left = 0;
  std::int64_t last_offset = -1;
  rd_kafka_resp_err_t failure = RD_KAFKA_RESP_ERR_NO_ERROR;

  void Answer(rd_kafka_resp_err_t error, std::int64_t offset) {
    std::lock_guard<std::mutex> lock(mutex);
    --left;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      last_offset = offset;
    } else {
      failure = error;
    }
    if (left == 0) answered.notify_all();
  }
};

void OnDelivered(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  static_cast<Pending*>(message->_private)->Answer(message->err, message->offset);
}

void OnLog(const rd_kafka_t*, int level, const char* facility, const char* text) {
  constexpr int kErrors = 3;  // syslog's levels
  runtime::Log(level <= kErrors ? runtime::LogLevel::kWarning : runtime::LogLevel::kDebug, "kafka",
               text, {{"facility", std::string(facility)}});
}

// Gives one record to librdkafka, which copies it.
rd_kafka_resp_err_t Hand(rd_kafka_t* client, const std::string& topic, int partition,
                         const Record& record, Pending& pending) {
  std::array<rd_kafka_vu_t, 6> arguments{};
  arguments[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  arguments[0].u.cstr = topic.c_str();
  arguments[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  arguments[1].u.i32 = partition;
  arguments[2].vtype = RD_KAFKA_VTYPE_KEY;
  arguments[2].u.mem = {const_cast<char*>(record.key.data()), record.key.size()};
  arguments[3].vtype = RD_KAFKA_VTYPE_VALUE;
  arguments[3].u.mem = {const_cast<char*>(record.value.data()), record.value.size()};
  arguments[4].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  arguments[4].u.i = RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK;
  arguments[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
  arguments[5].u.ptr = &pending;
  const ErrorHandle error(rd_kafka_produceva(client, arguments.data(), arguments.size()));
  return error == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error.get());
}

Error ErrorOf(rd_kafka_resp_err_t failure) {
  switch (failure) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
      return Error(kRecordTooLarge, rd_kafka_err2str(failure), "Kafka");
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      return Error(kUnknownTopic, rd_kafka_err2str(failure), "Kafka");
    default:
      return Error(kLogUnavailable, rd_kafka_err2str(failure), "Kafka");
  }
}

}  // namespace

void SetCommon(const KafkaOptions& options, Conf& conf) {
  conf.Set("bootstrap.servers", options.brokers);
  conf.Set("client.id", options.client_id.empty() ? "plaza" : options.client_id);
  conf.Set("reconnect.backoff.ms", "20");
  conf.Set("reconnect.backoff.max.ms", "1000");
  conf.Set("message.max.bytes", std::to_string(kKafkaMessageBytesMax));
  rd_kafka_conf_set_log_cb(conf.get(), OnLog);
}

Producer::Client::~Client() {
  stop = true;
  if (poller.joinable()) poller.join();
  // What is still under way is given up: its Append() has been told, or is told now.
  rd_kafka_purge(handle.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(handle.get(), 1000);
}

Producer::~Producer() = default;

Result<std::shared_ptr<Producer::Client>> Producer::Current() {
  std::lock_guard<std::mutex> lock(mutex_);
  std::array<char, 512> why{};
  // After a fatal error (an idempotent producer that cannot know any more what was written) the
  // client is of no use; a new one starts a new sequence.
  if (client_ != nullptr && rd_kafka_fatal_error(client_->handle.get(), why.data(), why.size()) !=
                                RD_KAFKA_RESP_ERR_NO_ERROR) {
    runtime::Log(runtime::LogLevel::kWarning, "kafka", "a new producer after a fatal error",
                 {{"error", std::string(why.data())}});
    client_.reset();
  }
  if (client_ != nullptr) return client_;
  Conf conf;
  SetCommon(options_, conf);
  conf.Set("enable.idempotence", "true");
  conf.Set("acks", "all");
  conf.Set("compression.codec", "lz4");
  conf.Set("linger.ms", "1");
  conf.Set("message.timeout.ms", std::to_string(kKafkaDeliveryTimeout.count()));
  conf.Set("queue.buffering.max.messages", "200000");
  rd_kafka_conf_set_dr_msg_cb(conf.get(), OnDelivered);
  std::string refused;
  auto client = std::make_shared<Client>();
  client->handle = conf.Make(RD_KAFKA_PRODUCER, refused);
  if (client->handle == nullptr) return Error(kLogUnavailable, refused, options_.brokers);
  client->poller = std::thread([mine = client.get()] {
    while (!mine->stop) rd_kafka_poll(mine->handle.get(), 100);
  });
  client_ = std::move(client);
  return client_;
}

// Makes sure that the client knows who leads the topic's partitions. Without it librdkafka asks by
// itself, a second later.
void Producer::Client::Learn(const std::string& topic) {
  std::lock_guard<std::mutex> lock(mutex);
  auto& known = topics[topic];
  if (known != nullptr) return;
  known.reset(rd_kafka_topic_new(handle.get(), topic.c_str(), nullptr));
  const struct rd_kafka_metadata* raw = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(handle.get(), 0, known.get(), &raw,
                                                      static_cast<int>(kKafkaCallTimeout.count()));
  const Metadata metadata(error == RD_KAFKA_RESP_ERR_NO_ERROR ? raw : nullptr);
  if (metadata == nullptr) known.reset();  // the brokers are away: producing says so
}

Result<void> Producer::Append(std::span<const AppendBatch> batches, std::int64_t* last_offset) {
  PLAZA_ASSIGN_OR_RETURN(const std::shared_ptr<Client> client, Current());
  Pending pending;
  pending.left = 1;  // of this function, until it has handed over everything
  rd_kafka_resp_err_t refused = RD_KAFKA_RESP_ERR_NO_ERROR;
  for (const AppendBatch& batch : batches) {
    const std::string name = options_.prefix + batch.to.topic;
    client->Learn(name);
    for (const Record& record : batch.records) {
      {
        std::lock_guard<std::mutex> lock(pending.mutex);
        ++pending.left;
      }
      do {
        refused = Hand(client->handle.get(), name, batch.to.partition, record, pending);
      } while (refused == RD_KAFKA_RESP_ERR__QUEUE_FULL);
      if (refused == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      pending.Answer(refused, -1);
      break;
    }
    if (refused != RD_KAFKA_RESP_ERR_NO_ERROR) break;
  }
  std::unique_lock<std::mutex> lock(pending.mutex);
  --pending.left;
  // Each is answered within the delivery time-out at the latest.
  pending.answered.wait(lock, [&] { return pending.left == 0; });
  if (pending.failure != RD_KAFKA_RESP_ERR_NO_ERROR) return ErrorOf(pending.failure);
  if (last_offset != nullptr) *last_offset = pending.last_offset;
  return {};
}

}  // namespace plaza::eventlog::kafka
