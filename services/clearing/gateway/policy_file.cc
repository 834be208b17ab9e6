#include "services/clearing/gateway/policy_file.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "libs/runtime/zones.h"
#include "services/clearing/errors.h"
#include "services/clearing/limits.h"

namespace plaza::clearing {
namespace {

using Json = nlohmann::json;

// The one scheme that the gates' kernel 3 accepts. A card's scheme is not in a tap yet.
constexpr const char* kScheme = "visa";
constexpr std::int64_t kBasisPointsMax = 10'000;

Error Bad(const std::string& where, const std::string& what) {
  return Error(kBadPolicy, what, where);
}
Error NotYet(const std::string& where, const std::string& what) {
  return Error(kNotSupportedYet, what, where);
}

// An object whose keys are all known and all there.
Result<const Json*> Get(const Json& object, const std::string& where, const char* key) {
  const auto found = object.find(key);
  if (found == object.end())
    return Bad(where + "." + key, "the key is missing; null is a choice, absence is not");
  return &*found;
}

Result<void> CheckObject(const Json& value, const std::string& where,
                         std::initializer_list<const char*> keys) {
  if (!value.is_object()) return Bad(where, "not an object");
  for (const auto& item : value.items()) {
    const std::string& key = item.key();
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      return Bad(where + "." + key, "the key is not known");
    }
  }
  for (const char* key : keys) {
    if (!value.contains(key)) {
      return Bad(where + "." + key, "the key is missing; null is a choice, absence is not");
    }
  }
  return {};
}

Result<std::string> GetText(const Json& object, const std::string& where, const char* key) {
  PLAZA_ASSIGN_OR_RETURN(const Json* const value, Get(object, where, key));
  if (!value->is_string()) return Bad(where + "." + key, "not a text");
  return value->get<std::string>();
}

Result<std::int64_t> GetInt(const Json& object, const std::string& where, const char* key,
                            std::int64_t min, std::int64_t max) {
  PLAZA_ASSIGN_OR_RETURN(const Json* const value, Get(object, where, key));
  const bool whole = value->is_number_integer() &&
                     !(value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX);
  if (!whole || value->get<std::int64_t>() < min || value->get<std::int64_t>() > max) {
    return Bad(where + "." + key,
               "not a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  }
  return value->get<std::int64_t>();
}

Result<std::set<std::string, std::less<>>> GetCodes(const Json& object, const std::string& where,
                                                    const char* key) {
  PLAZA_ASSIGN_OR_RETURN(const Json* const value, Get(object, where, key));
  if (!value->is_array()) return Bad(where + "." + key, "not a list of codes");
  std::set<std::string, std::less<>> codes;
  for (const Json& code : *value) {
    if (!code.is_string() || code.get<std::string>().size() != 2) {
      return Bad(where + "." + key, "a response code has two characters (ISO 8583, DE 39)");
    }
    codes.insert(code.get<std::string>());
  }
  return codes;
}

Result<void> ReadDay(const Json& root, Policy& policy) {
  PLAZA_ASSIGN_OR_RETURN(const std::string timezone, GetText(root, "policy", "timezone"));
  Result<ZoneRules> zone = runtime::LoadZone(timezone);
  if (!zone.ok()) return Bad("policy.timezone", zone.error().what());
  policy.zone = std::move(*zone);
  PLAZA_ASSIGN_OR_RETURN(const std::string cut_off, GetText(root, "policy", "cut_off"));
  const Result<TimeOfDay> time = TimeOfDay::Parse(cut_off);
  if (!time.ok()) return Bad("policy.cut_off", time.error().what());
  policy.cut_off = *time;
  PLAZA_ASSIGN_OR_RETURN(const std::string currency, GetText(root, "policy", "currency"));
  const Result<Currency> parsed = Currency::Parse(currency);
  if (!parsed.ok()) return Bad("policy.currency", parsed.error().what());
  policy.currency = *parsed;
  return {};
}

// A table by scheme: exactly the schemes that cards may have today.
Result<const Json*> OfScheme(const Json& root, const char* key) {
  const std::string where = std::string("policy.") + key;
  PLAZA_ASSIGN_OR_RETURN(const Json* const table, Get(root, "policy", key));
  if (!table->is_object()) return Bad(where, "not an object by scheme");
  for (const auto& [scheme, ignored] : table->items()) {
    if (scheme != kScheme) return NotYet(where + "." + scheme, "only visa is cleared today");
  }
  return Get(*table, where, kScheme);
}

Result<void> ReadFirstUse(const Json& root, Policy& policy) {
  PLAZA_ASSIGN_OR_RETURN(const Json* const rule, OfScheme(root, "first_use"));
  if (rule->is_null()) return {};
  const std::string where = std::string("policy.first_use.") + kScheme;
  if (!rule->is_object()) return Bad(where, "neither an object nor null");
  PLAZA_ASSIGN_OR_RETURN(const std::string kind, GetText(*rule, where, "kind"));
  if (kind == "nominal") return NotYet(where + ".kind", "a nominal first use");
  if (kind != "verification") return Bad(where + ".kind", "neither verification nor nominal");
  PLAZA_RETURN_IF_ERROR(CheckObject(*rule, where, {"kind"}));
  policy.verify_first_use = true;
  return {};
}

Result<void> ReadAggregation(const Json& root) {
  PLAZA_ASSIGN_OR_RETURN(const Json* const rule, OfScheme(root, "aggregation"));
  const std::string where = std::string("policy.aggregation.") + kScheme;
  PLAZA_RETURN_IF_ERROR(CheckObject(*rule, where, {"max_days", "max_amount_minor"}));
  PLAZA_ASSIGN_OR_RETURN(const std::int64_t days, GetInt(*rule, where, "max_days", 1, 14));
  if (days != 1) return NotYet(where + ".max_days", "aggregates of more than one business day");
  if (!rule->at("max_amount_minor").is_null()) {
    return NotYet(where + ".max_amount_minor", "aggregates that close at an amount");
  }
  return {};
}

Result<void> ReadResponseCodes(const Json& root, Policy& policy) {
  const std::string where = "policy.response_codes";
  const Json& table = root.at("response_codes");
  PLAZA_RETURN_IF_ERROR(CheckObject(table, where, {"approved", "retryable", "final", "other"}));
  ResponseCodes& codes = policy.response_codes;
  PLAZA_ASSIGN_OR_RETURN(codes.approved, GetCodes(table, where, "approved"));
  PLAZA_ASSIGN_OR_RETURN(codes.retryable, GetCodes(table, where, "retryable"));
  PLAZA_ASSIGN_OR_RETURN(codes.final_codes, GetCodes(table, where, "final"));
  if (codes.approved.empty()) return Bad(where + ".approved", "no code approves anything");
  std::set<std::string, std::less<>> all = codes.approved;
  all.insert(codes.retryable.begin(), codes.retryable.end());
  all.insert(codes.final_codes.begin(), codes.final_codes.end());
  if (all.size() != codes.approved.size() + codes.retryable.size() + codes.final_codes.size()) {
    return Bad(where, "a code stands in two classes");
  }
  PLAZA_ASSIGN_OR_RETURN(const std::string other, GetText(table, where, "other"));
  if (other != "retryable" && other != "final")
    return Bad(where + ".other", "neither retryable nor final");
  codes.other = other == "retryable" ? CodeClass::kRetryable : CodeClass::kFinal;
  return {};
}

// What a policy may name but this version does not carry out: refused, never ignored.
Result<void> ReadWhatIsNotBuilt(const Json& root) {
  for (const char* key : {"first_ride_risk", "retry"}) {
    PLAZA_ASSIGN_OR_RETURN(const Json* const rule, OfScheme(root, key));
    if (!rule->is_null())
      return NotYet(std::string("policy.") + key + "." + kScheme, "anything but null");
  }
  if (!root.at("tap_recovery").is_boolean())
    return Bad("policy.tap_recovery", "neither true nor false");
  if (root.at("tap_recovery").get<bool>()) return NotYet("policy.tap_recovery", "true");
  PLAZA_ASSIGN_OR_RETURN(const std::string exhausted, GetText(root, "policy", "on_exhausted"));
  if (exhausted == "write_off") return NotYet("policy.on_exhausted", "write_off");
  if (exhausted != "keep") return Bad("policy.on_exhausted", "neither keep nor write_off");
  if (!root.at("reconciliation").is_null())
    return NotYet("policy.reconciliation", "anything but null");
  return {};
}

Result<void> ReadSettlement(const Json& root, Policy& policy) {
  const std::string where = "policy.settlement";
  const Json& table = root.at("settlement");
  PLAZA_RETURN_IF_ERROR(
      CheckObject(table, where, {"basis", "fee_basis_points", "payout_min_minor"}));
  PLAZA_ASSIGN_OR_RETURN(const std::string basis, GetText(table, where, "basis"));
  if (basis == "collected") return NotYet(where + ".basis", "collected");
  if (basis != "taken") return Bad(where + ".basis", "neither taken nor collected");
  SettlementPolicy& settlement = policy.settlement;
  PLAZA_ASSIGN_OR_RETURN(settlement.fee_basis_points,
                         GetInt(table, where, "fee_basis_points", 0, kBasisPointsMax));
  PLAZA_ASSIGN_OR_RETURN(settlement.payout_min_minor,
                         GetInt(table, where, "payout_min_minor", 0, kAmountMinorMax));
  return {};
}

Result<std::string> ReadSmallFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Bad(path.string(), "the file cannot be read");
  std::string text(kPolicyBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kPolicyBytesMax) return Bad(path.string(), "the file is larger than 1 MiB");
  return text;
}

}  // namespace

Result<Policy> ParsePolicy(std::string_view json) {
  const Json root = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) return Bad("policy", "not JSON");
  PLAZA_RETURN_IF_ERROR(CheckObject(root, "policy",
                                    {"timezone", "cut_off", "currency", "first_use", "aggregation",
                                     "response_codes", "first_ride_risk", "retry", "tap_recovery",
                                     "on_exhausted", "settlement", "reconciliation"}));
  Policy policy;
  PLAZA_RETURN_IF_ERROR(ReadDay(root, policy));
  PLAZA_RETURN_IF_ERROR(ReadFirstUse(root, policy));
  PLAZA_RETURN_IF_ERROR(ReadAggregation(root));
  PLAZA_RETURN_IF_ERROR(ReadResponseCodes(root, policy));
  PLAZA_RETURN_IF_ERROR(ReadWhatIsNotBuilt(root));
  PLAZA_RETURN_IF_ERROR(ReadSettlement(root, policy));
  return policy;
}

Result<void> ParseSuppliers(std::string_view csv, const std::string& file, Policy& policy) {
  int number = 0;
  while (!csv.empty()) {
    ++number;
    const std::size_t end = csv.find('\n');
    std::string_view line = csv.substr(0, end);
    csv = end == std::string_view::npos ? std::string_view() : csv.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::string where = file + ":" + std::to_string(number);
    const std::size_t comma = line.find(',');
    if (comma == std::string_view::npos || line.find(',', comma + 1) != std::string_view::npos) {
      return Bad(where, "not two columns: operator_id,collection_supplier_id");
    }
    const std::string id(line.substr(0, comma));
    const std::string supplier(line.substr(comma + 1));
    if (number == 1) {
      if (line != "operator_id,collection_supplier_id")
        return Bad(where, "not the header operator_id,collection_supplier_id");
      continue;
    }
    if (id.empty() || id.size() > kIdTextBytesMax || supplier.size() > kIdTextBytesMax) {
      return Bad(where, "an id that is empty or too long");
    }
    if (!policy.collection_supplier_of.emplace(id, supplier).second) {
      return Bad(where, "operator " + id + " stands twice");
    }
  }
  return {};
}

Result<Policy> LoadPolicy(const std::string& folder) {
  const std::filesystem::path base(folder);
  PLAZA_ASSIGN_OR_RETURN(const std::string json, ReadSmallFile(base / "clearing.json"));
  PLAZA_ASSIGN_OR_RETURN(Policy policy, ParsePolicy(json));
  constexpr const char* kSuppliers = "collection_suppliers.txt";
  for (const auto& path : {base / kSuppliers, base / ".." / kSuppliers}) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) continue;
    PLAZA_ASSIGN_OR_RETURN(const std::string csv, ReadSmallFile(path));
    PLAZA_RETURN_IF_ERROR(ParseSuppliers(csv, path.lexically_normal().string(), policy));
    break;
  }
  return policy;
}

}  // namespace plaza::clearing
