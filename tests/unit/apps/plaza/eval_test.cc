#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "apps/plaza/eval/vectors.h"
#include "tests/support/temp_folder.h"

namespace plaza::eval {
namespace {

Registry Small() {
  Registry registry;
  registry.Add("test.add", [](const Json& in) -> Json {
    const Fields fields(in, "in", {"a", "b"});
    return {{"sum", fields.Int("a") + fields.IntOr("b", 0)}};
  });
  registry.Add("test.throw", [](const Json&) -> Json { throw std::runtime_error("a bug"); });
  return registry;
}

TEST(Eval, AnswersEachLineWithOneLine) {
  const struct {
    const char* question;
    const char* answer;
  } table[] = {
      {R"({"id":7,"op":"test.add","in":{"a":1,"b":2}})", R"({"id":7,"ok":{"sum":3}})"},
      {R"({"op":"test.add","in":{"a":1}})", R"({"id":null,"ok":{"sum":1}})"},
      {R"({"id":"x","op":"test.add","in":{"b":2}})",
       R"({"error":{"code":"MISSING_FIELD","message":"this field is required","where":"in.a"},"id":"x"})"},
      {R"({"id":1,"op":"test.throw","in":{}})",
       R"({"error":{"code":"INTERNAL","message":"a bug","where":""},"id":1})"},
  };
  const Registry registry = Small();
  for (const auto& row : table) EXPECT_EQ(registry.Answer(row.question), row.answer);
}

TEST(Eval, RefusesWhatItDoesNotKnow) {
  const struct {
    const char* question;
    const char* code;
    const char* where;
  } table[] = {
      {"not json", "BAD_JSON", "byte 2"},
      {"[]", "BAD_VALUE", "line"},
      {R"({"op":"test.add"})", "MISSING_FIELD", "in"},
      {R"({"op":"test.add","in":[]})", "BAD_VALUE", "in"},
      {R"({"op":"test.none","in":{}})", "UNKNOWN_OP", "op"},
      {R"({"op":"test.add","in":{"a":1,"c":2}})", "UNKNOWN_FIELD", "in.c"},
      {R"({"op":"test.add","in":{"a":1},"extra":0})", "UNKNOWN_FIELD", "extra"},
      {R"({"op":"test.add","in":{"a":"1"}})", "BAD_VALUE", "in.a"},
      {R"({"op":"test.add","in":{"a":1.5}})", "BAD_VALUE", "in.a"},
      {R"({"op":"test.add","in":{"a":9223372036854775808}})", "BAD_VALUE", "in.a"},
  };
  const Registry registry = Small();
  for (const auto& row : table) {
    const Json answer = Json::parse(registry.Answer(row.question));
    ASSERT_TRUE(answer.contains("error")) << row.question;
    EXPECT_EQ(answer["error"]["code"], row.code) << row.question;
    EXPECT_EQ(answer["error"]["where"], row.where) << row.question;
  }
}

TEST(Eval, GoesOnAfterABadLine) {
  std::istringstream in("nonsense\n{\"id\":2,\"op\":\"test.add\",\"in\":{\"a\":1}}\n");
  std::ostringstream out;
  RunEval(Small(), in, out);
  EXPECT_NE(out.str().find("BAD_JSON"), std::string::npos);
  EXPECT_NE(out.str().find("{\"id\":2,\"ok\":{\"sum\":1}}\n"), std::string::npos);
}

TEST(Vectors, MatchASubsetOfObjectsAndWholeArrays) {
  const Json actual = Json::parse(R"({"a":{"b":1,"c":"x"},"d":[1,{"e":2,"f":3}]})");
  const struct {
    const char* expected;
    bool matches;
  } table[] = {{R"({})", true},
               {R"({"a":{"b":1}})", true},
               {R"({"a":{"b":2}})", false},
               {R"({"a":{"z":1}})", false},
               {R"({"d":[1,{"e":2}]})", true},
               {R"({"d":[1]})", false},
               {R"({"d":[{"e":2},1]})", false},
               {R"({"a":{"c":1}})", false}};
  for (const auto& row : table)
    EXPECT_EQ(Matches(Json::parse(row.expected), actual), row.matches) << row.expected;
}

TEST(Vectors, CountWhatPassesAndWhatFails) {
  const plaza::testing::TempFolder folder;
  const std::string file = (folder.path() / "v.jsonl").string();
  std::ofstream(file) << R"({"op":"test.add","in":{"a":1},"expect":{"ok":{"sum":1}},"group":"g"})"
                      << "\n"
                      << R"({"op":"test.add","in":{"a":1},"expect":{"ok":{"sum":2}},"group":"g"})"
                      << "\n"
                      << R"({"op":"test.add","in":{"a":1},"expect_not":{"ok":{"sum":2}}})"
                      << "\n"
                      << R"({"op":"test.none","in":{},"expect_not":{"ok":{}}})"
                      << "\n"  // no answer at all
                      << R"({"op":"test.add","in":{"a":1}})"
                      << "\n";  // expects nothing
  std::ostringstream out;
  EXPECT_EQ(RunVectors(Small(), {file}, out), 1);
  EXPECT_TRUE(out.str().ends_with("g: 1 passed, 1 failed\n2 passed, 3 failed\n")) << out.str();
  std::ostringstream missing;
  EXPECT_EQ(RunVectors(Small(), {file + ".none"}, missing), 1);
}

}  // namespace
}  // namespace plaza::eval
