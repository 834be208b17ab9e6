// The files that a gate's process reads: CA public keys, the kept deny list, and what settings say.
#include <gmock/gmock.h>

#include <fstream>
#include <functional>
#include <iterator>

#include "apps/validator/ca_keys.h"
#include "apps/validator/errors.h"
#include "apps/validator/gate_settings.h"
#include "libs/base/hex.h"
#include "libs/runtime/errors.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/apps/validator/gate_fixture.h"

namespace plaza::validator {
namespace {

using ::testing::HasSubstr;

class FilesTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) const {
    const std::string path = (folder_.path() / name).string();
    std::ofstream(path, std::ios::trunc | std::ios::binary) << text;
    return path;
  }
  testing::TempFolder folder_;
};

TEST_F(FilesTest, CaKeysAreReadAsTheyWereWritten) {
  const emv::CaKey& ca = testing::Scheme::Get().pki.ca;
  emv::CaKey other = ca;
  other.index = 0x07;
  other.expiry.reset();
  const auto table = ReadCaKeys(Write("ca.json", CaKeysText({ca, other})));
  ASSERT_TRUE(table.ok()) << table.error().ToString();
  ASSERT_EQ(table->keys().size(), 2U);
  for (const emv::CaKey& key : {ca, other}) {
    const emv::CaKey* found = table->Find(key.rid, key.index, testing::Scheme::Get().today);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->modulus, key.modulus);
    EXPECT_EQ(found->exponent, key.exponent);
    EXPECT_EQ(found->expiry, key.expiry);
  }
}

TEST_F(FilesTest, RevokedCertificatesAreKnown) {
  const emv::CaKey& ca = testing::Scheme::Get().pki.ca;
  std::string text = CaKeysText({ca});
  text.insert(text.find('{') + 1,
              R"("revoked":[{"rid":"A000000003","index":"F1","serial":"0000AB"}],)");
  const auto table = ReadCaKeys(Write("ca.json", text));
  ASSERT_TRUE(table.ok()) << table.error().ToString();
  EXPECT_TRUE(table->IsRevoked(ca.rid, ca.index, {0x00, 0x00, 0xAB}));
  EXPECT_FALSE(table->IsRevoked(ca.rid, ca.index, {0x00, 0x00, 0xAC}));
}

TEST_F(FilesTest, WhatIsNoFileOfCaKeysIsRefusedWithThePlace) {
  const std::string good = CaKeysText({testing::Scheme::Get().pki.ca});
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  const struct {
    std::string text;
    const char* says;
  } table[] = {{"", "it is empty"},
               {"[]", "not a JSON object"},
               {"{", "not a JSON object"},
               {"{}", "there is no key"},
               {R"({"keys":7})", "not a JSON object"},
               {R"({"keys":[7]})", "keys[0]"},
               {with("A000000003", "A0000000"), "keys[0]"},
               {with("\"modulus\"", "\"modulo\""), "keys[0]"},
               {with("010001", "0100"), "keys[0]"},
               {with("\"expiry\": \"", "\"expiry\": \"x"), "keys[0]"},
               {with("{", R"({"revoked":[{}],)"), "revoked[0]"}};
  for (const auto& row : table) {
    const auto read = ReadCaKeys(Write("ca.json", row.text));
    ASSERT_FALSE(read.ok()) << row.text;
    EXPECT_TRUE(read.error().Is(kBadCaKeys));
    EXPECT_THAT(read.error().ToString(), HasSubstr(row.says));
    EXPECT_THAT(read.error().ToString(), HasSubstr("ca.json"));
  }
  EXPECT_TRUE(ReadCaKeys((folder_.path() / "none").string()).error().Is(kBadCaKeys));
}

// A gate takes what is good and keeps what it has otherwise, over a restart too.
TEST_F(FilesTest, ASignedFileOfCaKeysIsFollowed) {
  const Bytes seed(32, 7), foreign(32, 8);
  const std::string text = CaKeysText({testing::Scheme::Get().pki.ca});
  const auto sign = [&](std::uint64_t epoch, const std::string& body, const Bytes& key) {
    return Write("ca.list", emv::SignList(kCaKeysList, epoch, AsBytes(body), key));
  };
  const CaKeysFile::Options options{
      sign(5, text, seed), (folder_.path() / "kept").string(), {emv::Ed25519PublicKeyOf(seed)}};
  {
    CaKeysFile file(options);
    EXPECT_EQ(file.Kept(), nullptr);
    const auto first = file.Look();
    ASSERT_TRUE(first.ok()) << first.error().ToString();
    ASSERT_NE(*first, nullptr);
    EXPECT_EQ((*first)->keys().size(), 1U);
    EXPECT_EQ(file.epoch(), 5U);
    EXPECT_EQ(*file.Look(), nullptr);  // in use already
    sign(6, text, seed);
    EXPECT_NE(*file.Look(), nullptr);
    const struct {
      std::uint64_t epoch;
      std::string body;
      const Bytes& key;
      const char* reason;
    } refused[] = {{5, text, seed, "LIST_EPOCH"},
                   {6, text + " ", seed, "LIST_EPOCH"},
                   {7, text, foreign, "LIST_SIGNATURE"},
                   {7, "{}", seed, "BAD_CA_KEYS"}};
    for (const auto& row : refused) {
      sign(row.epoch, row.body, row.key);
      const auto looked = file.Look();
      ASSERT_FALSE(looked.ok()) << row.reason;
      EXPECT_EQ(looked.error().reason(), row.reason);
      EXPECT_EQ(file.epoch(), 6U);
    }
    Write("ca.list", text);  // not signed at all
    EXPECT_FALSE(file.Look().ok());
  }
  CaKeysFile file(options);
  ASSERT_NE(file.Kept(), nullptr);
  EXPECT_EQ(file.epoch(), 6U);
  sign(5, text, seed);
  EXPECT_FALSE(file.Look().ok());
  sign(7, text, seed);
  EXPECT_NE(*file.Look(), nullptr);
  EXPECT_EQ(file.epoch(), 7U);
}

TEST_F(FilesTest, APlainFileOfCaKeysIsFollowedToo) {
  const std::string text = CaKeysText({testing::Scheme::Get().pki.ca});
  CaKeysFile file({Write("ca.json", text), (folder_.path() / "kept").string(), {}});
  EXPECT_NE(*file.Look(), nullptr);
  EXPECT_EQ(*file.Look(), nullptr);
  Write("ca.json", "nonsense");
  EXPECT_FALSE(file.Look().ok());
  Write("ca.json", text + "\n");
  EXPECT_NE(*file.Look(), nullptr);
}

TEST_F(FilesTest, SettingsThatCannotBeAreNamed) {
  const struct {
    const char* where;
    std::function<void(Config&)> change;
  } table[] = {{"", [](Config&) {}},
               {"validator.id", [](Config& c) { c.id = ""; }},
               {"validator.id", [](Config& c) { c.id = "gdl-1"; }},
               {"validator.id", [](Config& c) { c.id = std::string(17, 'A'); }},
               {"validator.stop_id", [](Config& c) { c.stop_id = std::string(33, 's'); }},
               {"validator.route_id", [](Config& c) { c.route_id = "\n"; }},
               {"kernel.aids", [](Config& c) { c.aids = ""; }},
               {"kernel.aids", [](Config& c) { c.aids = "A0000000031010,A0"; }},
               {"kernel.aids", [](Config& c) { c.aids = "A0000000031010,A000000065"; }},
               {"kernel.list_keys", [](Config& c) { c.list_keys = "00"; }},
               {"kernel.refused_countries", [](Config& c) { c.refused_countries = "484,MX"; }}};
  for (const auto& row : table) {
    Config config;
    config.id = "GDL-1";
    config.stop_id = "L4-05";
    config.refused_countries = "999,643";
    row.change(config);
    const auto shared = MakeShared(config);
    const auto options = MakeGateOptions(config);
    const auto trusted = TrustedListKeys(config);
    if (*row.where == '\0') {
      ASSERT_TRUE(shared.ok() && options.ok());
      EXPECT_EQ(shared->profile.refused_issuer_countries, (std::vector<std::uint16_t>{999, 643}));
      std::vector<Bytes> kernels;
      for (const auto& one : shared->profile.combinations) kernels.push_back(one.kernel_id);
      EXPECT_EQ(kernels, (std::vector<Bytes>{{0x03}, {0x02}, {0x04}, {0x07}}));
      EXPECT_NE(options->random(), options->random());
      continue;
    }
    const Error error = !shared.ok()    ? shared.error()
                        : !options.ok() ? options.error()
                                        : trusted.error();
    EXPECT_TRUE(error.Is(kBadSetting)) << error.ToString();
    EXPECT_EQ(error.where(), row.where);
  }
  Config config;
  config.token_key_file = "/nowhere";
  EXPECT_TRUE(MakeVsam(config).error().Is(runtime::kBadKeyFile));
}

}  // namespace
}  // namespace plaza::validator
