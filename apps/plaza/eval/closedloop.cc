// The closed-loop ops of `plaza eval` (docs/formats/eval.md): vsam.sl3.replay,
// vsam.desfire.session.
#include <algorithm>

#include "apps/plaza/eval/registry.h"
#include "libs/base/hex.h"
#include "libs/emv/closedloop/desfire_session.h"
#include "libs/emv/closedloop/sl3_replay.h"

namespace plaza::eval {
namespace {

Bytes HexAt(const Json& value, const std::string& where) {
  if (!value.is_string()) Fail("BAD_VALUE", "must be a string of hex", where);
  auto bytes = FromHex(value.get<std::string>());
  if (!bytes.ok()) {
    Fail("BAD_VALUE", bytes.error().what(), where + ", " + bytes.error().where());
  }
  return *std::move(bytes);
}

template <std::size_t kSize>
std::array<std::uint8_t, kSize> FixedHex(const Json& value, const std::string& where) {
  const Bytes bytes = HexAt(value, where);
  if (bytes.size() != kSize) {
    Fail("BAD_VALUE", "must have " + std::to_string(kSize) + " bytes", where);
  }
  std::array<std::uint8_t, kSize> out{};
  std::ranges::copy(bytes, out.begin());
  return out;
}

emv::AesBlock BlockField(const Fields& fields, std::string_view key) {
  return FixedHex<16>(fields.Get(key), fields.PathOf(key));
}

std::map<emv::Sl3KeyBlock, emv::AesKey> ReadKeys(const Fields& fields) {
  const Json& object = fields.Get("keys");
  const std::string path = fields.PathOf("keys");
  if (!object.is_object()) Fail("BAD_VALUE", "must be an object of keys by key block", path);
  std::map<emv::Sl3KeyBlock, emv::AesKey> keys;
  for (const auto& item : object.items()) {
    const std::string where = path + "." + item.key();
    const auto name = FixedHex<2>(item.key(), where);
    const emv::Sl3KeyBlock block{static_cast<std::uint16_t>(name[0] << 8 | name[1])};
    if (!keys.emplace(block, emv::AesKey(FixedHex<16>(item.value(), where))).second) {
      Fail("BAD_VALUE", "the same key block twice", where);
    }
  }
  return keys;
}

std::vector<emv::Sl3Exchange> ReadScript(const Fields& fields) {
  std::vector<emv::Sl3Exchange> script;
  for (const Json& pair : fields.Array("script")) {
    const std::string where = fields.PathOf("script") + "[" + std::to_string(script.size()) + "]";
    if (!pair.is_array() || pair.size() != 2) {
      Fail("BAD_VALUE", "must be a pair of a command and its answer", where);
    }
    script.push_back({HexAt(pair[0], where + "[0]"), HexAt(pair[1], where + "[1]")});
  }
  return script;
}

Json Sl3Replay(const Json& in) {
  const Fields fields(in, "in", {"keys", "rnd_a", "script"});
  const auto replay =
      emv::ReplaySl3(ReadKeys(fields), BlockField(fields, "rnd_a"), ReadScript(fields));
  if (!replay.ok()) Fail(replay.error(), fields.PathOf("script"));
  Json sessions = Json::array();
  for (const auto& session : replay->sessions) {
    sessions.push_back({{"ti", ToHex(session.ti)},
                        {"kenc", ToHex(session.keys.enc.octets())},
                        {"kmac", ToHex(session.keys.mac.octets())}});
  }
  Json blocks = Json::object();
  for (const auto& [block, data] : replay->blocks) {
    blocks[std::to_string(block.number)] = ToHex(data);
  }
  return {{"sessions", std::move(sessions)},
          {"blocks", std::move(blocks)},
          {"macs_checked", replay->macs_checked},
          {"macs_failed", replay->macs_failed}};
}

Json DesfireSession(const Json& in) {
  const Fields fields(in, "in", {"scheme", "key", "rnd_a", "rnd_b", "ti"});
  const std::string scheme = fields.Text("scheme");
  if (scheme != "ev1-aes" && scheme != "ev2") {
    Fail("BAD_VALUE", "must be ev1-aes or ev2", fields.PathOf("scheme"));
  }
  const emv::AesKey key(BlockField(fields, "key"));
  const emv::Challenges challenges{BlockField(fields, "rnd_a"), BlockField(fields, "rnd_b")};
  if (fields.Has("ti")) FixedHex<4>(fields.Get("ti"), fields.PathOf("ti"));
  if (scheme == "ev1-aes") {
    const std::string session = ToHex(emv::DeriveEv1AesKey(challenges).octets());
    return {{"kenc", session}, {"kmac", session}};
  }
  const emv::Ev2Keys keys = emv::DeriveEv2Keys(key, challenges);
  return {{"kenc", ToHex(keys.enc.octets())}, {"kmac", ToHex(keys.mac.octets())}};
}

}  // namespace

void AddClosedLoopOps(Registry& registry) {
  registry.Add("vsam.sl3.replay", Sl3Replay);
  registry.Add("vsam.desfire.session", DesfireSession);
}

}  // namespace plaza::eval
