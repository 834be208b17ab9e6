// Whatever older programs wrote is read by today's code, field by field; and each field that an
// event can have is among it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "libs/base/bytes.h"
#include "libs/base/hex.h"
#include "tests/contract/events/landed_events.h"

namespace plaza {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

events::v1::Event Decoded(const std::filesystem::path& stem) {
  std::string hex = landed_events::ReadFile(stem, ".hex");
  EXPECT_FALSE(hex.empty()) << stem << ".hex is missing: keep_events makes it";
  if (!hex.empty()) hex.pop_back();  // the line's end
  events::v1::Event event;
  EXPECT_TRUE(event.ParseFromString(ToString(FromHex(hex).value()))) << stem;
  return event;
}

// Fields that hold something, as "message.field".
void CollectSet(const Message& message, std::set<std::string>& fields) {
  const auto* reflection = message.GetReflection();
  EXPECT_TRUE(reflection->GetUnknownFields(message).empty()) << message.GetTypeName();
  std::vector<const FieldDescriptor*> set;
  reflection->ListFields(message, &set);
  for (const FieldDescriptor* field : set) {
    fields.insert(field->full_name());
    if (field->message_type() == nullptr) continue;
    if (!field->is_repeated()) {
      CollectSet(reflection->GetMessage(message, field), fields);
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      CollectSet(reflection->GetRepeatedMessage(message, field, i), fields);
    }
  }
}

void CollectAll(const Descriptor& type, std::set<std::string>& fields) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const bool fresh = fields.insert(field.full_name()).second;
    if (fresh && field.message_type() != nullptr) CollectAll(*field.message_type(), fields);
  }
}

TEST(LandedEvents, SayTodayWhatTheySaidThen) {
  const auto all = landed_events::All();
  ASSERT_GE(all.size(), 14U);
  for (const auto& stem : all) {
    EXPECT_EQ(landed_events::ToJson(Decoded(stem)), landed_events::ReadFile(stem, ".json")) << stem;
  }
}

TEST(LandedEvents, HaveEveryFieldThatAnEventCanHave) {
  std::set<std::string> kept;
  for (const auto& stem : landed_events::All()) CollectSet(Decoded(stem), kept);
  std::set<std::string> possible;
  CollectAll(*events::v1::Event::descriptor(), possible);
  // One that is missing: write a .json that has it into a new dated folder, and run keep_events.
  EXPECT_THAT(possible, testing::IsSubsetOf(kept));
}

}  // namespace
}  // namespace plaza
