#include "apps/validator/ca_keys.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "apps/validator/errors.h"
#include "apps/validator/limits.h"
#include "libs/base/hex.h"

namespace plaza::validator {
namespace {

using nlohmann::json;

// The octets of a member that is hexadecimal text. Empty if it is none.
Bytes Octets(const json& object, const char* member) {
  const auto found = object.is_object() ? object.find(member) : object.end();
  if (found == object.end() || !found->is_string()) return {};
  const auto octets = FromHex(found->get<std::string>());
  return octets.ok() ? *octets : Bytes();
}

template <std::size_t kSize>
bool Fixed(const json& object, const char* member, std::array<std::uint8_t, kSize>& out) {
  const Bytes octets = Octets(object, member);
  if (octets.size() != kSize) return false;
  std::ranges::copy(octets, out.begin());
  return true;
}

// Null if it is no key.
std::optional<emv::CaKey> KeyOf(const json& object) {
  emv::CaKey key;
  std::array<std::uint8_t, 1> index{};
  if (!Fixed(object, "rid", key.rid) || !Fixed(object, "index", index)) return std::nullopt;
  key.index = index[0];
  key.modulus = Octets(object, "modulus");
  key.exponent = Octets(object, "exponent");
  const auto expiry = object.find("expiry");
  if (expiry == object.end()) return key;
  const auto day = Date::Parse(expiry->is_string() ? expiry->get<std::string>() : "");
  if (!day.ok()) return std::nullopt;
  key.expiry = *day;
  return key;
}

Result<void> AddAll(const json& file, const std::string& path, emv::CapkTable& table) {
  const auto bad = [&](const char* list, std::size_t at, const std::string& why) {
    return Error(kBadCaKeys, std::string(list) + "[" + std::to_string(at) + "]: " + why, path);
  };
  const json none = json::array();
  const json& keys = file.contains("keys") ? file["keys"] : none;
  const json& revoked = file.contains("revoked") ? file["revoked"] : none;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto key = KeyOf(keys[i]);
    if (!key) return bad("keys", i, "give rid, index, modulus, exponent in hex, expiry as a date");
    if (const auto added = table.Add(std::move(*key)); !added.ok()) {
      return bad("keys", i, added.error().what());
    }
  }
  for (std::size_t i = 0; i < revoked.size(); ++i) {
    emv::Rid rid{};
    std::array<std::uint8_t, 1> index{};
    emv::CertificateSerial serial{};
    if (!Fixed(revoked[i], "rid", rid) || !Fixed(revoked[i], "index", index) ||
        !Fixed(revoked[i], "serial", serial)) {
      return bad("revoked", i, "give rid, index and serial in hex");
    }
    table.Revoke(rid, index[0], serial);
  }
  if (table.keys().empty()) return Error(kBadCaKeys, "there is no key", path);
  return {};
}

}  // namespace

Result<emv::CapkTable> ReadCaKeys(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(kCaKeysFileBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.empty()) return Error(kBadCaKeys, "it is empty, or cannot be read", path);
  if (text.size() > kCaKeysFileBytesMax) return Error(kBadCaKeys, "it is too large", path);
  const json file = json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto is_list = [&](const char* name) {
    return !file.contains(name) || file[name].is_array();
  };
  if (!file.is_object() || !is_list("keys") || !is_list("revoked")) {
    return Error(kBadCaKeys, "it is not a JSON object with lists of keys and revoked", path);
  }
  emv::CapkTable table;
  PLAZA_RETURN_IF_ERROR(AddAll(file, path, table));
  return table;
}

std::string CaKeysText(const std::vector<emv::CaKey>& keys) {
  json list = json::array();
  for (const emv::CaKey& key : keys) {
    json one{{"rid", ToHex(key.rid)},
             {"index", ToHex(Bytes{key.index})},
             {"modulus", ToHex(key.modulus)},
             {"exponent", ToHex(key.exponent)}};
    if (key.expiry) one["expiry"] = key.expiry->ToText();
    list.push_back(std::move(one));
  }
  return json{{"keys", list}}.dump(2) + "\n";
}

}  // namespace plaza::validator
