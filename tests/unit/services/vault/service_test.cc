// The whole service on a real store, SQLite or PostgreSQL, and the embedded log.
#include "services/vault/service.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>

#include "libs/base/hex.h"
#include "libs/eventlog/topics.h"
#include "libs/rpc/client.h"
#include "libs/rpc/dev_ca.h"
#include "plaza/events/v1/events.pb.h"
#include "plaza/vault/v1/vault.pb.h"
#include "services/vault/core/card.h"
#include "services/vault/errors.h"
#include "services/vault/feed/handler.h"
#include "services/vault/gateway/simulated_acquirer.h"
#include "services/vault/gateway/test_issuer.h"
#include "tests/support/overlap.h"
#include "tests/support/store_place.h"
#include "tests/unit/services/vault/test_pan.h"

namespace plaza::vault {
namespace {

namespace ev = events::v1;
using eventlog::topic::kAuthorisations;
using eventlog::topic::kMedia;
using eventlog::topic::kTaps;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int kPartitions = 4;
constexpr std::int64_t kTime = 1'764'040'453'123;

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

// A test card in the hands of a rider, and the gate that it was held to.
struct Rider {
  std::string pan;
  emv::Token token{};
  MediumId medium;
  AccountId account;

  explicit Rider(unsigned number, const char* bin = "476173") : pan(TestPan(bin, number)) {
    token = Sha256(AsBytes("token key/" + pan));
    medium = MakeMediumId(1, token);
    account = MakeAccountId("", medium);
  }
};

class VaultTest : public ::testing::Test {
 protected:
  VaultTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "plaza_vault_XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    data_base_ = Sha256(AsBytes(std::string_view("data base")));
    config_.db_path = folder_ + "/vault.db";
    config_.card_data_base_key_file = WriteKey("data_base", data_base_);
    config_.storage_key_file = WriteKey("storage", Sha256(AsBytes(std::string_view("storage"))));
    config_.decline_basis_points = 0;
    auto log = eventlog::OpenEmbeddedLog({folder_ + "/log.db", true});
    EXPECT_TRUE(log.ok());
    log_ = std::move(*log);
    EXPECT_TRUE(log_->CreateTopics(eventlog::CityTopics(kPartitions)).ok());
  }
  ~VaultTest() override {
    service_.reset();
    log_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string WriteKey(const std::string& name, const emv::Key256& key) {
    const std::string path = folder_ + "/" + name + ".key";
    std::ofstream(path) << ToHex(key) << '\n';
    return path;
  }

  void Open() {
    service_.reset();
    config_.postgres = store_place::ConninfoFor(config_.db_path);
    auto opened = Service::Open(config_, {*log_, metrics_, kPartitions});
    ASSERT_TRUE(opened.ok()) << opened.error().ToString();
    service_ = std::move(*opened);
  }
  void Run() {
    if (!service_) Open();
    const auto ran = service_->participant().RunUntilIdle();
    ASSERT_TRUE(ran.ok()) << ran.error().ToString();
  }

  void Append(std::string_view topic, const Uuid& key, const ev::Event& event) {
    const eventlog::AppendBatch batch{
        {std::string(topic), eventlog::AccountPartition(key, kPartitions)},
        {{key.ToBinary(), event.SerializeAsString()}}};
    ASSERT_TRUE(log_->Append({&batch, 1}).ok());
  }

  ev::Event TapOf(const Rider& rider, std::uint64_t sequence, const std::string& par = "") {
    const std::string validator = "GDL-0001";
    emv::ValidatorKeys keys{validator, 1, {}, {}, emv::DeriveDataKey(data_base_, validator)};
    ev::Event event;
    event.set_event_time_ms(kTime);
    ev::TapRecorded& tap = *event.mutable_tap_recorded();
    tap.set_validator_id(validator);
    tap.set_sequence(sequence);
    tap.set_decision(ev::DECISION_ACCEPTED);
    tap.set_token_epoch(1);
    tap.set_token(ToString(rider.token));
    tap.set_par(par);
    tap.set_account_id(rider.account.value().ToBinary());
    tap.set_medium_id(rider.medium.value().ToBinary());
    tap.set_seal_scheme(emv::kSealSchemeAesGcm);
    tap.set_sealed_card(ToString(emv::MakeSoftwareVsam(keys)->Seal(sequence, CardTlv(rider.pan))));
    return event;
  }
  void Tap(const Rider& rider, std::uint64_t sequence, const std::string& par = "") {
    Append(kTaps, rider.account.value(), TapOf(rider, sequence, par));
  }

  ev::Event RequestOf(const Rider& rider, std::uint32_t attempt = 1,
                      ev::Purpose purpose = ev::PURPOSE_AUTHORISATION, std::int64_t amount = 1100) {
    const std::string about = rider.medium.value().ToText() + "/" + std::to_string(attempt) + "/" +
                              std::to_string(purpose);
    ev::Event event;
    event.set_event_time_ms(kTime + 5000);
    ev::AuthorisationRequested& request = *event.mutable_authorisation_requested();
    request.set_request_id(Uuid::V5(id_space::Request(), about).ToBinary());
    request.set_account_id(rider.account.value().ToBinary());
    if (purpose != ev::PURPOSE_VERIFICATION) {
      request.set_aggregate_id(
          Uuid::V5(id_space::Aggregate(), rider.medium.value().ToText()).ToBinary());
    }
    request.set_attempt(attempt);
    request.set_purpose(purpose);
    request.mutable_card()->set_token_epoch(1);
    request.mutable_card()->set_token(ToString(rider.token));
    request.mutable_amount()->set_amount_minor(amount);
    request.mutable_amount()->set_currency("MXN");
    request.set_business_day("2025-11-24");
    return event;
  }
  void Request(const Rider& rider, const ev::Event& event) {
    Append(kAuthorisations, rider.account.value(), event);
  }

  std::vector<ev::Event> All(std::string_view topic) {
    std::vector<ev::Event> events;
    const auto partitions = log_->PartitionCount(topic);
    EXPECT_TRUE(partitions.ok());
    for (int partition = 0; partition < *partitions; ++partition) {
      const auto records =
          log_->Fetch({std::string(topic), partition}, 0, 10'000, std::chrono::milliseconds(0));
      EXPECT_TRUE(records.ok());
      for (const auto& stored : *records)
        EXPECT_TRUE(events.emplace_back().ParseFromString(stored.record.value));
    }
    return events;
  }
  std::vector<ev::Event> Answers() {
    std::vector<ev::Event> answers = All(kAuthorisations);
    std::erase_if(answers,
                  [](const ev::Event& event) { return !event.has_authorisation_answered(); });
    return answers;
  }
  std::vector<ev::Event> DeadLetters(std::string_view topic) {
    return All(std::string(topic) + ".dlq");
  }

  std::string folder_;
  emv::Key256 data_base_{};
  Config config_;
  runtime::Metrics metrics_;
  std::unique_ptr<eventlog::Log> log_;
  std::unique_ptr<Service> service_;
};

TEST_F(VaultTest, AnswersARequestForACardThatTapped) {
  const Rider rider(1);
  Tap(rider, 1);
  Run();
  Request(rider, RequestOf(rider));
  Run();
  const auto answers = Answers();
  ASSERT_THAT(answers, SizeIs(1));
  const auto& answer = answers[0].authorisation_answered();
  EXPECT_EQ(answer.request_id(), RequestOf(rider).authorisation_requested().request_id());
  EXPECT_EQ(answer.account_id(), rider.account.value().ToBinary());
  EXPECT_EQ(answer.aggregate_id(), RequestOf(rider).authorisation_requested().aggregate_id());
  EXPECT_TRUE(answer.approved());
  EXPECT_EQ(answer.response_code(), "00");
  EXPECT_THAT(answer.approval_code(), SizeIs(6));
  EXPECT_THAT(answer.rrn(), SizeIs(12));
  EXPECT_EQ(answer.amount().amount_minor(), 1100);
  EXPECT_EQ(answer.amount().currency(), "MXN");
  EXPECT_EQ(answers[0].event_time_ms(), kTime + 5000);
  EXPECT_EQ(answers[0].source(), "vault");
}

TEST_F(VaultTest, ARequestWaitsForItsCard) {
  const Rider rider(2);
  Request(rider, RequestOf(rider));
  Request(rider, RequestOf(rider));  // twice, and still one answer
  Run();
  EXPECT_THAT(Answers(), SizeIs(0));
  EXPECT_THAT(metrics_.Expose(), HasSubstr("plaza_vault_parked_requests 1"));
  Open();  // it waits in the store
  Tap(rider, 1);
  Run();
  EXPECT_THAT(Answers(), SizeIs(1));
  EXPECT_THAT(metrics_.Expose(), HasSubstr("plaza_vault_parked_requests 0"));
  EXPECT_EQ(Answers()[0].event_time_ms(), kTime + 5000);
}

TEST_F(VaultTest, WhatIsParkedGetsTheAnswerThatItWouldHaveGot) {
  config_.decline_basis_points = 5000;
  std::vector<Rider> riders;
  for (unsigned i = 100; i < 130; ++i) riders.emplace_back(i);
  for (const Rider& rider : riders) Request(rider, RequestOf(rider));
  Run();
  std::uint64_t sequence = 0;
  for (const Rider& rider : riders) Tap(rider, ++sequence);
  Run();
  std::map<std::string, std::string> parked;
  for (const auto& answer : Answers()) {
    parked[answer.authorisation_answered().request_id()] = answer.SerializeAsString();
  }
  ASSERT_THAT(parked, SizeIs(30));

  config_.db_path =
      folder_ + "/other.db";  // another vault, which reads taps and requests in the other order
  Open();
  Run();
  std::map<std::string, std::string> direct;
  int approved = 0;
  for (const auto& answer : Answers()) {
    direct[answer.authorisation_answered().request_id()] = answer.SerializeAsString();
    approved += answer.authorisation_answered().approved() ? 1 : 0;
  }
  EXPECT_EQ(direct, parked);
  EXPECT_GT(approved, 0);
  EXPECT_LT(approved, 60);
}

TEST_F(VaultTest, TheSameRequestAgainGetsTheSameAnswer) {
  const Rider rider(3);
  Tap(rider, 1);
  Request(rider, RequestOf(rider));
  Run();
  config_.acquirer_seed = 99;  // who asked the acquirer again would hear something else
  config_.decline_basis_points = 10'000;
  Open();
  Request(rider, RequestOf(rider));
  Run();
  const auto answers = Answers();
  ASSERT_THAT(answers, SizeIs(2));
  EXPECT_EQ(answers[0].SerializeAsString(), answers[1].SerializeAsString());
  EXPECT_THAT(metrics_.Expose(), HasSubstr("plaza_vault_answers_repeated_total 1"));
  EXPECT_THAT(All(kMedia), SizeIs(1));
}

TEST_F(VaultTest, TheSameIdForAnotherAmountIsAConflict) {
  const Rider rider(4);
  const Rider waiting(5);
  Tap(rider, 1);
  for (const Rider* who : {&rider, &waiting}) {
    Request(*who, RequestOf(*who));
    Run();
    ev::Event other = RequestOf(*who);
    other.mutable_authorisation_requested()->mutable_amount()->set_amount_minor(1);
    Request(*who, other);
    Run();
  }
  EXPECT_THAT(Answers(), SizeIs(1));
  const auto letters = DeadLetters(kAuthorisations);
  ASSERT_THAT(letters, SizeIs(2));
  EXPECT_EQ(letters[0].dead_letter().code(), "REQUEST_CONFLICT");
}

TEST_F(VaultTest, AnAccountThatMovedHearsItsAnswerUnderItsNewName) {
  const Rider rider(6);
  Tap(rider, 1);
  Request(rider, RequestOf(rider));
  Run();
  const Uuid survivor = Uuid::V5(id_space::Account(), "par/x");
  ev::Event again = RequestOf(rider);
  again.mutable_authorisation_requested()->set_account_id(survivor.ToBinary());
  Append(kAuthorisations, survivor, again);
  Run();
  const auto answers = Answers();
  ASSERT_THAT(answers, SizeIs(2));
  const std::set<std::string> accounts{answers[0].authorisation_answered().account_id(),
                                       answers[1].authorisation_answered().account_id()};
  EXPECT_TRUE(accounts.contains(survivor.ToBinary()));
  EXPECT_EQ(answers[0].authorisation_answered().rrn(), answers[1].authorisation_answered().rrn());
}

TEST_F(VaultTest, ADeclineTellsTheParOnce) {
  config_.decline_basis_points = 10'000;
  const Rider rider(7);
  Tap(rider, 1);
  Request(rider, RequestOf(rider, 1, ev::PURPOSE_VERIFICATION, 0));
  Run();
  EXPECT_THAT(All(kMedia), SizeIs(0));  // a verification does not tell it
  for (std::uint32_t attempt = 1; attempt <= 3; ++attempt)
    Request(rider, RequestOf(rider, attempt));
  Run();
  const auto media = All(kMedia);
  ASSERT_THAT(media, SizeIs(1));
  const auto& learned = media[0].medium_learned();
  EXPECT_EQ(learned.medium_id(), rider.medium.value().ToBinary());
  EXPECT_EQ(learned.card().token(), ToString(rider.token));
  EXPECT_EQ(learned.par(), TestIssuerPar(rider.pan));
  EXPECT_THAT(Answers(), SizeIs(4));
}

TEST_F(VaultTest, AParFromTheChipIsNotToldAgain) {
  const Rider first(8);
  const Rider later(9);
  Tap(first, 1, TestIssuerPar(first.pan));
  Tap(later, 2);
  Tap(later, 3, TestIssuerPar(later.pan));
  Run();
  Request(first, RequestOf(first));
  Request(later, RequestOf(later));
  Run();
  EXPECT_THAT(Answers(), SizeIs(2));
  EXPECT_THAT(All(kMedia), SizeIs(0));
}

TEST_F(VaultTest, ABrokenSealIsADeadLetterAndTheRestGoesOn) {
  const Rider good(10);
  struct Case {
    const char* code;
    std::function<void(ev::TapRecorded&)> spoil;
  };
  const std::vector<Case> cases{
      {"SEAL_BROKEN", [](ev::TapRecorded& tap) { tap.mutable_sealed_card()->back() ^= 1; }},
      {"SEAL_BROKEN", [](ev::TapRecorded& tap) { tap.set_sequence(tap.sequence() + 1000); }},
      {"SEAL_BROKEN", [](ev::TapRecorded& tap) { tap.set_validator_id("GDL-0002"); }},
      {"SEAL_BROKEN", [](ev::TapRecorded& tap) { tap.set_sealed_card("x"); }},
      {"UNKNOWN_SEAL_SCHEME", [](ev::TapRecorded& tap) { tap.set_seal_scheme(9); }},
      {"BAD_FACT", [](ev::TapRecorded& tap) { tap.set_token("short"); }},
      {"BAD_FACT", [](ev::TapRecorded& tap) { tap.set_medium_id("short"); }},
      {"BAD_FACT", [](ev::TapRecorded& tap) { tap.mutable_sealed_card()->resize(5000); }},
  };
  unsigned number = 20;
  for (const Case& c : cases) {
    const Rider rider(++number);
    ev::Event event = TapOf(rider, number);
    c.spoil(*event.mutable_tap_recorded());
    Append(kTaps, good.account.value(), event);  // all in one partition, before the good one
  }
  Tap(good, 1);
  Request(good, RequestOf(good));
  Run();
  EXPECT_THAT(Answers(), SizeIs(1));
  const auto letters = DeadLetters(kTaps);
  ASSERT_EQ(letters.size(), cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(letters[i].dead_letter().code(), cases[i].code)
        << i << letters[i].dead_letter().message();
  }
}

TEST_F(VaultTest, TapsThatWereNotAuthenticatedTeachNothing) {
  const Rider rider(11);
  ev::Event forged = TapOf(rider, 1);
  forged.mutable_tap_recorded()->set_decision(ev::DECISION_DENIED);
  forged.mutable_tap_recorded()->set_reason(ev::REASON_ODA_FAILED);
  Append(kTaps, rider.account.value(), forged);
  Request(rider, RequestOf(rider));
  Run();
  EXPECT_THAT(Answers(), SizeIs(0));
  ev::Event denied = TapOf(rider, 2);
  denied.mutable_tap_recorded()->set_decision(ev::DECISION_DENIED);
  denied.mutable_tap_recorded()->set_reason(ev::REASON_DENY_LISTED);
  Append(kTaps, rider.account.value(), denied);
  Run();
  EXPECT_THAT(Answers(), SizeIs(1));
}

TEST_F(VaultTest, RequestsThatMakeNoSenseAreDeadLetters) {
  const Rider rider(12);
  const std::vector<std::function<void(ev::AuthorisationRequested&)>> spoils{
      [](auto& request) { request.set_request_id("short"); },
      [](auto& request) { request.set_account_id(""); },
      [](auto& request) { request.set_aggregate_id(""); },
      [](auto& request) { request.set_attempt(0); },
      [](auto& request) { request.set_purpose(ev::PURPOSE_UNSPECIFIED); },
      [](auto& request) { request.mutable_card()->set_token(""); },
      [](auto& request) { request.mutable_amount()->set_amount_minor(-1); },
      [](auto& request) { request.mutable_amount()->set_currency("pesos"); },
      [](auto& request) { request.set_business_day("yesterday"); },
      [](auto& request) { request.set_chip_data(std::string(4096, 'x')); },
  };
  for (const auto& spoil : spoils) {
    ev::Event event = RequestOf(rider);
    spoil(*event.mutable_authorisation_requested());
    Request(rider, event);
  }
  const eventlog::AppendBatch garbage{{std::string(kAuthorisations), 0}, {{"k", "\xFF\xFF"}}};
  ASSERT_TRUE(log_->Append({&garbage, 1}).ok());
  Run();
  const auto letters = DeadLetters(kAuthorisations);
  EXPECT_EQ(letters.size(), spoils.size() + 1);
  for (const auto& letter : letters) EXPECT_EQ(letter.dead_letter().code(), "BAD_FACT");
}

TEST_F(VaultTest, CapturesRefundsAndReversalsAreAnswered) {
  config_.decline_basis_points = 10'000;
  const Rider rider(13);
  Tap(rider, 1);
  for (const ev::Purpose purpose :
       {ev::PURPOSE_CAPTURE, ev::PURPOSE_REFUND, ev::PURPOSE_REVERSAL}) {
    Request(rider, RequestOf(rider, 1, purpose));
  }
  Run();
  const auto answers = Answers();
  ASSERT_THAT(answers, SizeIs(3));
  for (const auto& answer : answers) EXPECT_TRUE(answer.authorisation_answered().approved());
}

TEST_F(VaultTest, NothingInItsFilesIsAPan) {
  std::vector<Rider> riders;
  for (unsigned i = 1; i <= 40; ++i)
    riders.emplace_back(i * 7919, i % 2 == 0 ? "476173" : "476174");
  std::uint64_t sequence = 0;
  for (const Rider& rider : riders) {
    Tap(rider, ++sequence);
    Request(rider, RequestOf(rider));
  }
  ev::Event broken = TapOf(riders[0], 999);
  broken.mutable_tap_recorded()->set_token(std::string(32, 'x'));
  broken.mutable_tap_recorded()->mutable_sealed_card()->back() ^= 1;
  Append(kTaps, riders[0].account.value(), broken);
  Run();
  EXPECT_THAT(Answers(), SizeIs(40));
  EXPECT_THAT(DeadLetters(kTaps), SizeIs(1));

  const auto needles = [](const std::string& pan) {
    return std::vector<std::string>{pan, ToString(Packed(pan)), ToString(Packed(pan + "D3105")),
                                    pan.substr(4)};
  };
  const auto finds = [&](const std::string& text, const std::string& pan) {
    const auto all = needles(pan);
    return std::any_of(all.begin(), all.end(), [&](const std::string& needle) {
      return text.find(needle) != std::string::npos;
    });
  };
  EXPECT_TRUE(finds("planted " + riders[3].pan, riders[3].pan));  // the scan can find one
  EXPECT_TRUE(finds(ToString(CardTlv(riders[3].pan)), riders[3].pan));
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const std::string text = ReadFile(entry.path());
    for (const Rider& rider : riders) EXPECT_FALSE(finds(text, rider.pan)) << entry.path();
  }
  EXPECT_GE(files, 4);
  for (const Rider& rider : riders) EXPECT_FALSE(finds(metrics_.Expose(), rider.pan));
}

TEST_F(VaultTest, AnotherStorageKeyDoesNotStart) {
  const Rider rider(14);
  Tap(rider, 1);
  Run();
  service_.reset();
  const std::string right = config_.storage_key_file;
  config_.storage_key_file = WriteKey("other", Sha256(AsBytes(std::string_view("other"))));
  const auto opened = Service::Open(config_, {*log_, metrics_, kPartitions});
  ASSERT_FALSE(opened.ok());
  EXPECT_TRUE(opened.error().Is(kWrongStorageKey));
  config_.storage_key_file = right;
  Request(rider, RequestOf(rider));
  Run();
  EXPECT_THAT(Answers(), SizeIs(1));
}

TEST_F(VaultTest, ADamagedOrSwappedRowIsNamed) {
  const Rider damaged(17);
  const Rider swapped(18);
  const Rider whole(19);
  std::uint64_t sequence = 0;
  for (const Rider* rider : {&damaged, &swapped, &whole}) Tap(*rider, ++sequence);
  Run();
  const auto spoil = service_->participant().db().Write([&](store::Tx& tx) -> Result<void> {
    tx.Exec("UPDATE cards SET sealed = :sealed WHERE token = :token",
            {{"sealed", store::Blob{"short"}}, {"token", store::Blob{ToString(damaged.token)}}});
    tx.Exec(
        "UPDATE cards SET sealed = (SELECT sealed FROM cards WHERE token = :other) WHERE token = "
        ":token",
        {{"other", store::Blob{ToString(whole.token)}},
         {"token", store::Blob{ToString(swapped.token)}}});
    return {};
  });
  ASSERT_TRUE(spoil.ok()) << spoil.error().ToString();
  for (const Rider* rider : {&damaged, &swapped, &whole}) Request(*rider, RequestOf(*rider));
  Run();
  EXPECT_THAT(Answers(), SizeIs(1));
  const auto letters = DeadLetters(kAuthorisations);
  ASSERT_THAT(letters, SizeIs(2));
  for (const auto& letter : letters) EXPECT_EQ(letter.dead_letter().code(), "CARD_DAMAGED");
}

TEST_F(VaultTest, DoesNotOpenWithoutItsKeys) {
  config_.storage_key_file = folder_ + "/none";
  EXPECT_FALSE(Service::Open(config_, {*log_, metrics_, kPartitions}).ok());
}

TEST_F(VaultTest, SupportSeesAMaskedCard) {
  const Rider rider(15);
  Tap(rider, 1);
  Run();
  const std::string ca = folder_ + "/ca";
  rpc::ServerOptions options;
  options.tls = rpc::EnsureDevCertificate(ca, "server", {}, {}).value();
  rpc::Server server(options);
  service_->Register(server);
  const auto port = server.Start();
  ASSERT_TRUE(port.ok());
  const std::string address = "127.0.0.1:" + std::to_string(*port);
  const auto describe = [&](const std::string& role, const std::string& token) {
    auto client = rpc::Client::Connect(
        {address, rpc::EnsureDevCertificate(ca, role, {role}, {}).value(), "localhost"});
    EXPECT_TRUE(client.ok());
    v1::DescribeCardRequest request;
    request.set_token_epoch(1);
    request.set_token(token);
    return (*client)->Call<v1::DescribeCardResponse>("plaza.vault.v1.Vault", "DescribeCard",
                                                     request, std::chrono::seconds(10));
  };
  const auto card = describe("support", ToString(rider.token));
  ASSERT_TRUE(card.ok()) << card.error().ToString();
  EXPECT_EQ(card->pan_masked(), MaskPan(rider.pan));
  EXPECT_EQ(card->expiry(), "2031-05");
  EXPECT_EQ(card->scheme(), "visa");
  EXPECT_TRUE(describe("support", std::string(32, 'x')).error().Is(kUnknownCard));
  EXPECT_TRUE(describe("support", "x").error().Is(kBadToken));
  EXPECT_EQ(describe("accountant", ToString(rider.token)).error().code(),
            StatusCode::kPermissionDenied);
}

TEST_F(VaultTest, RunsOnItsOwnThreads) {
  Open();
  service_->Start();
  const Rider rider(16);
  Tap(rider, 1);
  Request(rider, RequestOf(rider));
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (Answers().empty() && std::chrono::steady_clock::now() < give_up) {
    const auto more = log_->Fetch({std::string(kMedia), 0}, 0, 1, std::chrono::milliseconds(100));
    ASSERT_TRUE(more.ok());
  }
  service_->Stop();
  EXPECT_THAT(Answers(), SizeIs(1));
}

// Its tap is in another account's partition, which another process owns.
TEST_F(VaultTest, ARequestIsNotLeftWaitingForACardThatAnotherProcessLearnsAtThatMoment) {
  Open();
  const auto other = [&] {
    store::Options options;
    options.path = config_.db_path;
    options.postgres = config_.postgres;
    return store::Db::Open(options).value();
  }();
  const Rider rider(1);
  const CardSafe safe(Sha256(AsBytes(std::string_view("storage"))));
  const SimulatedAcquirer acquirer({});
  runtime::Metrics metrics;
  VaultMetrics counts(metrics);
  FactHandler handlers[] = {{data_base_, safe, acquirer, counts},
                            {data_base_, safe, acquirer, counts}};
  const auto handle = [&](FactHandler& handler, store::Tx& tx, std::string_view topic,
                          const ev::Event& event) -> Result<void> {
    eventlog::Outbox outbox(service_->participant().relay());
    const eventlog::StoredRecord record{0, {"key", event.SerializeAsString()}};
    const auto rejected = handler.Handle(tx, outbox, {std::string(topic), 0}, {&record, 1});
    EXPECT_THAT(*rejected, SizeIs(0));
    outbox.Flush(tx);
    return {};
  };
  const auto done = plaza::testing::Overlap(
      service_->participant().db(),
      [&](store::Tx& tx) { return handle(handlers[0], tx, kTaps, TapOf(rider, 1)); }, *other,
      [&](store::Tx& tx) { return handle(handlers[1], tx, kAuthorisations, RequestOf(rider)); });
  ASSERT_TRUE(done.first.ok()) << done.first.error().ToString();
  ASSERT_TRUE(done.second.ok()) << done.second.error().ToString();
  Run();
  EXPECT_THAT(Answers(), SizeIs(1));
}

}  // namespace
}  // namespace plaza::vault
