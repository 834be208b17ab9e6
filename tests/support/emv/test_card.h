// A card for the tests of kernels and gate: personalised by a plain struct, answers real commands,
// signs for real, and can be made to misbehave at any command. Kernels 3 and 7: fDDA in GET
// PROCESSING OPTIONS; kernels 2 and 4: CDA in GENERATE AC.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/emv/apdu/apdu.h"
#include "libs/emv/dol/dol.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv::test {

struct TestCardSpec {
  std::string pan = "4761739001010010";
  std::string track2 = "4761739001010010D29122010000000000";  // hex
  std::string expiry = "291231";
  std::string effective = "200101";
  std::string issuer_country = "0484";
  std::string aip = "2000";
  std::string afl{};       // empty: what the records need
  std::string cid = "80";  // empty: none
  std::string iad = "06010A03A00000";
  std::string par{};  // 29 characters; empty: none
  bool par_authenticated = true;
  std::string form_factor{};  // hex
  std::string aid = "A0000000031010";
  std::string pdol = "9F66049F02069F03069F1A0295055F2A029A039C019F3704";
  std::uint8_t signed_format = 0x95;
  bool flip_signature = false;
  bool format_80 = false;          // GPO answers AIP and AFL only; the rest is in a record
  std::optional<Bytes> ppse{};     // instead of the usual directory
  const TestKeys* keys = nullptr;  // Keys() if null
  int kernel = 3;
  std::string cdol1 = "9F02069F03069F1A0295055F2A029A039C019F37049F35019F3403";
  std::string cvm_list{};          // hex; empty: none
  std::string usage_control{};     // hex; empty: none
  bool cda_in_clear = false;       // answers GENERATE AC without a signature whatever is asked
  std::string clear_cryptogram{};  // hex: 9F26 beside the signature
  std::string sda_tags = "82";     // hex; empty: no 9F4A
  std::string kernel_id{};         // hex, 9F2A in the directory; empty: none
};
// A good card of kernel 2, 3, 4 or 7, of test ranges.
TestCardSpec SpecOf(int kernel);

class TestCard final : public CardChannel {
 public:
  explicit TestCard(TestCardSpec spec);
  Result<Bytes> Transmit(ByteView command) override;

  // Instead of the true answer to the n-th command (from 0): an answer, or none for a card that is
  // gone.
  std::map<std::size_t, std::optional<Bytes>> instead;
  // Changes each true answer.
  std::function<void(std::size_t, Bytes&)> change;
  std::vector<Command> commands;  // as received

 private:
  Bytes Answer(const Command& command);
  Bytes Options(const Command& command);
  Bytes GenerateAc(const Command& command);
  std::optional<std::map<Tag, Bytes>> TakeTerminal(std::string_view dol, ByteView values);
  Bytes FddaElements(std::map<Tag, Bytes>& terminal);
  Bytes Certificates(Bytes& issuer_record) const;
  Bytes Atc() const;
  Bytes Directory() const;

  TestCardSpec spec_;
  const TestKeys& keys_;
  std::vector<Bytes> records_;  // contents of template 70, of SFI 2, from 1
  std::uint8_t authenticated_ = 0;
  std::uint16_t atc_ = 0x41;
  Bytes pdol_data_;
};

}  // namespace plaza::emv::test
