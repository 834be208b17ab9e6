#include "apps/plaza/test_scheme.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "apps/citysim/cards/limits.h"
#include "apps/plaza/errors.h"
#include "apps/plaza/own_file.h"
#include "apps/validator/ca_keys.h"
#include "libs/base/hex.h"
#include "libs/runtime/process.h"

namespace plaza {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json ToJson(const std::vector<Bytes>& values) {
  json list = json::array();
  for (const Bytes& value : values) list.push_back(ToHex(value));
  return list;
}

std::vector<Bytes> FromJson(const json& list) {
  std::vector<Bytes> values;
  for (const json& value : list) values.push_back(FromHex(value.get<std::string>()).value());
  return values;
}

// Three values of each.
std::vector<Bytes> Flat(const std::array<citysim::IssuerCertificate, citysim::kIssuers>& all) {
  std::vector<Bytes> values;
  for (const auto& one : all) {
    values.insert(values.end(), {one.certificate, one.remainder, one.exponent});
  }
  return values;
}

void Unflatten(const std::vector<Bytes>& values,
               std::array<citysim::IssuerCertificate, citysim::kIssuers>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = {values.at(3 * i), values.at(3 * i + 1), values.at(3 * i + 2)};
  }
}

Result<citysim::TestPki> Read(const fs::path& path) {
  std::ifstream in(path);
  const json file = json::parse(in, nullptr, /*allow_exceptions=*/false);
  citysim::TestPki pki;
  try {
    const auto issuer_keys = FromJson(file.at("issuer_keys"));
    for (std::size_t i = 0; i < pki.issuer_keys.size(); ++i) {
      pki.issuer_keys[i] = issuer_keys.at(i);
    }
    pki.card_keys = FromJson(file.at("card_keys"));
    Unflatten(FromJson(file.at("certificates")), pki.certificates);
    Unflatten(FromJson(file.at("forged")), pki.forged);
  } catch (const std::exception& broken) {
    return Error(kBadTestScheme, broken.what(), path.string());
  }
  return pki;
}

}  // namespace

fs::path CaKeysFile(const CityPaths& paths) { return paths.data / "cards" / "ca_keys.json"; }

Result<citysim::TestPki> EnsureTestScheme(const CityPaths& paths) {
  const fs::path path = paths.data / "cards" / "scheme.json";
  if (fs::exists(path)) {
    PLAZA_ASSIGN_OR_RETURN(citysim::TestPki pki, Read(path));
    PLAZA_ASSIGN_OR_RETURN(const auto trusted, validator::ReadCaKeys(CaKeysFile(paths)));
    pki.ca = trusted.keys().front();
    return pki;
  }
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  if (failed) return Error(kBadFolder, failed.message(), path.string());
  const Date today = ToLocal(runtime::WallClock().Now(), 0).date;
  PLAZA_ASSIGN_OR_RETURN(const auto pki, citysim::MakeTestPki(today, citysim::kCardKeysDefault));
  PLAZA_RETURN_IF_ERROR(WriteOwnFile(CaKeysFile(paths), validator::CaKeysText({pki.ca})));
  const json file{{"issuer_keys", ToJson({pki.issuer_keys.begin(), pki.issuer_keys.end()})},
                  {"card_keys", ToJson(pki.card_keys)},
                  {"certificates", ToJson(Flat(pki.certificates))},
                  {"forged", ToJson(Flat(pki.forged))}};
  PLAZA_RETURN_IF_ERROR(WriteOwnFile(path, file.dump(1) + "\n"));
  return pki;
}

}  // namespace plaza
