#include "libs/eventlog/kafka_handles.h"

#include "libs/base/check.h"

namespace plaza::eventlog::kafka {

void Conf::Set(const char* name, const std::string& value) {
  std::array<char, 512> why{};
  PLAZA_CHECK(rd_kafka_conf_set(conf_.get(), name, value.c_str(), why.data(), why.size()) ==
              RD_KAFKA_CONF_OK);
}

Handle Conf::Make(rd_kafka_type_t type, std::string& why) {
  std::array<char, 512> text{};
  Handle handle(rd_kafka_new(type, conf_.get(), text.data(), text.size()));
  if (handle == nullptr) {
    why = text.data();
  } else {
    static_cast<void>(conf_.release());  // the client owns it now
  }
  return handle;
}

}  // namespace plaza::eventlog::kafka
