// A genuine card of each kernel that turns hostile: the first octet chooses the kernel and the
// command at which answers come from the input instead, each after a length of two octets. No
// answer crashes a kernel, and none is accepted that the card did not sign.
#include "libs/base/check.h"
#include "libs/emv/errors.h"
#include "tests/support/emv/test_gate.h"

namespace plaza::emv {
namespace {

constexpr int kKernels[] = {2, 3, 4, 7};

class HostileCard final : public CardChannel {
 public:
  HostileCard(test::TestCard& card, std::size_t hostile_from, ByteView answers)
      : card_(card), hostile_from_(hostile_from), rest_(answers) {}
  Result<Bytes> Transmit(ByteView command) override {
    if (number_++ < hostile_from_) return card_.Transmit(command);
    if (rest_.size() < 2) return Error(errors::kCardRemoved, "no more answers");
    changed_ = true;
    const std::size_t length =
        std::min<std::size_t>((rest_[0] << 8 | rest_[1]) % 300, rest_.size() - 2);
    Bytes answer = ToBytes(rest_.subspan(2, length));
    answer.insert(answer.end(), {0x90, 0x00});
    rest_ = rest_.subspan(2 + length);
    return answer;
  }
  bool changed() const { return changed_; }

 private:
  test::TestCard& card_;
  std::size_t hostile_from_;
  ByteView rest_;
  std::size_t number_ = 0;
  bool changed_ = false;
};

}  // namespace
}  // namespace plaza::emv

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plaza::emv;
  if (size == 0) return 0;
  static test::TestGate gate;
  static test::TestCard cards[] = {
      test::TestCard(test::SpecOf(kKernels[0])), test::TestCard(test::SpecOf(kKernels[1])),
      test::TestCard(test::SpecOf(kKernels[2])), test::TestCard(test::SpecOf(kKernels[3]))};
  test::TestCard& card = cards[data[0] & 0x03U];
  card.commands.clear();
  HostileCard hostile(card, data[0] >> 2U & 0x07U, {data + 1, size - 1});
  const TapOutcome outcome = gate.Tap(hostile);
  PLAZA_CHECK(outcome.action != GateAction::kAccept || !hostile.changed());
  if (outcome.action == GateAction::kDeny) {
    MakeTapRecord(outcome, gate.context, {.validator_id = "FUZZ", .sequence = 1});
  }
  return 0;
}
