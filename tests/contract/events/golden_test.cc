// Events that once were written are read by today's code: golden bytes, never regenerated
// (docs/formats/events.md).
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "libs/base/bytes.h"
#include "libs/base/hex.h"
#include "plaza/events/v1/events.pb.h"

namespace plaza {
namespace {

using events::v1::Event;

struct Golden {
  const char* name;
  const char* hex;   // as version 1 wrote it
  const char* json;  // what it says
};

constexpr Golden kGolden[] = {
    {"CutOff",
     "0A10000102030405060708090A0B0C0D0E0F10C0F4DFB4AB331A05636C6F636B5A130A0A323032362D31312D32331"
     "0C0F4DFB4AB33",
     R"({"id":"AAECAwQFBgcICQoLDA0ODw==","eventTimeMs":"1764000004672","source":"clock","cutOff":{"businessDay":"2026-11-23","atMs":"1764000004672"}})"},
    {"Charge",
     "82013A120856414C2D313A31321A0856414C2D313A3132200128E807304C3A034D584E420A0A06534954455552104"
     "C4A0C0A074A414C4953434F10AC02",
     R"({"charge":{"legId":"VAL-1:12","journeyId":"VAL-1:12","revision":1,"eventTimeMs":"1000","amountMinor":"76","currency":"MXN","shares":[{"operatorId":"SITEUR","amountMinor":"76"}],"subsidies":[{"payer":"JALISCO","amountMinor":"300"}]}})"},
    {"TapRecorded",
     "52560A0947444C2D5330303031100718C0F4DFB4AB332A090A035354311A024C31320653495445555238014801520"
     "2AABB5A0B56303031303031334142436003680272059F360200017A0201028001018A01010192010102",
     R"({"tapRecorded":{"validatorId":"GDL-S0001","sequence":"7","eventTimeMs":"1764000004672","place":{"stopId":"ST1","routeId":"L1"},"operatorId":"SITEUR","decision":"DECISION_ACCEPTED","tokenEpoch":1,"token":"qrs=","par":"V0010013ABC","denyListEpoch":"3","mediaKind":"MEDIA_KIND_EMV_DEVICE","chipData":"nzYCAAE=","sealedCard":"AQI=","sealScheme":1,"accountId":"AQ==","mediumId":"Ag=="}})"},
    {"DenyListChanged", "A201130804120708011203AABBCC1801220464656274",
     R"({"denyListChanged":{"denyListEpoch":"4","card":{"tokenEpoch":1,"token":"qrvM"},"denied":true,"reason":"debt"}})"},
    {"DeadLetterResolved", "FA01150A02AABB10011A0561646D696E22066D656E646564",
     R"({"deadLetterResolved":{"letterId":"qrs=","outcome":"DEAD_LETTER_OUTCOME_REPLAYED","by":"admin","note":"mended"}})"},
};

std::string Json(const Event& event) {
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(event, &json).ok());
  return json;
}

TEST(GoldenEvents, AreReadByTodaysCode) {
  for (const Golden& golden : kGolden) {
    Event event;
    const Bytes bytes = FromHex(golden.hex).value();
    ASSERT_TRUE(event.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) << golden.name;
    EXPECT_EQ(Json(event), golden.json) << golden.name;
    EXPECT_EQ(ToHex(AsBytes(event.SerializeAsString())), golden.hex) << golden.name;
  }
}

}  // namespace
}  // namespace plaza
