#include "tests/support/emv/purse_card.h"

#include "libs/base/check.h"
#include "libs/emv/closedloop/desfire_purse.h"
#include "libs/emv/closedloop/sl3_purse.h"
#include "libs/emv/limits.h"
#include "tests/support/emv/desfire_card.h"
#include "tests/support/emv/sl3_card.h"

namespace plaza::emv::test {
namespace {

class Sl3PurseCard final : public PurseCard {
 public:
  explicit Sl3PurseCard(std::uint64_t seed)
      : random_(SeededRandom(seed + 1)),
        card_({.keys = {{kGateKey, TestKey(0xA1)}, {kLoaderKey, TestKey(0xB1)}},
               .value_blocks = {{kFirst.number}, {kFirst.number + 1}},
               .seed = seed}) {
    Field field(card_);
    PLAZA_CHECK(Issue(field).ok());
  }
  ClosedLoopCard& card() override { return card_; }
  std::unique_ptr<Purse> AtGate(CardChannel& field) override {
    return std::make_unique<Sl3Purse>(field, random_, Sl3PurseLayout{kFirst, kGateKey},
                                      TestKey(0xA1));
  }
  std::unique_ptr<Purse> AtLoader(CardChannel& field) override {
    return std::make_unique<Sl3Purse>(field, random_, Sl3PurseLayout{kFirst, kLoaderKey},
                                      TestKey(0xB1));
  }
  Result<void> Issue(CardChannel& field) override {
    return Sl3Purse(field, random_, {kFirst, kLoaderKey}, TestKey(0xB1)).Issue();
  }
  unsigned torn_variants() const override { return Sl3Card::kTornVariants; }

 private:
  static constexpr Sl3Block kFirst{128};  // of sector 32
  static constexpr Sl3KeyBlock kGateKey{0x4040};
  static constexpr Sl3KeyBlock kLoaderKey{0x4041};

  RandomSource random_;
  Sl3Card card_;
};

class DesfirePurseCard final : public PurseCard {
 public:
  explicit DesfirePurseCard(std::uint64_t seed)
      : random_(SeededRandom(seed + 1)), card_(Spec(seed)) {
    Field field(card_);
    PLAZA_CHECK(Issue(field).ok());
  }
  ClosedLoopCard& card() override { return card_; }
  std::unique_ptr<Purse> AtGate(CardChannel& field) override {
    return std::make_unique<DesfirePurse>(field, random_, Layout(kGate), TestKey(0xD1));
  }
  std::unique_ptr<Purse> AtLoader(CardChannel& field) override {
    return std::make_unique<DesfirePurse>(field, random_, Layout(kLoader), TestKey(0xD2));
  }
  Result<void> Issue(CardChannel& field) override {
    return DesfirePurse(field, random_, Layout(kLoader), TestKey(0xD2)).Issue();
  }
  unsigned torn_variants() const override { return DesfireCard::kTornVariants; }

 private:
  static constexpr std::uint8_t kGate = 1;
  static constexpr std::uint8_t kLoader = 2;
  static constexpr DesfireAid kAid = {0x42, 0x54, 0xF4};
  static constexpr DesfireFile kValue{1};
  static constexpr DesfireFile kRecord{2};

  static DesfirePurseLayout Layout(std::uint8_t key_number) {
    return {kAid, kValue, kRecord, {key_number}};
  }
  static DesfireCardSpec Spec(std::uint64_t seed) {
    using File = DesfireFileSpec;
    const File value{.kind = File::Kind::kValue,
                     .read = kGate,
                     .write = File::kNever,
                     .read_write = kLoader,
                     .value_max = kPurseBalanceMax};
    const File record{.kind = File::Kind::kBackup,
                      .read = kGate,
                      .write = kGate,
                      .read_write = kLoader,
                      .size = 16};
    return {.aid = kAid,
            .keys = {TestKey(0xD0), TestKey(0xD1), TestKey(0xD2)},
            .files = {{kValue, value}, {kRecord, record}},
            .seed = seed};
  }

  RandomSource random_;
  DesfireCard card_;
};

}  // namespace

AesKey TestKey(std::uint8_t fill) {
  AesBlock octets{};
  octets.fill(fill);
  return AesKey(octets);
}

std::unique_ptr<PurseCard> MakeSl3PurseCard(std::uint64_t seed) {
  return std::make_unique<Sl3PurseCard>(seed);
}

std::unique_ptr<PurseCard> MakeDesfirePurseCard(std::uint64_t seed) {
  return std::make_unique<DesfirePurseCard>(seed);
}

}  // namespace plaza::emv::test
