#include "apps/validator/gate.h"

#include <gtest/gtest.h>

#include "apps/validator/errors.h"
#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "tests/support/emv/forgetful_files.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/apps/validator/gate_fixture.h"

namespace plaza::validator {
namespace {

using citysim::Card;
using citysim::CardKind;
using testing::Noon;
using testing::Present;
using testing::Spec;

class GateTest : public ::testing::Test {
 protected:
  std::unique_ptr<Gate> Open(const std::string& id = "GDL-T1") {
    return testing::OpenGate(testing::FixedGate(id, folder_.path().string() + "/" + id), shared_);
  }
  static emv::TapRecord RecordOf(Gate& gate, std::uint64_t sequence) {
    const auto entries = gate.journal().Read(sequence, 1);
    EXPECT_TRUE(entries.ok() && entries->size() == 1);
    const auto tap = emv::DecodeTapRecord(entries->at(0).record);
    EXPECT_TRUE(tap.ok());
    return tap->record;
  }

  testing::TempFolder folder_;
  GateShared shared_ = testing::TestShared();
};

struct KindCase {
  CardKind kind;
  bool opened;
  bool recorded;
  emv::Reason reason;
};

class KindTest : public GateTest, public ::testing::WithParamInterface<KindCase> {};

TEST_P(KindTest, IsTakenOrRefusedWithItsReason) {
  const auto gate = Open();
  const Card card(Spec(GetParam().kind));
  const auto result = Present(*gate, card, Noon());
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  EXPECT_EQ(result->opened, GetParam().opened) << result->detail;
  EXPECT_EQ(result->recorded, GetParam().recorded) << result->detail;
  EXPECT_EQ(emv::ReasonName(result->reason), emv::ReasonName(GetParam().reason)) << result->detail;
  EXPECT_EQ(gate->journal().next_sequence(), GetParam().recorded ? 2U : 1U);
  if (!GetParam().recorded) return;
  const emv::TapRecord record = RecordOf(*gate, 1);
  EXPECT_EQ(record.decision, GetParam().opened ? emv::Decision::kAccepted : emv::Decision::kDenied);
  EXPECT_EQ(record.reason, GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    AllKinds, KindTest,
    ::testing::Values(KindCase{CardKind::kGood, true, true, emv::Reason::kNone},
                      KindCase{CardKind::kExpired, false, true, emv::Reason::kExpired},
                      KindCase{CardKind::kNotYetValid, false, true, emv::Reason::kNotYetValid},
                      KindCase{CardKind::kForged, false, true, emv::Reason::kOdaFailed},
                      KindCase{CardKind::kFlippedSignature, false, true, emv::Reason::kOdaFailed},
                      KindCase{CardKind::kDeclining, false, true, emv::Reason::kCardDeclined},
                      KindCase{CardKind::kPanMismatch, false, true, emv::Reason::kPanMismatch},
                      KindCase{CardKind::kRefusedCountry, false, true, emv::Reason::kNotAccepted},
                      KindCase{CardKind::kForeign, false, false, emv::Reason::kNone}),
    [](const auto& tested) { return std::string(citysim::CardKindName(tested.param.kind)); });

TEST_F(GateTest, KeepsPlaceTokenAndSealedCardButNoPan) {
  const auto gate = Open();
  const Card card(Spec(CardKind::kGood));
  const auto result = Present(*gate, card, Noon(), 0x0102);
  ASSERT_TRUE(result.ok() && result->opened);
  EXPECT_EQ(result->sequence, 1U);
  const emv::TapRecord record = RecordOf(*gate, 1);
  EXPECT_EQ(record.validator_id, "GDL-T1");
  EXPECT_EQ(record.stop_id, "L4-05");
  EXPECT_EQ(record.route_id, "L4");
  EXPECT_EQ(record.event_time, Noon());
  EXPECT_EQ(record.media_kind, emv::MediaKind::kEmvCard);
  EXPECT_TRUE(record.par.empty());
  const auto vsam = emv::MakeSoftwareVsam(testing::TestValidatorKeys("GDL-T1"));
  ASSERT_TRUE(record.token.has_value());
  EXPECT_EQ(*record.token, vsam->Tokenise(card.pan()));
  // 9F36 0102 is in the chip data; the PAN is nowhere in the record but sealed.
  EXPECT_NE(ToHex(record.chip_data).find("9F36020102"), std::string::npos);
  const auto entries = gate->journal().Read(1, 1);
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ(ToHex(entries->at(0).record).find(card.pan()), std::string::npos);
  const auto opened = emv::OpenSealed(testing::TestValidatorKeys("GDL-T1").data_key, "GDL-T1", 1,
                                      record.sealed_card);
  ASSERT_TRUE(opened.ok()) << opened.error().ToString();
  EXPECT_NE(ToHex(*opened).find(card.pan()), std::string::npos);
}

TEST_F(GateTest, PhoneCarriesItsPar) {
  const auto gate = Open();
  auto spec = Spec(CardKind::kGood);
  spec.issuer = citysim::Issuer::kPhone;
  spec.carries_par = true;
  const Card phone(spec);
  const Card plastic(Spec(CardKind::kGood));
  ASSERT_TRUE(Present(*gate, phone, Noon()).ok());
  const emv::TapRecord record = RecordOf(*gate, 1);
  EXPECT_EQ(record.decision, emv::Decision::kAccepted);
  EXPECT_EQ(record.media_kind, emv::MediaKind::kEmvDevice);
  EXPECT_EQ(record.par, plastic.par());  // one rider
  EXPECT_NE(phone.pan(), plastic.pan());
}

TEST_F(GateTest, RefusesTheSameCardTwiceWithinTheWindow) {
  const auto gate = Open();
  const Card card(Spec(CardKind::kGood));
  const Card other(Spec(CardKind::kGood, 8));
  ASSERT_TRUE(Present(*gate, card, Noon(), 1)->opened);
  const auto again = Present(*gate, card, Noon(5), 2);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->reason, emv::Reason::kPassedBack);
  EXPECT_TRUE(again->recorded);
  EXPECT_TRUE(Present(*gate, other, Noon(6), 1)->opened);
  EXPECT_TRUE(Present(*gate, card, Noon(301), 3)->opened);
}

// The rider was not let through: another try is not a pass-back.
TEST_F(GateTest, AFullJournalKeepsTheGateShutAndPassesNobodyBack) {
  emv::test::ForgetfulFiles files;
  GateOptions options = testing::FixedGate("GDL-T1", "journal");
  const auto gate =
      std::move(Gate::Open(std::move(options), shared_,
                           emv::MakeSoftwareVsam(testing::TestValidatorKeys("GDL-T1")), files)
                    .value());
  Result<void> filled;
  const Bytes record(emv::kTapRecordBytesMax, 0x5A);
  while (filled.ok()) filled = gate->journal().Append(gate->journal().next_sequence(), record);
  const Card card(Spec(CardKind::kGood));
  const auto refused = Present(*gate, card, Noon(), 1);
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().Is(emv::errors::kJournalFull)) << refused.error().ToString();
  ASSERT_TRUE(gate->journal().Acknowledge(gate->journal().next_sequence() - 1).ok());
  const auto again = Present(*gate, card, Noon(5), 2);
  ASSERT_TRUE(again.ok()) << again.error().ToString();
  EXPECT_TRUE(again->opened) << emv::ReasonName(again->reason);
}

TEST_F(GateTest, RefusesADeniedToken) {
  const auto gate = Open();
  const Card card(Spec(CardKind::kGood));
  const auto vsam = emv::MakeSoftwareVsam(testing::TestValidatorKeys("GDL-T1"));
  gate->SetDenyList(std::make_shared<const emv::DenyList>(
      emv::DenyList::FromSnapshot(9, {{1, vsam->Tokenise(card.pan())}})));
  const auto result = Present(*gate, card, Noon());
  ASSERT_TRUE(result.ok());
  EXPECT_FALSE(result->opened);
  EXPECT_EQ(result->reason, emv::Reason::kDenyListed);
  EXPECT_EQ(RecordOf(*gate, 1).deny_list_epoch, 9U);
  gate->SetDenyList(std::make_shared<const emv::DenyList>());
  EXPECT_TRUE(Present(*gate, card, Noon(1), 2)->opened);
}

TEST_F(GateTest, AVehicleNeedsADuty) {
  GateOptions options = testing::FixedGate("GDL-V1", folder_.path().string() + "/v");
  options.stop_id.clear();
  options.vehicle_id = "BUS-0001";
  const auto gate = testing::OpenGate(std::move(options), shared_);
  const Card card(Spec(CardKind::kGood));
  const auto refused = Present(*gate, card, Noon());
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().Is(kNoDuty));
  gate->SignOn({"C01", "C01-7"});
  ASSERT_TRUE(Present(*gate, card, Noon(1))->opened);
  const emv::TapRecord record = RecordOf(*gate, 1);
  EXPECT_EQ(record.vehicle_id, "BUS-0001");
  EXPECT_EQ(record.route_id, "C01");
  EXPECT_EQ(record.trip_id, "C01-7");
  EXPECT_TRUE(record.stop_id.empty());
  gate->SignOff();
  EXPECT_FALSE(Present(*gate, card, Noon(2)).ok());
}

TEST_F(GateTest, NeedsExactlyOnePlace) {
  for (const bool both : {true, false}) {
    GateOptions options = testing::FixedGate("GDL-T2", folder_.path().string() + "/none");
    if (both) options.vehicle_id = "BUS-0001";
    if (!both) options.stop_id.clear();
    const auto gate =
        Gate::Open(std::move(options), shared_,
                   emv::MakeSoftwareVsam(testing::TestValidatorKeys("GDL-T2")), emv::PosixFiles());
    ASSERT_FALSE(gate.ok());
    EXPECT_TRUE(gate.error().Is(kBadPlace));
  }
}

TEST_F(GateTest, ARestartedGateGoesOnAndStillKnowsWhoWentThrough) {
  const Card card(Spec(CardKind::kGood));
  {
    const auto gate = Open();
    ASSERT_TRUE(Present(*gate, card, Noon())->opened);
  }
  const auto gate = Open();
  EXPECT_EQ(gate->journal().next_sequence(), 2U);
  const auto again = Present(*gate, card, Noon(5), 2);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->reason, emv::Reason::kPassedBack);
  EXPECT_EQ(again->sequence, 2U);
}

// The disk gives up: nothing is opened.
class BrokenFile : public emv::JournalFile {
 public:
  BrokenFile(std::unique_ptr<emv::JournalFile> real, const bool& broken)
      : real_(std::move(real)), broken_(broken) {}
  Result<std::uint64_t> Size() override { return real_->Size(); }
  Result<Bytes> ReadAt(std::uint64_t offset, std::size_t length) override {
    return real_->ReadAt(offset, length);
  }
  Result<void> WriteAt(std::uint64_t offset, ByteView data) override {
    return real_->WriteAt(offset, data);
  }
  Result<void> Truncate(std::uint64_t size) override { return real_->Truncate(size); }
  Result<void> Sync() override {
    if (broken_) return Error(kBadPlace, "the disk is gone");
    return real_->Sync();
  }

 private:
  std::unique_ptr<emv::JournalFile> real_;
  const bool& broken_;
};

class BreakableFiles : public emv::FileEnv {
 public:
  Result<void> MakeFolder(const std::string& folder) override {
    return emv::PosixFiles().MakeFolder(folder);
  }
  Result<std::vector<std::string>> List(const std::string& folder) override {
    return emv::PosixFiles().List(folder);
  }
  Result<std::unique_ptr<emv::JournalFile>> Open(const std::string& path) override {
    PLAZA_ASSIGN_OR_RETURN(auto file, emv::PosixFiles().Open(path));
    return std::unique_ptr<emv::JournalFile>(std::make_unique<BrokenFile>(std::move(file), broken));
  }
  Result<void> Remove(const std::string& path) override { return emv::PosixFiles().Remove(path); }
  Result<void> Rename(const std::string& from, const std::string& to) override {
    return emv::PosixFiles().Rename(from, to);
  }
  Result<void> SyncFolder(const std::string& folder) override {
    return emv::PosixFiles().SyncFolder(folder);
  }
  bool broken = false;
};

TEST_F(GateTest, StaysShutWhenTheRecordIsNotSafe) {
  BreakableFiles files;
  auto gate = Gate::Open(testing::FixedGate("GDL-T1", folder_.path().string() + "/broken"), shared_,
                         emv::MakeSoftwareVsam(testing::TestValidatorKeys("GDL-T1")), files);
  ASSERT_TRUE(gate.ok()) << gate.error().ToString();
  const Card card(Spec(CardKind::kGood));
  files.broken = true;
  EXPECT_FALSE(Present(**gate, card, Noon()).ok());
}

}  // namespace
}  // namespace plaza::validator
