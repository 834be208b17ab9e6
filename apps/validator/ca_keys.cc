#include "apps/validator/ca_keys.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "apps/validator/errors.h"
#include "apps/validator/limits.h"
#include "libs/base/digest.h"
#include "libs/base/hex.h"
#include "libs/emv/journal/file_env.h"

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

Result<std::string> ReadBounded(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(kCaKeysFileBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.empty()) return Error(kBadCaKeys, "it is empty, or cannot be read", path);
  if (text.size() > kCaKeysFileBytesMax) return Error(kBadCaKeys, "it is too large", path);
  return text;
}

Result<emv::CapkTable> Parse(std::string_view text, const std::string& path) {
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

// Over what was there: should the power go, the file that it is a copy of is still good.
Result<void> WriteSynced(const std::string& path, ByteView octets) {
  PLAZA_ASSIGN_OR_RETURN(const auto file, emv::PosixFiles().Open(path));
  PLAZA_RETURN_IF_ERROR(file->Truncate(0));
  PLAZA_RETURN_IF_ERROR(file->WriteAt(0, octets));
  return file->Sync();
}

}  // namespace

Result<emv::CapkTable> ReadCaKeys(const std::string& path) {
  PLAZA_ASSIGN_OR_RETURN(const std::string text, ReadBounded(path));
  return Parse(text, path);
}

Result<CaKeysFile::Opened> CaKeysFile::Open(const std::string& path) const {
  Opened opened;
  PLAZA_ASSIGN_OR_RETURN(opened.text, ReadBounded(path));
  std::string_view body = opened.text;
  if (options_.trusted.empty()) {
    opened.list.hash = Sha256(AsBytes(body));
  } else {
    PLAZA_ASSIGN_OR_RETURN(
        const emv::SignedList list,
        emv::OpenSignedList(AsBytes(opened.text), kCaKeysList, options_.trusted, in_use_));
    body = AsText(list.body);
    opened.list = {list.epoch, list.hash};
  }
  PLAZA_ASSIGN_OR_RETURN(auto table, Parse(body, path));
  opened.table = std::make_shared<const emv::CapkTable>(std::move(table));
  return opened;
}

Result<CaKeysFile::Table> CaKeysFile::Look() {
  PLAZA_ASSIGN_OR_RETURN(Opened opened, Open(options_.path));
  if (in_use_ && opened.list.hash == in_use_->hash && opened.list.epoch == in_use_->epoch) {
    return Table();
  }
  PLAZA_RETURN_IF_ERROR(WriteSynced(options_.kept, AsBytes(opened.text)));
  in_use_ = opened.list;
  return opened.table;
}

CaKeysFile::Table CaKeysFile::Kept() {
  const auto opened = Open(options_.kept);
  if (!opened.ok()) return nullptr;
  in_use_ = opened->list;
  return opened->table;
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
