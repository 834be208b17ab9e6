#include "libs/host/fact_json.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "libs/base/digest.h"
#include "libs/base/hex.h"
#include "libs/base/uuid.h"
#include "libs/host/limits.h"
#include "libs/runtime/log.h"

namespace plaza::host {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Json = nlohmann::ordered_json;

Json ToJson(const Message& message);

std::string OctetsText(const FieldDescriptor& field, const std::string& octets) {
  if (field.name() == "sealed_card" || field.name() == "chip_data") {
    return "(" + std::to_string(octets.size()) + " octets, not shown)";
  }
  const auto id = Uuid::FromBytes(AsBytes(octets));
  return id.ok() ? id->ToText() : ToHex(AsBytes(octets));
}

// `at`: of a repeated field, else -1.
Json Value(const Message& message, const FieldDescriptor* field, int at) {
  const Reflection& read = *message.GetReflection();
  const bool many = at >= 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ToJson(many ? read.GetRepeatedMessage(message, field, at)
                         : read.GetMessage(message, field));
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text =
          many ? read.GetRepeatedString(message, field, at) : read.GetString(message, field);
      if (field->type() == FieldDescriptor::TYPE_BYTES) return OctetsText(*field, text);
      return runtime::Redact(text);
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      return (many ? read.GetRepeatedEnum(message, field, at) : read.GetEnum(message, field))
          ->name();
    case FieldDescriptor::CPPTYPE_BOOL:
      return many ? read.GetRepeatedBool(message, field, at) : read.GetBool(message, field);
    case FieldDescriptor::CPPTYPE_INT32:
      return many ? read.GetRepeatedInt32(message, field, at) : read.GetInt32(message, field);
    case FieldDescriptor::CPPTYPE_UINT32:
      return many ? read.GetRepeatedUInt32(message, field, at) : read.GetUInt32(message, field);
    case FieldDescriptor::CPPTYPE_INT64:
      return many ? read.GetRepeatedInt64(message, field, at) : read.GetInt64(message, field);
    case FieldDescriptor::CPPTYPE_UINT64:
      return many ? read.GetRepeatedUInt64(message, field, at) : read.GetUInt64(message, field);
    default:
      return "(not shown)";  // no fact has such a field
  }
}

Json ToJson(const Message& message) {
  const Reflection& read = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  read.ListFields(message, &fields);
  Json json = Json::object();
  for (const FieldDescriptor* field : fields) {
    if (!field->is_repeated()) {
      json[field->name()] = Value(message, field, -1);
      continue;
    }
    Json& list = json[field->name()] = Json::array();
    for (int at = 0; at < read.FieldSize(message, field); ++at) {
      list.push_back(Value(message, field, at));
    }
  }
  const int unknown = read.GetUnknownFields(message).field_count();
  if (unknown > 0) json["fields_not_known"] = unknown;
  return json;
}

std::string Text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

Json Described(const std::string& what, std::string_view octets) {
  return {{"record", what}, {"octets", octets.size()}, {"sha256", ToHex(Sha256(AsBytes(octets)))}};
}

}  // namespace

std::string FactJson(const events::v1::Event& event) {
  std::string text = Text(ToJson(event));
  if (text.size() <= kShownJsonBytesMax) return text;
  return Text(Described("too long to be shown", event.SerializeAsString()));
}

std::string RecordJson(std::string_view value) {
  events::v1::Event event;
  if (event.ParseFromArray(value.data(), static_cast<int>(value.size())) &&
      event.body_case() != events::v1::Event::BODY_NOT_SET) {
    return FactJson(event);
  }
  return Text(Described("no fact that is known here", value));
}

}  // namespace plaza::host
