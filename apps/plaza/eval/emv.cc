// The acceptance core's ops of `plaza eval` (docs/formats/eval.md): emv.tlv.decode, emv.dol.build,
// emv.oda.
#include <algorithm>

#include "apps/plaza/eval/registry.h"
#include "libs/base/hex.h"
#include "libs/emv/capk/capk.h"
#include "libs/emv/dol/dol.h"
#include "libs/emv/limits.h"
#include "libs/emv/oda/oda.h"
#include "libs/emv/tlv/data_elements.h"
#include "libs/emv/tlv/reader.h"

namespace plaza::eval {
namespace {

constexpr std::size_t kDataBytesMax = 1U << 20;

Bytes BoundedHex(const Fields& fields, std::string_view key) {
  Bytes data = fields.Hex(key);
  if (data.size() > kDataBytesMax) Fail("TOO_LARGE", "at most 1 MiB", fields.PathOf(key));
  return data;
}

Json DecodeNodes(ByteView data, std::size_t base, int depth, const std::string& where) {
  if (depth > emv::kTlvDepthMax) {
    Fail("BAD_TLV", "templates are nested deeper than 16 levels",
         where + ": offset " + std::to_string(base));
  }
  Json nodes = Json::array();
  emv::TlvReader reader(data, base);
  emv::Tlv object;
  while (true) {
    const auto more = reader.Next(object);
    if (!more.ok()) Fail(more.error(), where);
    if (!*more) return nodes;
    Json node = {{"tag", emv::TagText(object.tag)}, {"length", object.value.size()}};
    if (emv::IsConstructed(object.tag)) {
      node["children"] = DecodeNodes(object.value, object.value_offset, depth + 1, where);
    } else {
      node["value"] = ToHex(object.value);
    }
    nodes.push_back(std::move(node));
  }
}

Json TlvDecode(const Json& in) {
  const Fields fields(in, "in", {"data"});
  const Bytes data = BoundedHex(fields, "data");
  return {{"nodes", DecodeNodes(data, 0, /*depth=*/1, fields.PathOf("data"))}};
}

emv::Tag ParseTag(const std::string& text, const std::string& where) {
  auto octets = FromHex(text);
  if (!octets.ok() || octets->empty()) Fail("BAD_VALUE", "a tag is hex, such as 9F37", where);
  octets->push_back(0x00);  // an empty object: the reader checks that the tag is whole
  emv::TlvReader reader(*octets);
  emv::Tlv object;
  const auto more = reader.Next(object);
  const bool whole = more.ok() && *more && object.value_offset == octets->size();
  if (!whole) Fail("BAD_VALUE", "not one whole BER-TLV tag of at most 4 bytes", where);
  return object.tag;
}

// An object of values by tag.
emv::DataElements ReadTags(const Fields& parent, std::string_view key, emv::Source source) {
  emv::DataElements elements;
  if (!parent.Has(key)) return elements;
  const Json& tags = parent.Get(key);
  const std::string path = parent.PathOf(key);
  if (!tags.is_object()) Fail("BAD_VALUE", "must be an object of hex values by tag", path);
  for (const auto& item : tags.items()) {
    const std::string where = path + "." + item.key();
    if (!item.value().is_string()) Fail("BAD_VALUE", "must be a string of hex", where);
    auto value = FromHex(item.value().get<std::string>());
    if (!value.ok()) Fail("BAD_VALUE", value.error().what(), where + ", " + value.error().where());
    const emv::Tag tag = ParseTag(item.key(), where);
    if (elements.Has(tag)) Fail("BAD_VALUE", "the same tag twice", where);
    if (!elements.Add(tag, *value, source)) {
      Fail("TOO_LARGE", "at most 128 tags with 8192 bytes in all", where);
    }
  }
  return elements;
}

Json DolBuild(const Json& in) {
  const Fields fields(in, "in", {"dol", "tags"});
  const Bytes dol = BoundedHex(fields, "dol");
  fields.Get("tags");
  const emv::DataElements tags = ReadTags(fields, "tags", emv::Source::kTerminal);
  const auto data = emv::BuildDol(dol, {&tags});
  if (!data.ok()) Fail(data.error(), fields.PathOf("dol"));
  return {{"data", ToHex(*data)}};
}

template <std::size_t kSize>
std::array<std::uint8_t, kSize> FixedHex(const Fields& fields, std::string_view key) {
  const Bytes data = fields.Hex(key);
  if (data.size() != kSize) {
    Fail("BAD_VALUE", "must have " + std::to_string(kSize) + " bytes", fields.PathOf(key));
  }
  std::array<std::uint8_t, kSize> out{};
  std::ranges::copy(data, out.begin());
  return out;
}

emv::CapkTable ReadCapks(const Fields& fields) {
  emv::CapkTable capks;
  int position = 0;
  for (const Json& item : fields.ArrayOrEmpty("capk")) {
    const std::string path = fields.PathOf("capk") + "[" + std::to_string(position++) + "]";
    const Fields key(item, path, {"rid", "index", "modulus", "exponent", "expiry"});
    emv::CaKey ca;
    ca.rid = FixedHex<5>(key, "rid");
    ca.index = FixedHex<1>(key, "index")[0];
    ca.modulus = key.Hex("modulus");
    ca.exponent = key.Hex("exponent");
    if (key.Has("expiry")) ca.expiry = key.DateOf("expiry");
    const auto added = capks.Add(std::move(ca));
    if (!added.ok()) Fail("BAD_VALUE", added.error().what(), path);
  }
  position = 0;
  for (const Json& item : fields.ArrayOrEmpty("revoked")) {
    const std::string path = fields.PathOf("revoked") + "[" + std::to_string(position++) + "]";
    const Fields entry(item, path, {"rid", "index", "serial"});
    capks.Revoke(FixedHex<5>(entry, "rid"), FixedHex<1>(entry, "index")[0],
                 FixedHex<3>(entry, "serial"));
  }
  return capks;
}

emv::OdaMethod ReadMethod(const Fields& fields) {
  const std::string name = fields.Text("method");
  for (const emv::OdaMethod method :
       {emv::OdaMethod::kSda, emv::OdaMethod::kDda, emv::OdaMethod::kCda, emv::OdaMethod::kFdda}) {
    if (name == emv::OdaMethodName(method)) return method;
  }
  Fail("BAD_VALUE", "must be sda, dda, cda or fdda", fields.PathOf("method"));
}

Json KeyJson(const emv::RecoveredKey& key) {
  return {{"modulus", ToHex(key.modulus)}, {"exponent", ToHex(key.exponent)}};
}

std::string HexOctet(std::uint8_t octet) { return ToHex({&octet, 1}); }

Json OutcomeJson(const emv::OdaOutcome& outcome) {
  Json ok = {{"result", emv::OdaResultName(outcome.result)},
             {"reason", outcome.reason},
             {"method", emv::OdaMethodName(outcome.method)}};
  if (outcome.issuer_key) ok["issuer_key"] = KeyJson(*outcome.issuer_key);
  if (outcome.icc_key) ok["icc_key"] = KeyJson(*outcome.icc_key);
  if (outcome.signed_data_format) ok["signed_data_format"] = HexOctet(*outcome.signed_data_format);
  if (!outcome.icc_dynamic_number.empty()) {
    ok["icc_dynamic_number"] = ToHex(outcome.icc_dynamic_number);
  }
  if (!outcome.data_authentication_code.empty()) {
    ok["data_authentication_code"] = ToHex(outcome.data_authentication_code);
  }
  if (outcome.cid) ok["cid"] = HexOctet(*outcome.cid);
  if (!outcome.ac.empty()) ok["ac"] = ToHex(outcome.ac);
  return ok;
}

Json Oda(const Json& in) {
  const Fields fields(
      in, "in",
      {"method", "date", "online", "aid", "capk", "revoked", "card", "static_data", "terminal",
       "dynamic_data", "pdol_data", "cdol1_data", "response_data", "cid"});
  emv::OdaInput input;
  input.method = ReadMethod(fields);
  input.date = fields.DateOf("date");
  input.online = fields.BoolOr("online", true);
  const Bytes aid = fields.Hex("aid");
  if (aid.size() < 5 || aid.size() > 16) {
    Fail("BAD_VALUE", "an AID has 5 to 16 bytes", fields.PathOf("aid"));
  }
  const emv::CapkTable capks = ReadCapks(fields);
  fields.Get("card");
  const emv::DataElements card = ReadTags(fields, "card", emv::Source::kCard);
  const emv::DataElements terminal = ReadTags(fields, "terminal", emv::Source::kTerminal);
  const Bytes static_data = fields.HexOr("static_data", {});
  const Bytes dynamic_data = fields.HexOr("dynamic_data", {});
  const Bytes pdol_data = fields.HexOr("pdol_data", {});
  const Bytes cdol1_data = fields.HexOr("cdol1_data", {});
  const Bytes response_data = fields.HexOr("response_data", {});
  if (fields.Has("cid")) input.cid = FixedHex<1>(fields, "cid")[0];
  input.aid = aid;
  input.capks = &capks;
  input.card = &card;
  input.terminal = &terminal;
  input.static_data = static_data;
  input.dynamic_data = dynamic_data;
  input.pdol_data = pdol_data;
  input.cdol1_data = cdol1_data;
  input.response_data = response_data;
  return OutcomeJson(emv::AuthenticateOffline(input));
}

}  // namespace

void AddEmvOps(Registry& registry) {
  registry.Add("emv.tlv.decode", TlvDecode);
  registry.Add("emv.dol.build", DolBuild);
  registry.Add("emv.oda", Oda);
}

}  // namespace plaza::eval
