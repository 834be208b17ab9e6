#include "apps/plaza/eval/registry.h"

#include <algorithm>

#include "libs/base/hex.h"

namespace plaza::eval {
namespace {

constexpr std::size_t kLineBytesMax = 16U << 20;

Json ErrorAnswer(const Json& id, const EvalError& error) {
  return {{"id", id},
          {"error", {{"code", error.code}, {"message", error.message}, {"where", error.where}}}};
}

Json AnswerQuestion(const Json& question, const std::map<std::string, Op, std::less<>>& ops) {
  if (!question.is_object()) Fail("BAD_VALUE", "a question is a JSON object", "line");
  const Fields fields(question, "", {"id", "op", "in", "source", "expect", "expect_not", "group"});
  const std::string name = fields.Text("op");
  const auto op = ops.find(name);
  if (op == ops.end()) {
    std::string known;
    for (const auto& [other, unused] : ops) known += (known.empty() ? "" : ", ") + other;
    Fail("UNKNOWN_OP", "there is no op '" + name.substr(0, 64) + "'; there are: " + known, "op");
  }
  const Json& in = fields.Get("in");
  if (!in.is_object()) Fail("BAD_VALUE", "must be an object", "in");
  return op->second(in);
}

}  // namespace

void Fail(std::string code, std::string message, std::string where) {
  throw EvalError{std::move(code), std::move(message), std::move(where)};
}

void Fail(const Error& error, const std::string& where) {
  std::string place = where;
  if (!error.where().empty()) place += (place.empty() ? "" : ": ") + error.where();
  std::string message = error.what();
  if (!error.remedy().empty()) message += ". " + std::string(error.remedy());
  throw EvalError{std::string(error.reason()), std::move(message), std::move(place)};
}

Fields::Fields(const Json& object, std::string path, std::initializer_list<std::string_view> known)
    : object_(&object), path_(std::move(path)) {
  if (!object.is_object()) Fail("BAD_VALUE", "must be an object", path_);
  for (const auto& item : object.items()) {
    if (std::find(known.begin(), known.end(), item.key()) == known.end()) {
      std::string names;
      for (std::string_view name : known) names += (names.empty() ? "" : ", ") + std::string(name);
      Fail("UNKNOWN_FIELD", "unknown field; known are: " + names, PathOf(item.key()));
    }
  }
}

std::string Fields::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

bool Fields::Has(std::string_view key) const {
  const auto found = object_->find(key);
  return found != object_->end() && !found->is_null();
}

const Json& Fields::Get(std::string_view key) const {
  const auto found = object_->find(key);
  if (found == object_->end()) Fail("MISSING_FIELD", "this field is required", PathOf(key));
  return *found;
}

std::string Fields::Text(std::string_view key) const {
  const Json& value = Get(key);
  if (!value.is_string()) Fail("BAD_VALUE", "must be a string", PathOf(key));
  return value.get<std::string>();
}

std::string Fields::TextOr(std::string_view key, std::string fallback) const {
  return Has(key) ? Text(key) : fallback;
}

std::int64_t Fields::Int(std::string_view key) const {
  const Json& value = Get(key);
  const bool fits = value.is_number_integer() &&
                    !(value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX);
  if (!fits) Fail("BAD_VALUE", "must be a 64-bit integer", PathOf(key));
  return value.get<std::int64_t>();
}

std::int64_t Fields::IntOr(std::string_view key, std::int64_t fallback) const {
  return Has(key) ? Int(key) : fallback;
}

bool Fields::BoolOr(std::string_view key, bool fallback) const {
  if (!Has(key)) return fallback;
  const Json& value = Get(key);
  if (!value.is_boolean()) Fail("BAD_VALUE", "must be true or false", PathOf(key));
  return value.get<bool>();
}

Bytes Fields::Hex(std::string_view key) const {
  auto bytes = FromHex(Text(key));
  if (!bytes.ok())
    Fail("BAD_VALUE", bytes.error().what(), PathOf(key) + ", " + bytes.error().where());
  return std::move(bytes).value();
}

Bytes Fields::HexOr(std::string_view key, Bytes fallback) const {
  return Has(key) ? Hex(key) : fallback;
}

Moment Fields::MomentOf(std::string_view key) const {
  auto moment = ParseMoment(Text(key));
  if (!moment.ok()) Fail("BAD_VALUE", moment.error().ToString(), PathOf(key));
  return *moment;
}

Date Fields::DateOf(std::string_view key) const {
  auto date = Date::Parse(Text(key));
  if (!date.ok()) Fail("BAD_VALUE", date.error().ToString(), PathOf(key));
  return *date;
}

const Json& Fields::Array(std::string_view key) const {
  const Json& value = Get(key);
  if (!value.is_array()) Fail("BAD_VALUE", "must be an array", PathOf(key));
  return value;
}

const Json& Fields::ArrayOrEmpty(std::string_view key) const {
  static const Json empty = Json::array();
  return Has(key) ? Array(key) : empty;
}

void Registry::Add(std::string name, Op op) {
  const bool added = ops_.emplace(std::move(name), std::move(op)).second;
  PLAZA_CHECK(added);
}

std::string Registry::Answer(std::string_view line) const {
  Json id;
  Json answer;
  try {
    if (line.size() > kLineBytesMax) Fail("TOO_LARGE", "a line has at most 16 MiB", "line");
    const Json question = Json::parse(line);
    if (question.is_object() && question.contains("id")) id = question["id"];
    answer = {{"id", id}, {"ok", AnswerQuestion(question, ops_)}};
  } catch (const EvalError& error) {
    answer = ErrorAnswer(id, error);
  } catch (const Json::parse_error& error) {
    answer =
        ErrorAnswer(id, {"BAD_JSON", "the line is not JSON", "byte " + std::to_string(error.byte)});
  } catch (const std::exception& error) {
    answer = ErrorAnswer(id, {"INTERNAL", error.what(), ""});
  }
  return answer.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace plaza::eval
