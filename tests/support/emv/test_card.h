// A card for the tests of kernel and gate: personalised by a plain struct, answers real commands,
// signs for real, and can be made to misbehave at any command.
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
};

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
  Bytes Directory() const;

  TestCardSpec spec_;
  const TestKeys& keys_;
  std::vector<Bytes> records_;  // contents of template 70, of SFI 2, from 1
  std::uint8_t authenticated_ = 0;
  std::uint16_t atc_ = 0x41;
};

}  // namespace plaza::emv::test
