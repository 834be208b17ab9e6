// Terminals against a hostile card. The first octet chooses the purse; then the input is answers,
// each after its length, or, if the first octet is odd, what is added (XOR) to the answers of a
// true card. Nothing crashes; without the key nothing opens; a changed answer is never believed.
#include <algorithm>

#include "libs/base/check.h"
#include "libs/emv/closedloop/sl3_replay.h"
#include "libs/emv/errors.h"
#include "tests/support/emv/purse_card.h"

namespace plaza::emv {
namespace {

class AnyCard final : public CardChannel {
 public:
  explicit AnyCard(ByteView answers) : rest_(answers) {}
  Result<Bytes> Transmit(ByteView) override {
    if (rest_.empty()) return Error(errors::kCardRemoved, "no more answers");
    const std::size_t length = std::min<std::size_t>(rest_[0], rest_.size() - 1);
    Bytes answer = ToBytes(rest_.subspan(1, length));
    rest_ = rest_.subspan(1 + length);
    return answer;
  }

 private:
  ByteView rest_;
};

class Spoiler final : public CardChannel {
 public:
  Spoiler(test::ClosedLoopCard& card, ByteView noise) : card_(card), rest_(noise) {}
  Result<Bytes> Transmit(ByteView command) override {
    Bytes answer = card_.Answer(command);
    for (std::uint8_t& octet : answer) {
      if (rest_.empty()) break;
      octet ^= rest_[0];
      rest_ = rest_.subspan(1);
    }
    return answer;
  }

 private:
  test::ClosedLoopCard& card_;
  ByteView rest_;
};

// On a card with 500: what the terminal believes is what the card holds.
void Spoil(test::PurseCard& card, ByteView noise) {
  {
    test::Field field(card.card());
    const auto purse = card.AtLoader(field);
    PLAZA_CHECK(purse->Open().ok() && purse->Load(500).ok());
  }
  Result<PurseState> believed = PurseState{};
  {
    Spoiler spoiler(card.card(), noise);
    const auto purse = card.AtGate(spoiler);
    believed = purse->Open();
    if (believed.ok()) {
      PLAZA_CHECK(believed->balance == 500);
      believed = purse->Debit(100);
    }
    card.card().LeaveField();
  }
  test::Field field(card.card());
  const auto truth = card.AtGate(field)->Open();
  PLAZA_CHECK(truth.ok() && (truth->balance == 500 || truth->balance == 400));
  if (believed.ok()) PLAZA_CHECK(*believed == *truth);
}

void Replay(ByteView rest) {
  std::vector<Sl3Exchange> script;
  const auto take = [&rest] {
    if (rest.empty()) return Bytes{};
    const std::size_t length = std::min<std::size_t>(rest[0], rest.size() - 1);
    Bytes out = ToBytes(rest.subspan(1, length));
    rest = rest.subspan(1 + length);
    return out;
  };
  while (!rest.empty()) {
    Bytes command = take();
    script.push_back({std::move(command), take()});
  }
  const auto replay = ReplaySl3({{Sl3KeyBlock{0x4000}, test::TestKey(1)}}, AesBlock{}, script);
  PLAZA_CHECK(!replay.ok() || replay->blocks.empty());
}

}  // namespace
}  // namespace plaza::emv

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plaza::emv;
  if (size == 0) return 0;
  const plaza::ByteView rest = plaza::ByteView(data, size).subspan(1);
  const auto card = data[0] & 2 ? test::MakeSl3PurseCard() : test::MakeDesfirePurseCard();
  if (data[0] & 1) {
    Spoil(*card, rest);
    return 0;
  }
  AnyCard any(rest);
  PLAZA_CHECK(!card->AtGate(any)->Open().ok());
  Replay(rest);
  return 0;
}
