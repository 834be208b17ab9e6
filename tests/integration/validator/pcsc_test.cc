// Our simulated card behind a virtual reader, the real PC/SC, and the real validator before it.
#include <gmock/gmock.h>

#include <signal.h>

#include <fstream>
#include <sstream>

#include "apps/plaza/servers/child.h"
#include "apps/validator/ca_keys.h"
#include "libs/base/hex.h"
#include "tests/support/eventually.h"
#include "tests/support/pcsc/virtual_reader.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/apps/validator/fake_city.h"
#include "tests/unit/apps/validator/gate_fixture.h"

namespace plaza::validator {
namespace {

using citysim::Card;
using citysim::CardKind;
using ::testing::HasSubstr;
using testing::Spec;

class ValidatorOverPcsc : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return (folder_.path() / name).string(); }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name)) << text << "\n";
  }

  void SetUp() override {
    const emv::ValidatorKeys keys = testing::TestValidatorKeys("GDL-T1");
    Write("ca.json", CaKeysText({testing::Scheme::Get().pki.ca}));
    Write("token.key", ToHex(keys.token_key));
    Write("mac.key", ToHex(keys.mac_key));
    Write("data.key", ToHex(keys.data_key));
    servers::Child::Options options;
    options.name = "plaza-validator";
    options.log_file = Path("validator.log");  // with what the display says
    options.argv = {std::string(PLAZA_BINARY_DIR) + "/bin/plaza-validator"};
    const std::pair<const char*, std::string> settings[] = {
        {"validator.id", "GDL-T1"},
        {"validator.stop_id", "L4-05"},
        {"validator.folder", Path("gate")},
        {"vsam.token_key_file", Path("token.key")},
        {"vsam.mac_key_file", Path("mac.key")},
        {"vsam.data_key_file", Path("data.key")},
        {"kernel.ca_keys_file", Path("ca.json")},
        {"reader.pcsc", testing::VirtualReader::kName},
        {"reader.tap_ms", "10000"},  // not a test of this machine's speed
        {"uplink.address", city_.address()},
        {"uplink.interval_ms", "20"},
        {"tls.ca", city_.depot().ca_pem},
        {"tls.certificate", city_.depot().cert_pem},
        {"tls.key", city_.depot().key_pem}};
    for (const auto& [key, value] : settings) {
      options.argv.push_back(std::string("--") + key);
      options.argv.push_back(value);
    }
    validator_ = servers::Child::Spawn(std::move(options)).value();
  }

  std::string Log() const {
    std::ifstream in(Path("validator.log"));
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  bool Says(const std::string& line) const {
    return testing::Eventually(
        [&] { return ("\n" + Log()).find("\n" + line + "\n") != std::string::npos; });
  }
  // Held to the reader until the display says so.
  void Hold(const Card& card, const std::string& says) {
    citysim::CardTap tap(card, ++atc_, testing::Scheme::Get().pki, *testing::Scheme::Get().crypto);
    const testing::CardInField in_field(*reader_, tap);
    EXPECT_TRUE(Says(says)) << Log();
  }

  testing::TempFolder folder_;
  testing::FakeCity city_{Path("tls"), testing::TestValidatorKeys("x").token_key};
  std::unique_ptr<testing::VirtualReader> reader_ =
      testing::VirtualReader::Start(folder_.path() / "pcsc").value();
  std::unique_ptr<servers::Child> validator_;
  std::uint16_t atc_ = 0;
};

TEST_F(ValidatorOverPcsc, TapsGoThroughTheWholeStack) {
  const Card good(Spec(CardKind::kGood));
  const Card expired(Spec(CardKind::kExpired, 8));
  Hold(good, "accepted GDL-T1:1");
  Hold(expired, "denied expired GDL-T1:2");
  Hold(good, "denied passed_back GDL-T1:3");
  EXPECT_TRUE(testing::Eventually([&] { return city_.taps().size() == 3; })) << Log();
  EXPECT_EQ(Log().find(good.pan()), std::string::npos);
}

TEST_F(ValidatorOverPcsc, AReaderThatWasAwayIsUsedAgain) {
  const Card card(Spec(CardKind::kGood));
  Hold(card, "accepted GDL-T1:1");
  reader_->Kill();
  EXPECT_TRUE(
      testing::Eventually([&] { return Log().find("there is no reader") != std::string::npos; }));
  ASSERT_TRUE(reader_->Restart().ok());
  Hold(card, "denied passed_back GDL-T1:2");
  EXPECT_TRUE(validator_->End(SIGTERM, std::chrono::seconds(30)).ok()) << Log();
}

}  // namespace
}  // namespace plaza::validator
