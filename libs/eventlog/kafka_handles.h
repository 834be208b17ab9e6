// librdkafka's C API behind RAII. Internal to libs/eventlog's Kafka log.
#pragma once
#include <librdkafka/rdkafka.h>

#include <array>
#include <memory>
#include <string>

namespace plaza::eventlog::kafka {

template <auto Destroy>
struct Destroyer {
  template <class T>
  void operator()(T* object) const {
    Destroy(object);
  }
};
using Handle = std::unique_ptr<rd_kafka_t, Destroyer<rd_kafka_destroy>>;
using Topic = std::unique_ptr<rd_kafka_topic_t, Destroyer<rd_kafka_topic_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroyer<rd_kafka_queue_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Destroyer<rd_kafka_message_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroyer<rd_kafka_event_destroy>>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                      Destroyer<rd_kafka_topic_partition_list_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Destroyer<rd_kafka_NewTopic_destroy>>;
using ErrorHandle = std::unique_ptr<rd_kafka_error_t, Destroyer<rd_kafka_error_destroy>>;
using AdminOptions =
    std::unique_ptr<rd_kafka_AdminOptions_t, Destroyer<rd_kafka_AdminOptions_destroy>>;
using Metadata =
    std::unique_ptr<const struct rd_kafka_metadata, Destroyer<rd_kafka_metadata_destroy>>;

// Settings of a client that is still to be made.
class Conf {
 public:
  Conf() : conf_(rd_kafka_conf_new()) {}
  // A wrong name or value is a bug (checked).
  void Set(const char* name, const std::string& value);
  rd_kafka_conf_t* get() { return conf_.get(); }
  // Null with a reason in `why` if librdkafka refuses.
  Handle Make(rd_kafka_type_t type, std::string& why);

 private:
  std::unique_ptr<rd_kafka_conf_t, Destroyer<rd_kafka_conf_destroy>> conf_;
};

}  // namespace plaza::eventlog::kafka
