// The acceptance core's ops of `plaza eval` on data alone (docs/formats/eval.md): emv.tlv.decode,
// emv.dol.build, emv.oda. Those with a card are in emv_tap.cc.
#include "apps/plaza/eval/emv_fields.h"
#include "libs/base/hex.h"
#include "libs/emv/dol/dol.h"
#include "libs/emv/limits.h"
#include "libs/emv/tlv/reader.h"

namespace plaza::eval {
namespace {

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

Json DolBuild(const Json& in) {
  const Fields fields(in, "in", {"dol", "tags"});
  const Bytes dol = BoundedHex(fields, "dol");
  fields.Get("tags");
  const emv::DataElements tags = ReadTags(fields, "tags", emv::Source::kTerminal);
  const auto data = emv::BuildDol(dol, {&tags});
  if (!data.ok()) Fail(data.error(), fields.PathOf("dol"));
  return {{"data", ToHex(*data)}};
}

emv::OdaMethod ReadMethod(const Fields& fields) {
  const std::string name = fields.Text("method");
  for (const emv::OdaMethod method :
       {emv::OdaMethod::kSda, emv::OdaMethod::kDda, emv::OdaMethod::kCda, emv::OdaMethod::kFdda}) {
    if (name == emv::OdaMethodName(method)) return method;
  }
  Fail("BAD_VALUE", "must be sda, dda, cda or fdda", fields.PathOf("method"));
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
  return OdaJson(emv::AuthenticateOffline(input));
}

}  // namespace

void AddEmvOps(Registry& registry) {
  registry.Add("emv.tlv.decode", TlvDecode);
  registry.Add("emv.dol.build", DolBuild);
  registry.Add("emv.oda", Oda);
}

}  // namespace plaza::eval
