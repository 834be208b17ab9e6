// The VSAM's key management ops of `plaza eval` (docs/formats/eval.md): vsam.an10922,
// vsam.dukpt.key, vsam.tr31.unwrap, vsam.tr31.wrap.
#include <array>
#include <utility>

#include "apps/plaza/eval/registry.h"
#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "libs/emv/vsam/an10922.h"
#include "libs/emv/vsam/dukpt.h"
#include "libs/emv/vsam/key_block.h"

namespace plaza::eval {
namespace {

template <class T>
using Names = std::initializer_list<std::pair<std::string_view, T>>;

template <class T>
T OneOf(const Fields& fields, std::string_view key, Names<T> names) {
  const std::string text = fields.Text(key);
  std::string known;
  for (const auto& [name, value] : names) {
    if (text == name) return value;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  Fail("BAD_VALUE", "must be one of " + known, fields.PathOf(key));
}

template <class T>
T ValueOf(Result<T> result, const std::string& where) {
  if (!result.ok()) Fail(result.error(), where);
  return std::move(*result);
}

Json An10922(const Json& in) {
  const Fields fields(in, "in", {"cipher", "key", "data"});
  using Cipher = emv::An10922Cipher;
  const auto cipher = OneOf<Cipher>(fields, "cipher",
                                    {{"aes128", Cipher::kAes128},
                                     {"aes192", Cipher::kAes192},
                                     {"aes256", Cipher::kAes256},
                                     {"2tdea", Cipher::k2Tdea},
                                     {"3tdea", Cipher::k3Tdea}});
  const Bytes key = fields.Hex("key");
  const Bytes data = fields.Hex("data");
  return {{"key", ToHex(ValueOf(emv::DiversifyAn10922(cipher, key, data), "in").view())}};
}

emv::DukptKeyType KeyTypeOf(const Fields& fields, emv::DukptAlgorithm algorithm) {
  if (!fields.Has("key_type")) return emv::OwnKeyType(algorithm);
  using Type = emv::DukptKeyType;
  return OneOf<Type>(fields, "key_type",
                     {{"2tdea", Type::k2Tdea},
                      {"3tdea", Type::k3Tdea},
                      {"aes128", Type::kAes128},
                      {"aes192", Type::kAes192},
                      {"aes256", Type::kAes256},
                      {"hmac128", Type::kHmac128},
                      {"hmac192", Type::kHmac192},
                      {"hmac256", Type::kHmac256}});
}

// None for the initial key, which is no working key.
std::optional<emv::DukptUsage> UsageOf(const Fields& fields) {
  using Usage = emv::DukptUsage;
  return OneOf<std::optional<Usage>>(fields, "usage",
                                     {{"key_encryption", Usage::kKeyEncryption},
                                      {"pin_encryption", Usage::kPinEncryption},
                                      {"mac_generation", Usage::kMacGeneration},
                                      {"mac_verification", Usage::kMacVerification},
                                      {"mac_both", Usage::kMacBoth},
                                      {"data_encrypt", Usage::kDataEncrypt},
                                      {"data_decrypt", Usage::kDataDecrypt},
                                      {"data_both", Usage::kDataBoth},
                                      {"key_derivation", Usage::kKeyDerivation},
                                      {"initial_key", std::nullopt}});
}

// Also the initial key goes with a KSN that a terminal could send; 0 is that of its loading.
void CheckInitial(emv::DukptAlgorithm algorithm, std::uint32_t counter, emv::DukptKeyType type,
                  const Fields& fields) {
  if (type != emv::OwnKeyType(algorithm)) {
    Fail(Error(emv::errors::kDukptUsage, "an initial key has the type of its algorithm"),
         fields.PathOf("key_type"));
  }
  if (counter != 0 && !emv::IsTransactionCounter(algorithm, counter)) {
    Fail(Error(emv::errors::kKsnCounter, "counter " + std::to_string(counter)),
         fields.PathOf("ksn"));
  }
}

Json DukptKey(const Json& in) {
  const Fields fields(in, "in", {"algorithm", "bdk", "ik", "ksn", "usage", "key_type"});
  using Algorithm = emv::DukptAlgorithm;
  const auto algorithm = OneOf<Algorithm>(fields, "algorithm",
                                          {{"aes128", Algorithm::kAes128},
                                           {"aes192", Algorithm::kAes192},
                                           {"aes256", Algorithm::kAes256},
                                           {"tdes", Algorithm::kTdes}});
  if (fields.Has("bdk") == fields.Has("ik")) {
    Fail(fields.Has("bdk") ? "BAD_VALUE" : "MISSING_FIELD", "give one of bdk and ik", "in");
  }
  const Bytes ksn_bytes = fields.Hex("ksn");
  const auto ksn = ValueOf(emv::ParseKsn(algorithm, ksn_bytes), fields.PathOf("ksn"));
  const auto usage = UsageOf(fields);
  const auto type = KeyTypeOf(fields, algorithm);
  emv::SecretBytes initial(fields.HexOr("ik", {}));
  if (fields.Has("bdk")) {
    initial =
        ValueOf(emv::DeriveInitialKey(algorithm, fields.Hex("bdk"), ksn.id), fields.PathOf("bdk"));
  }
  if (!usage) CheckInitial(algorithm, ksn.counter, type, fields);
  // For the length of an `ik` that is only given back, too.
  const emv::DukptKsn asked{ksn.id, usage ? ksn.counter : 1};
  const auto key =
      ValueOf(emv::DeriveWorkingKey(algorithm, initial.view(), asked,
                                    {usage.value_or(emv::DukptUsage::kKeyDerivation), type}),
              "in");
  return {{"key", ToHex(usage ? key.view() : initial.view())}};
}

Json HeaderJson(const emv::KeyBlockHeader& header) {
  Json optionals = Json::array();
  for (const emv::OptionalBlock& block : header.optional_blocks) {
    optionals.push_back({{"id", block.id}, {"data", block.data}});
  }
  Json json = {{"version", std::string(1, header.version)},
               {"usage", header.usage},
               {"algorithm", std::string(1, header.algorithm)},
               {"mode", std::string(1, header.mode)},
               {"version_number", header.version_number},
               {"exportability", std::string(1, header.exportability)},
               {"optional_blocks", std::move(optionals)}};
  if (header.context != '0') json["context"] = std::string(1, header.context);
  return json;
}

char OneChar(const Fields& fields, std::string_view key) {
  const std::string text = fields.Text(key);
  if (text.size() != 1) Fail("BAD_VALUE", "must be one character", fields.PathOf(key));
  return text[0];
}

emv::KeyBlockHeader ReadHeader(const Fields& in) {
  const std::string path = in.PathOf("header");
  const Fields fields(in.Get("header"), path,
                      {"version", "usage", "algorithm", "mode", "version_number", "exportability",
                       "context", "optional_blocks"});
  emv::KeyBlockHeader header;
  header.version = OneChar(fields, "version");
  header.usage = fields.Text("usage");
  header.algorithm = OneChar(fields, "algorithm");
  header.mode = OneChar(fields, "mode");
  header.version_number = fields.Text("version_number");
  header.exportability = OneChar(fields, "exportability");
  if (fields.Has("context")) header.context = OneChar(fields, "context");
  std::size_t position = 0;
  for (const Json& item : fields.ArrayOrEmpty("optional_blocks")) {
    const Fields block(item, path + ".optional_blocks[" + std::to_string(position++) + "]",
                       {"id", "data"});
    header.optional_blocks.push_back({block.Text("id"), block.Text("data")});
  }
  return header;
}

Json Tr31Unwrap(const Json& in) {
  const Fields fields(in, "in", {"kbpk", "block"});
  const Bytes kbpk = fields.Hex("kbpk");
  const auto key = ValueOf(emv::UnwrapKeyBlock(kbpk, fields.Text("block")), "in");
  return {{"header", HeaderJson(key.header)}, {"key", ToHex(key.key.view())}};
}

Json Tr31Wrap(const Json& in) {
  const Fields fields(in, "in", {"kbpk", "header", "key", "padding"});
  const Bytes kbpk = fields.Hex("kbpk");
  const Bytes key = fields.Hex("key");
  const Bytes padding = fields.HexOr("padding", {});
  return {{"block", ValueOf(emv::WrapKeyBlock(kbpk, ReadHeader(fields), key, padding), "in")}};
}

}  // namespace

void AddVsamOps(Registry& registry) {
  registry.Add("vsam.an10922", An10922);
  registry.Add("vsam.dukpt.key", DukptKey);
  registry.Add("vsam.tr31.unwrap", Tr31Unwrap);
  registry.Add("vsam.tr31.wrap", Tr31Wrap);
}

}  // namespace plaza::eval
