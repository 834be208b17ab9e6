#include "apps/validator/daemon.h"

#include <gmock/gmock.h>
#include <httplib.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "apps/citysim/held_card.h"
#include "apps/validator/ca_keys.h"
#include "apps/validator/terminal_display.h"
#include "libs/base/hex.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/apps/validator/fake_city.h"
#include "tests/unit/apps/validator/gate_fixture.h"

namespace plaza::validator {
namespace {

using citysim::Card;
using citysim::CardKind;
using testing::Eventually;
using testing::FakeCity;
using ::testing::HasSubstr;
using testing::Spec;

class StandingClock final : public Clock {
 public:
  Instant Now() const override { return testing::Noon(); }
};

class DaemonTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(Path("ca.json")) << CaKeysText({testing::Scheme::Get().pki.ca});
    const emv::ValidatorKeys keys = testing::TestValidatorKeys("GDL-T1");
    std::ofstream(Path("token.key")) << ToHex(keys.token_key) << "\n";
    std::ofstream(Path("mac.key")) << ToHex(keys.mac_key) << "\n";
    std::ofstream(Path("data.key")) << ToHex(keys.data_key) << "\n";
    config_.id = "GDL-T1";
    config_.stop_id = "L4-05";
    config_.folder = Path("gate");
    config_.running_file = Path("gate.json");
    config_.ca_keys_file = Path("ca.json");
    config_.token_key_file = Path("token.key");
    config_.mac_key_file = Path("mac.key");
    config_.data_key_file = Path("data.key");
    config_.apdu_ms = config_.tap_ms = 60'000;
    config_.uplink_address = city_.address();
    config_.tls = city_.depot();
    config_.uplink_interval_ms = config_.deny_list_interval_ms = 10;
  }
  std::string Path(const std::string& name) const { return (folder_.path() / name).string(); }

  void Start() {
    auto daemon = Daemon::Open(config_, display_, clock_);
    ASSERT_TRUE(daemon.ok()) << daemon.error().ToString();
    daemon_ = std::move(*daemon);
    ASSERT_TRUE(daemon_->Start().ok());
  }
  void Stop() {
    daemon_->Stop();
    daemon_.reset();
  }
  // The new line on the display.
  std::string Tap(const Card& card) {
    const std::size_t shown = Shown().size();
    citysim::CardTap tap(card, ++atc_, testing::Scheme::Get().pki, *testing::Scheme::Get().crypto);
    const auto held = citysim::HoldToReader({.reader = daemon_->reader_address()}, tap);
    EXPECT_TRUE(held.ok()) << held.error().ToString();
    EXPECT_TRUE(Eventually([&] { return Shown().size() > shown; }));
    return Shown().substr(shown);
  }
  std::string Get(const std::string& page) const {
    httplib::Client client("127.0.0.1", daemon_->http_port());
    const auto answer = client.Get(page);
    EXPECT_TRUE(answer) << page;
    return answer ? std::to_string(answer->status) + " " + answer->body : "";
  }
  bool Shows(const std::string& metric) const {
    return Get("/metrics").find("\n" + metric + "\n") != std::string::npos;
  }
  void Deny(const Card& card, bool denied) {
    const auto vsam = emv::MakeSoftwareVsam(testing::TestValidatorKeys("GDL-T1"));
    city_.Deny(vsam->Tokenise(card.pan()), denied);
  }
  std::string Shown() {
    const std::lock_guard lock(screen_.mutex);
    return screen_.text;
  }

  // What the daemon's thread writes, the test's reads.
  struct Screen final : Display {
    void Show(const Notice& notice) override {
      std::ostringstream line;
      TerminalDisplay(line).Show(notice);
      const std::lock_guard lock(mutex);
      text += line.str();
    }
    std::mutex mutex;
    std::string text;
  };

  testing::TempFolder folder_;
  FakeCity city_{Path("tls"), testing::TestValidatorKeys("x").token_key};
  StandingClock clock_;
  Screen screen_;
  Display& display_ = screen_;
  Config config_;
  std::unique_ptr<Daemon> daemon_;
  std::uint16_t atc_ = 0;
};

TEST_F(DaemonTest, TapsAreDecidedShownKeptSentAndCounted) {
  Start();
  EXPECT_EQ(Get("/readyz"), "200 ready\n");
  std::ifstream running(config_.running_file);
  EXPECT_EQ(nlohmann::json::parse(running)["address"], daemon_->reader_address());
  const Card good(Spec(CardKind::kGood)), expired(Spec(CardKind::kExpired, 8)),
      foreign(Spec(CardKind::kForeign, 9));
  EXPECT_EQ(Tap(good), "accepted GDL-T1:1\n");
  EXPECT_EQ(Tap(good), "denied passed_back GDL-T1:2\n");
  EXPECT_EQ(Tap(expired), "denied expired GDL-T1:3\n");
  EXPECT_EQ(Tap(foreign), "try again no_application\n");
  EXPECT_TRUE(Eventually([&] { return city_.taps().size() == 3; }));
  for (const char* metric :
       {"plaza_validator_taps_total{decision=\"accepted\",reason=\"none\"} 1",
        "plaza_validator_taps_total{decision=\"denied\",reason=\"passed_back\"} 1",
        "plaza_validator_taps_total{decision=\"denied\",reason=\"expired\"} 1",
        "plaza_validator_taps_total{decision=\"retry\",reason=\"no_application\"} 1",
        "plaza_validator_tap_seconds_count{part=\"gate\"} 3",
        "plaza_validator_uplink_records_total{outcome=\"accepted\"} 3",
        "plaza_validator_unsent_records 0", "plaza_validator_oldest_unsent_seconds 0",
        "plaza_validator_uplink_failed_calls_total 0", "plaza_validator_deny_list_epoch 0"}) {
    EXPECT_TRUE(Eventually([&] { return Shows(metric); })) << metric << "\n" << Get("/metrics");
  }
  EXPECT_EQ(Get("/metrics").find(good.pan()), std::string::npos);
  Stop();
  EXPECT_FALSE(std::filesystem::exists(config_.running_file));
}

TEST_F(DaemonTest, TheGateWorksWhileTheCityIsAwayAndSendsLater) {
  city_.GoAway();
  Start();
  EXPECT_EQ(Get("/readyz"), "200 ready\n");
  const Card card(Spec(CardKind::kGood));
  EXPECT_EQ(Tap(card), "accepted GDL-T1:1\n");
  EXPECT_TRUE(Shows("plaza_validator_unsent_records 1"));
  EXPECT_TRUE(Shows("plaza_validator_oldest_unsent_seconds " +
                    std::to_string(testing::Noon().unix_ms / 1000)));
  EXPECT_TRUE(Shows("plaza_validator_deny_list_confirmed_seconds 0"));  // never
  city_.ComeBack();
  EXPECT_TRUE(Eventually([&] { return city_.taps().size() == 1; }));
  EXPECT_TRUE(Eventually([&] { return Shows("plaza_validator_unsent_records 0"); }));
  EXPECT_TRUE(Eventually([&] {
    return Shows("plaza_validator_deny_list_confirmed_seconds " +
                 std::to_string(testing::Noon().unix_ms / 1000));
  }));
}

TEST_F(DaemonTest, TheDenyListIsFetchedAndOutlivesTheProcess) {
  const Card debtor(Spec(CardKind::kGood));
  Start();
  Deny(debtor, true);
  EXPECT_TRUE(Eventually([&] { return Shows("plaza_validator_deny_list_epoch 1"); }));
  EXPECT_TRUE(Shows("plaza_validator_deny_list_entries 1"));
  EXPECT_EQ(Tap(debtor), "denied deny_listed GDL-T1:1\n");
  Stop();
  city_.GoAway();
  Start();
  EXPECT_EQ(Tap(debtor), "denied deny_listed GDL-T1:2\n");
  EXPECT_TRUE(Shows("plaza_validator_deny_list_confirmed_seconds " +
                    std::to_string(testing::Noon().unix_ms / 1000)));
  city_.ComeBack();
  Deny(debtor, false);
  EXPECT_TRUE(Eventually([&] { return Shows("plaza_validator_deny_list_epoch 2"); }));
  EXPECT_EQ(Tap(debtor), "accepted GDL-T1:3\n");
}

TEST_F(DaemonTest, ADamagedDenyListDoesNotKeepTheGateShut) {
  std::filesystem::create_directories(config_.folder + "/deny_list");
  std::ofstream(config_.folder + "/deny_list/list-0000000000000001") << "nonsense";
  city_.GoAway();
  Start();
  EXPECT_EQ(Tap(Card(Spec(CardKind::kGood))), "accepted GDL-T1:1\n");
  EXPECT_TRUE(Shows("plaza_validator_deny_list_confirmed_seconds 0"));
}

TEST_F(DaemonTest, CaKeysAreTakenWhileItRunsAndBrokenOnesAreNot) {
  const Card card(Spec(CardKind::kGood));
  const std::string text = CaKeysText({testing::Scheme::Get().pki.ca});
  emv::CaKey other = testing::Scheme::Get().pki.ca;
  other.index ^= 1;
  std::ofstream(Path("ca.json")) << CaKeysText({other});
  Start();
  EXPECT_EQ(Tap(card), "denied oda_failed GDL-T1:1\n");
  std::ofstream(Path("ca.json")) << "nonsense";
  EXPECT_TRUE(Eventually([&] {
    return Get("/metrics").find("plaza_validator_ca_keys_refused_total{reason=\"BAD_CA_KEYS\"}") !=
           std::string::npos;
  }));
  EXPECT_TRUE(Shows("plaza_validator_ca_keys 1"));
  std::ofstream(Path("ca.json")) << CaKeysText({testing::Scheme::Get().pki.ca, other});
  EXPECT_TRUE(Eventually([&] { return Shows("plaza_validator_ca_keys 2"); }));
  EXPECT_EQ(Tap(card), "accepted GDL-T1:2\n");
  Stop();
  // With what it has kept it starts, whatever the file is now.
  std::filesystem::remove(Path("ca.json"));
  Start();
  EXPECT_EQ(Tap(Card(Spec(CardKind::kGood, 3))), "accepted GDL-T1:3\n");
}

TEST_F(DaemonTest, AVehicleWithoutADutyIsOutOfService) {
  config_.stop_id.clear();
  config_.vehicle_id = "BUS-1";
  Start();
  EXPECT_EQ(Tap(Card(Spec(CardKind::kGood))), "out of service NO_DUTY\n");
  EXPECT_THAT(Get("/readyz"), HasSubstr("503 NO_DUTY"));
  EXPECT_TRUE(Shows("plaza_validator_out_of_service_total 1"));
  Stop();
  config_.route_id = "C04";
  config_.trip_id = "C04-7";
  Start();
  EXPECT_EQ(Tap(Card(Spec(CardKind::kGood))), "accepted GDL-T1:1\n");
}

TEST_F(DaemonTest, OneFolderIsOneGates) {
  Start();
  const auto second = Daemon::Open(config_, display_, clock_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().reason(), "JOURNAL_IO") << second.error().ToString();
}

}  // namespace
}  // namespace plaza::validator
