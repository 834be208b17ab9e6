#include "apps/plaza/eval/emv_fields.h"

#include "libs/base/hex.h"
#include "libs/emv/tlv/reader.h"

namespace plaza::eval {
namespace {

constexpr std::size_t kDataBytesMax = 1U << 20;

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

Json KeyJson(const emv::RecoveredKey& key) {
  return {{"modulus", ToHex(key.modulus)}, {"exponent", ToHex(key.exponent)}};
}

std::string HexOctet(std::uint8_t octet) { return ToHex({&octet, 1}); }

}  // namespace

Bytes BoundedHex(const Fields& fields, std::string_view key) {
  Bytes data = fields.Hex(key);
  if (data.size() > kDataBytesMax) Fail("TOO_LARGE", "at most 1 MiB", fields.PathOf(key));
  return data;
}

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

Json OdaJson(const emv::OdaOutcome& outcome) {
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

}  // namespace plaza::eval
