// A card that answers anything: the input is cut into answers, each after a length of two octets.
// No answer crashes the gate, and none is accepted, since nobody but the issuer can sign.
#include "libs/base/check.h"
#include "libs/emv/errors.h"
#include "libs/emv/transit/gate.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

class AnyCard final : public CardChannel {
 public:
  explicit AnyCard(ByteView answers) : rest_(answers) {}
  Result<Bytes> Transmit(ByteView) override {
    if (rest_.size() < 2) return Error(errors::kCardRemoved, "no more answers");
    const std::size_t length =
        std::min<std::size_t>((rest_[0] << 8 | rest_[1]) % 300, rest_.size() - 2);
    Bytes answer = ToBytes(rest_.subspan(2, length));
    answer.insert(answer.end(), {0x90, 0x00});
    rest_ = rest_.subspan(2 + length);
    return answer;
  }

 private:
  ByteView rest_;
};

struct Gate {
  Gate() {
    for (const std::uint8_t kernel : Bytes{2, 3, 4, 7}) {
      profile.combinations.push_back(
          {.aid = {0xA0, 0x00, 0x00, 0x00, 0x03}, .kernel_id = {kernel}});
    }
    vsam =
        MakeSoftwareVsam({.validator_id = "FUZZ", .token_key = {}, .mac_key = {}, .data_key = {}});
    context.profile = &profile;
    context.capks = &capks;
    context.deny_list = &deny_list;
    context.pass_back = &pass_back;
    context.vsam = vsam.get();
  }
  GateProfile profile;
  CapkTable capks = test::TestCapks(test::Keys().ca);
  DenyList deny_list;
  PassBackWindow pass_back{Seconds(0)};
  std::unique_ptr<Vsam> vsam;
  TapContext context;
};

}  // namespace
}  // namespace plaza::emv

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plaza::emv;
  static const Gate gate;
  AnyCard card({data, size});
  const TapOutcome outcome = ProcessTap(card, gate.context);
  PLAZA_CHECK(outcome.action != GateAction::kAccept);
  if (outcome.action == GateAction::kDeny) {
    MakeTapRecord(outcome, gate.context, {.validator_id = "FUZZ", .sequence = 1});
  }
  return 0;
}
