// `plaza eval`: questions to pure cores, one JSON line each (docs/formats/eval.md).
#pragma once
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "libs/base/bytes.h"
#include "libs/base/check.h"
#include "libs/base/civil.h"
#include "libs/base/error.h"

namespace plaza::eval {

using Json = nlohmann::json;

// Thrown by ops and field readers, caught once by Answer(): an error answer, not a failure of the
// program.
struct EvalError {
  std::string code;  // UPPER_SNAKE
  std::string message;
  std::string where;
};
[[noreturn]] void Fail(std::string code, std::string message, std::string where);
[[noreturn]] void Fail(const Error& error,
                       const std::string& where);  // an Error of a core: its reason is the code

// Reads one object's fields, and refuses those that nobody asked for.
class Fields {
 public:
  // `object` must be an object (BAD_VALUE) with no other keys than `known` (UNKNOWN_FIELD, with its
  // path).
  Fields(const Json& object, std::string path, std::initializer_list<std::string_view> known);
  bool Has(std::string_view key) const;         // present and not null
  const Json& Get(std::string_view key) const;  // MISSING_FIELD
  std::string Text(std::string_view key) const;
  std::string TextOr(std::string_view key, std::string fallback) const;
  std::int64_t Int(std::string_view key) const;
  std::int64_t IntOr(std::string_view key, std::int64_t fallback) const;
  bool BoolOr(std::string_view key, bool fallback) const;
  Bytes Hex(std::string_view key) const;
  Bytes HexOr(std::string_view key, Bytes fallback) const;
  Moment MomentOf(std::string_view key) const;  // RFC 3339 with its offset
  Date DateOf(std::string_view key) const;
  const Json& Array(std::string_view key) const;  // MISSING_FIELD, BAD_VALUE
  const Json& ArrayOrEmpty(std::string_view key) const;
  std::string PathOf(std::string_view key) const;  // "in.card.9F4B"

 private:
  const Json* object_;
  std::string path_;
};

using Op =
    std::function<Json(const Json& in)>;  // `in`; returns the value of "ok", throws EvalError
class Registry {
 public:
  void Add(std::string name, Op op);
  // One question line to one answer line, without the newline. Never throws.
  std::string Answer(std::string_view line) const;

 private:
  std::map<std::string, Op, std::less<>> ops_;
};

void AddClosedLoopOps(Registry& registry);  // closedloop.cc
void AddEmvOps(Registry& registry);         // emv.cc
void AddEmvTapOps(Registry& registry);      // emv_tap.cc
void AddFareOps(Registry& registry);        // fare.cc
void AddVsamOps(Registry& registry);        // vsam.cc
Registry AllOps();

}  // namespace plaza::eval
