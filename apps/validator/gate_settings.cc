#include "apps/validator/gate_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <sstream>

#include "apps/validator/errors.h"
#include "libs/base/hex.h"
#include "libs/emv/crypto/secret.h"
#include "libs/runtime/key_file.h"
#include "libs/runtime/zones.h"

namespace plaza::validator {
namespace {

constexpr std::size_t kAidBytesMin = 5;  // ISO/IEC 7816-4, 12.2.2
constexpr std::size_t kAidBytesMax = 16;

// The kernel for an application, by who registered its identifier (Book B, Table 3-6: the default
// identifiers); none of those that are not there.
std::optional<std::uint8_t> KernelFor(ByteView aid) {
  constexpr std::pair<std::array<std::uint8_t, kAidBytesMin>, std::uint8_t> kKernels[] = {
      {{0xA0, 0x00, 0x00, 0x00, 0x04}, 0x02},   // Mastercard
      {{0xA0, 0x00, 0x00, 0x00, 0x03}, 0x03},   // Visa
      {{0xA0, 0x00, 0x00, 0x00, 0x25}, 0x04},   // American Express
      {{0xA0, 0x00, 0x00, 0x03, 0x33}, 0x07}};  // UnionPay
  for (const auto& [rid, kernel] : kKernels) {
    if (std::ranges::equal(aid.first(kAidBytesMin), rid)) return kernel;
  }
  return std::nullopt;
}

std::vector<std::string> SplitAtCommas(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

bool IsValidatorId(const std::string& text) {
  return !text.empty() && text.size() <= emv::kValidatorIdCharsMax &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
         });
}

bool IsPlace(const std::string& text) {
  return text.size() <= emv::kPlaceCharsMax &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

Result<GateShared> MakeShared(const Config& config) {
  GateShared shared;
  for (const std::string& text : SplitAtCommas(config.aids)) {
    const auto aid = FromHex(text);
    if (!aid.ok() || aid->size() < kAidBytesMin || aid->size() > kAidBytesMax) {
      return Error(kBadSetting, "'" + text + "' is no application identifier", "kernel.aids");
    }
    const auto kernel = KernelFor(*aid);
    if (!kernel) return Error(kBadSetting, "no kernel is there for '" + text + "'", "kernel.aids");
    shared.profile.combinations.push_back({.aid = *aid, .kernel_id = {*kernel}});
  }
  if (shared.profile.combinations.empty()) {
    return Error(kBadSetting, "no application is accepted", "kernel.aids");
  }
  for (const std::string& text : SplitAtCommas(config.refused_countries)) {
    std::uint16_t country = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, country);
    if (parsed.ec != std::errc() || parsed.ptr != end || country > 999) {
      return Error(kBadSetting, "'" + text + "' is no country", "kernel.refused_countries");
    }
    shared.profile.refused_issuer_countries.push_back(country);
  }
  shared.profile.country = static_cast<std::uint16_t>(config.country);
  shared.profile.currency = static_cast<std::uint16_t>(config.currency);
  shared.profile.amount_minor = config.amount_minor;
  shared.pass_back = Seconds(config.pass_back_s);
  PLAZA_ASSIGN_OR_RETURN(shared.zone, runtime::LoadZone(config.zone));
  return shared;
}

Result<std::vector<emv::Ed25519PublicKey>> TrustedListKeys(const Config& config) {
  std::vector<emv::Ed25519PublicKey> keys;
  for (const std::string& text : SplitAtCommas(config.list_keys)) {
    const auto octets = FromHex(text);
    emv::Ed25519PublicKey key{};
    if (!octets.ok() || octets->size() != key.size()) {
      return Error(kBadSetting, "'" + text + "' is no Ed25519 public key, 64 hexadecimal digits",
                   "kernel.list_keys");
    }
    std::ranges::copy(*octets, key.begin());
    keys.push_back(key);
  }
  return keys;
}

Result<GateOptions> MakeGateOptions(const Config& config) {
  if (!IsValidatorId(config.id)) {
    return Error(kBadSetting, "'" + config.id + "' is no validator's id", "validator.id");
  }
  const std::pair<const char*, const std::string&> places[] = {
      {"validator.stop_id", config.stop_id},
      {"validator.vehicle_id", config.vehicle_id},
      {"validator.route_id", config.route_id},
      {"validator.trip_id", config.trip_id}};
  for (const auto& [key, text] : places) {
    if (!IsPlace(text)) return Error(kBadSetting, "not 0 to 32 printable ASCII", key);
  }
  GateOptions options;
  options.validator_id = config.id;
  options.stop_id = config.stop_id;
  options.route_id = config.route_id;
  options.vehicle_id = config.vehicle_id;
  options.journal_folder = config.folder + "/journal";
  options.random = [] {
    UnpredictableNumber number{};
    emv::RandomBytes(number);
    return number;
  };
  return options;
}

Result<std::unique_ptr<emv::Vsam>> MakeVsam(const Config& config) {
  emv::ValidatorKeys keys;
  keys.validator_id = config.id;
  keys.token_epoch = static_cast<std::uint32_t>(config.token_epoch);
  PLAZA_ASSIGN_OR_RETURN(keys.token_key,
                         runtime::ReadKeyFile(config.token_key_file, "vsam.token_key_file"));
  PLAZA_ASSIGN_OR_RETURN(keys.mac_key,
                         runtime::ReadKeyFile(config.mac_key_file, "vsam.mac_key_file"));
  PLAZA_ASSIGN_OR_RETURN(keys.data_key,
                         runtime::ReadKeyFile(config.data_key_file, "vsam.data_key_file"));
  auto vsam = emv::MakeSoftwareVsam(keys);
  for (emv::Key256* key : {&keys.token_key, &keys.mac_key, &keys.data_key}) emv::Zeroise(*key);
  return vsam;
}

}  // namespace plaza::validator
