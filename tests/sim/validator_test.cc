// Gates as processes of their own beside a running city: cards tap through sockets, a gate is
// killed with -9 and started again, the city goes away and comes back. No tap whose gate opened is
// lost or doubled, each is charged, and the deny list reaches the gates.
#include <gtest/gtest.h>
#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "apps/citysim/cards/card.h"
#include "apps/citysim/held_card.h"
#include "apps/citysim/keys.h"
#include "apps/citysim/network.h"
#include "apps/plaza/gate_setup.h"
#include "apps/validator/ca_keys.h"
#include "libs/runtime/process.h"
#include "libs/runtime/zones.h"
#include "plaza/tap_ingest/v1/tap_ingest.pb.h"
#include "tests/sim/sim_city.h"
#include "tests/support/eventually.h"

namespace plaza::testing {
namespace {

namespace fs = std::filesystem;
namespace pb = tap_ingest::v1;
using citysim::Card;

constexpr std::uint64_t kSeed = 21;
constexpr std::uint64_t kCardsPerGate = 150;
constexpr std::uint64_t kCardsBefore = 110;  // of them, before the city goes away
constexpr const char* kTapIngest = "plaza.tap_ingest.v1.TapIngest";

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

// A process, and what its display has shown so far.
struct GateProcess {
  std::unique_ptr<ServerProcess> process;
  fs::path log;

  // Tap ids by the words before them: "accepted", "denied deny_listed", …
  std::map<std::string, std::vector<std::string>> Shown() const {
    std::map<std::string, std::vector<std::string>> shown;
    std::istringstream lines(ReadAll(log));
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("accepted ") && !line.starts_with("denied ")) continue;
      const std::size_t blank = line.rfind(' ');
      shown[line.substr(0, blank)].push_back(line.substr(blank + 1));
    }
    return shown;
  }
  std::size_t Accepted() const { return Shown()["accepted"].size(); }
  std::uint64_t LastSequence() const {
    std::uint64_t last = 0;
    for (const auto& [words, taps] : Shown()) {
      for (const std::string& tap : taps) {
        last = std::max<std::uint64_t>(last, std::stoull(tap.substr(tap.rfind(':') + 1)));
      }
    }
    return last;
  }
  // A metric without labels; -1 while the process does not answer.
  std::int64_t Metric(const std::string& name) const {
    httplib::Client client("http://" + process->http_address());
    const auto answer = client.Get("/metrics");
    if (!answer) return -1;
    const std::size_t at = answer->body.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::stoll(answer->body.substr(at + name.size() + 2));
  }
};

class ValidatorProcesses : public ::testing::Test {
 protected:
  void SetUp() override {
    SimulationOptions setting;
    setting.paths.data = folder_.path() / "city";
    setting.seed = kSeed;
    // The first use of every card is declined: a fifth of them for good.
    setting.serve_args = {"--vault.verification_decline_basis_points", "10000"};
    setting.program = Program();
    auto city = Simulation::Start(setting);
    ASSERT_TRUE(city.ok()) << city.error().ToString();
    city_ = std::move(*city);
    auto doors = citysim::CityDoors::Connect(city_->doors(), std::chrono::seconds(60));
    ASSERT_TRUE(doors.ok());
    doors_ = std::move(*doors);
    ASSERT_TRUE(doors_->Advance(runtime::WallClock().Now()).ok());
    MakeCards();
    StartGates();
  }
  void MakeCards() {
    const Date today =
        runtime::LoadZone("America/Mexico_City")->ToLocal(runtime::WallClock().Now()).date;
    auto pki = citysim::MakeTestPki(today, 4);
    ASSERT_TRUE(pki.ok());
    pki_ = std::move(*pki);
    std::ofstream(folder_.path() / "ca.json") << validator::CaKeysText({pki_.ca});
    for (std::uint64_t account = 0; account < 2 * kCardsPerGate; ++account) {
      citysim::CardSpec spec;
      spec.seed = kSeed;
      spec.account = account;
      spec.today = today;
      cards_.emplace_back(spec);
    }
  }
  void StartGates() {
    const auto network = citysim::LoadNetwork(PLAZA_SOURCE_DIR "/data/guadalajara").value();
    const auto line = std::ranges::find_if(network.lines, &citysim::Line::gated);
    ASSERT_NE(line, network.lines.end());
    std::vector<citysim::ValidatorPlace> places;
    for (const std::string id : {"GDL-T1", "GDL-T2"}) {
      places.push_back({id, line->operator_id, line->stop_ids[places.size()], "", 0});
    }
    ASSERT_TRUE(doors_->Register(places).ok());
    for (const citysim::ValidatorPlace& place : places) {
      const GateSetup gate{place, line->route_id, city_->doors().route.address,
                           folder_.path() / "ca.json", PLAZA_BINARY_DIR "/bin"};
      auto options = SetUpGate(city_->paths(), gate);
      ASSERT_TRUE(options.ok()) << options.error().ToString();
      // A busy machine is no slow card.
      for (const char* key : {"--reader.apdu_ms", "--reader.tap_ms"}) {
        options->args.insert(options->args.end(), {key, "60000"});
      }
      options->args.insert(options->args.end(),
                           {"--uplink.interval_ms", "20", "--uplink.deny_list_ms", "50"});
      GateProcess made;
      made.log = options->log_file;
      auto process = ServerProcess::Start(*options);
      ASSERT_TRUE(process.ok()) << process.error().ToString() << ReadAll(made.log);
      made.process = std::move(*process);
      gates_.push_back(std::move(made));
    }
  }

  // False if the gate went away in the middle.
  bool Present(std::size_t gate, const Card& card, std::uint16_t atc,
               const citysim::CardCrypto& crypto) const {
    citysim::CardTap tap(card, atc, pki_, crypto);
    const std::string reader = gates_[gate].process->address();
    Result<int> held = 0;
    // Nobody listens while the process starts again.
    EXPECT_TRUE(Eventually([&] {
      held = citysim::HoldToReader({.reader = reader}, tap);
      return held.ok() || held.error().reason() != "BAD_READER_ADDRESS";
    }));
    return held.ok();
  }
  // Each card of this gate once; who was at it when it died walks away.
  void Ride(std::size_t gate) {
    const auto crypto = citysim::CardCrypto::Make(pki_).value();
    for (std::uint64_t i = 0; i < kCardsPerGate; ++i) {
      if (i == kCardsBefore) city_is_away_.wait(false);
      if (!Present(gate, cards_[gate * kCardsPerGate + i], 1, crypto)) ++interrupted_;
    }
  }
  bool AcceptedReach(std::size_t count) const {
    return Eventually([&] { return gates_[0].Accepted() + gates_[1].Accepted() >= count; });
  }
  bool AllSent() const {
    return Eventually([&] {
      return std::ranges::all_of(gates_, [](const GateProcess& gate) {
        return gate.Metric("plaza_validator_unsent_records") == 0;
      });
    });
  }
  template <class Response, class Request>
  Response Ask(const rpc::TlsFiles& tls, const char* method, const Request& request) const {
    const auto client = rpc::Client::Connect({.route = city_->doors().route, .tls = tls}).value();
    auto answer = client->Call<Response>(kTapIngest, method, request, std::chrono::seconds(60));
    EXPECT_TRUE(answer.ok()) << answer.error().ToString();
    return answer.ok() ? *answer : Response();
  }
  // By the gates' token of each card.
  std::set<std::string> DeniedPans(std::uint64_t& epoch) const {
    emv::ValidatorKeys keys;
    keys.token_key = citysim::MakeKeys(kSeed).token;
    const auto vsam = emv::MakeSoftwareVsam(keys);
    std::map<std::string, std::string> pans;
    for (const Card& card : cards_) pans[ToString(vsam->Tokenise(card.pan()))] = card.pan();
    const auto list =
        Ask<pb::GetDenyListResponse>(city_->doors().depot, "GetDenyList", pb::GetDenyListRequest());
    std::set<std::string> denied;
    for (const pb::DenyListEntry& entry : list.entries()) denied.insert(pans.at(entry.token()));
    epoch = list.deny_list_epoch();
    return denied;
  }

  TempFolder folder_;
  std::unique_ptr<Simulation> city_;
  std::unique_ptr<citysim::CityDoors> doors_;
  citysim::TestPki pki_;
  std::deque<Card> cards_;
  std::vector<GateProcess> gates_;
  std::atomic<std::uint64_t> interrupted_ = 0;
  std::atomic<bool> city_is_away_ = false;
};

TEST_F(ValidatorProcesses, NoOpenedGateIsForgotten) {
  std::thread first([&] { Ride(0); }), second([&] { Ride(1); });
  EXPECT_TRUE(AcceptedReach(20));
  gates_[0].process->Kill();
  const auto restarted = gates_[0].process->Restart();
  EXPECT_TRUE(restarted.ok()) << restarted.error().ToString();
  EXPECT_TRUE(AcceptedReach(60));
  EXPECT_TRUE(city_->server().Stop().ok());
  city_is_away_ = true;
  city_is_away_.notify_all();
  first.join();
  second.join();
  for (const GateProcess& gate : gates_) {
    EXPECT_TRUE(Eventually([&] {
      return gate.Metric("plaza_validator_unsent_records") >=
             static_cast<std::int64_t>(kCardsPerGate - kCardsBefore);
    })) << "what was tapped while the city is away waits in the journal";
  }
  EXPECT_TRUE(city_->server().Restart().ok());
  ASSERT_TRUE(AllSent());
  ASSERT_TRUE(doors_->WaitIdle().ok());
  EXPECT_LE(interrupted_, 3U);  // who was at the gate, or stood before it, when it died
  std::set<std::string> opened;
  for (const GateProcess& gate : gates_) {
    const std::vector<std::string> accepted = gate.Shown()["accepted"];
    for (const std::string& tap : accepted) {
      EXPECT_TRUE(opened.insert(tap).second) << tap << " was shown twice";
    }
  }
  EXPECT_GE(opened.size() + interrupted_, 2 * kCardsPerGate);

  // The deny list reaches the gates, and they refuse just whom it names, at the other gate.
  std::uint64_t epoch = 0;
  const std::set<std::string> denied = DeniedPans(epoch);
  ASSERT_GT(denied.size(), 0U);
  ASSERT_LT(denied.size(), cards_.size());
  const auto crypto = citysim::CardCrypto::Make(pki_).value();
  std::uint64_t refused = 0;
  for (std::size_t gate = 0; gate < gates_.size(); ++gate) {
    EXPECT_TRUE(Eventually([&] {
      return gates_[gate].Metric("plaza_validator_deny_list_epoch") ==
             static_cast<std::int64_t>(epoch);
    }));
    EXPECT_EQ(gates_[gate].Metric("plaza_validator_deny_list_entries"),
              static_cast<std::int64_t>(denied.size()));
    const std::uint64_t other = (1 - gate) * kCardsPerGate;
    std::uint64_t of_these = 0;
    for (std::uint64_t i = other; i < other + kCardsPerGate; ++i) {
      if (!denied.contains(cards_[i].pan())) continue;
      ++of_these;
      EXPECT_TRUE(Present(gate, cards_[i], 2, crypto));
    }
    EXPECT_TRUE(
        Eventually([&] { return gates_[gate].Shown()["denied deny_listed"].size() == of_these; }));
    refused += of_these;
  }
  EXPECT_EQ(refused, denied.size());
  ASSERT_TRUE(AllSent());
  ASSERT_TRUE(doors_->WaitIdle().ok());

  // A gate's sequences have no gaps: as many records as both have used, each taken once.
  const auto counts = Ask<pb::GetTapCountsResponse>(city_->doors().admin, "GetTapCounts",
                                                    pb::GetTapCountsRequest());
  std::int64_t recorded = 0;
  for (const pb::TapCount& count : counts.counts()) recorded += count.count();
  EXPECT_EQ(recorded,
            static_cast<std::int64_t>(gates_[0].LastSequence() + gates_[1].LastSequence()));
  EXPECT_EQ(counts.conflicts(), 0);
  EXPECT_EQ(counts.refused(), 0);

  for (GateProcess& gate : gates_) {
    const auto stopped = gate.process->Stop();  // fails on another exit code than 0
    EXPECT_TRUE(stopped.ok()) << stopped.error().ToString();
    const std::string log = ReadAll(gate.log);
    for (const Card& card : cards_) EXPECT_EQ(log.find(card.pan()), std::string::npos);
  }
  const auto audit = city_->StopAndAudit();
  ASSERT_TRUE(audit.ok()) << audit.error().ToString();
  EXPECT_EQ(Broken(*audit), "");
  const auto lines = ReadDigestLines(city_->paths());
  ASSERT_TRUE(lines.ok());
  std::map<std::string, int> charged;
  for (const std::string& line : lines->money) {
    if (line.starts_with("charged ")) ++charged[line.substr(8, line.find(' ', 8) - 8)];
  }
  for (const std::string& tap : opened) EXPECT_EQ(charged[tap], 1) << tap;
}

}  // namespace
}  // namespace plaza::testing
