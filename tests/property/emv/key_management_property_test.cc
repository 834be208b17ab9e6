// Key blocks open to what was wrapped; DUKPT's two sides derive the same keys.
#include <gtest/gtest.h>

#include "libs/emv/vsam/dukpt_terminal.h"
#include "libs/emv/vsam/key_block.h"
// After gtest: its main is gtest's.
#include <rapidcheck.h>

namespace plaza::emv {
namespace {

void ExpectHolds(bool held) { EXPECT_TRUE(held); }

Bytes Octets(std::size_t size) {
  return *rc::gen::container<Bytes>(size, rc::gen::arbitrary<std::uint8_t>());
}

std::string Text(std::size_t size, char from, char to) {
  return *rc::gen::container<std::string>(size,
                                          rc::gen::inRange<char>(from, static_cast<char>(to + 1)));
}

char OneOf(const char* letters) { return *rc::gen::elementOf(std::string(letters)); }

KeyBlockHeader AnyHeader() {
  KeyBlockHeader header{.version = OneOf("BDE"),
                        .usage = Text(1, 'A', 'Z') + Text(1, '0', '9'),
                        .algorithm = OneOf("ADEHRST37"),
                        .mode = OneOf("BCDEGNSTVXY1"),
                        .version_number = Text(1, 'a', 'z') + Text(1, '0', '9'),
                        .exportability = OneOf("ENS"),
                        .context = OneOf("012")};
  const int count = *rc::gen::inRange(0, 5);
  for (int i = 0; i < count; ++i) {
    const auto size = static_cast<std::size_t>(*rc::gen::inRange(0, 400));
    header.optional_blocks.push_back({"K" + std::to_string(i), Text(size, ' ', '~')});
  }
  return header;
}

std::size_t AnyKeyBytes(char algorithm) {
  if (algorithm == 'A') return *rc::gen::element<std::size_t>(16, 24, 32);
  if (algorithm == 'T') return *rc::gen::element<std::size_t>(8, 16, 24);
  return algorithm == 'D' ? 8 : static_cast<std::size_t>(*rc::gen::inRange(1, 300));
}

TEST(KeyManagementPropertyTest, KeyBlocksOpenToWhatWasWrapped) {
  ExpectHolds(rc::check([] {
    const KeyBlockHeader header = AnyHeader();
    const Bytes kbpk = Octets(header.version == 'B' ? *rc::gen::element<std::size_t>(16, 24)
                                                    : *rc::gen::element<std::size_t>(16, 24, 32));
    const Bytes key = Octets(AnyKeyBytes(header.algorithm));
    const auto block = WrapKeyBlock(kbpk, header, key, RandomKeyPadding(header, key.size()));
    RC_ASSERT(block.ok());
    const auto opened = UnwrapKeyBlock(kbpk, *block);
    RC_ASSERT(opened.ok());
    RC_ASSERT(opened->header == header);
    RC_ASSERT(ToBytes(opened->key.view()) == key);

    std::string changed = *block;
    const auto at = *rc::gen::inRange<std::size_t>(0, changed.size());
    changed[at] = static_cast<char>(changed[at] ^ *rc::gen::inRange(1, 256));
    RC_ASSERT(!UnwrapKeyBlock(kbpk, changed).ok());
  }));
}

// From wherever the terminal begins.
TEST(KeyManagementPropertyTest, BothSidesOfDukptDeriveTheSameKeys) {
  ExpectHolds(rc::check([] {
    const auto algorithm = static_cast<DukptAlgorithm>(*rc::gen::inRange(0, 4));
    const bool tdes = algorithm == DukptAlgorithm::kTdes;
    const auto ksn = ParseKsn(algorithm, Octets(tdes ? 10 : 12));
    RC_ASSERT(ksn.ok());
    // A random counter has about half of its bits set, so that many are next to skipped ones.
    const auto first = NextCounter(algorithm, ksn->counter);
    RC_PRE(first && IsTransactionCounter(algorithm, *first));
    const std::size_t key_bytes = tdes ? 16 : 16 + 8 * static_cast<std::size_t>(algorithm);
    const Bytes initial = Octets(key_bytes);
    const DukptWorkingKey wanted{DukptUsage::kDataBoth, OwnKeyType(algorithm)};
    auto terminal = DukptTerminal::Load(algorithm, initial, ksn->id, *first);
    RC_ASSERT(terminal.ok());
    for (int i = 0; i < 40 && terminal->ksn(); ++i) {
      const auto ours = terminal->WorkingKey(wanted);
      const auto theirs = DeriveWorkingKey(algorithm, initial, *terminal->ksn(), wanted);
      RC_ASSERT(ours.ok() && theirs.ok());
      RC_ASSERT(ToBytes(ours->view()) == ToBytes(theirs->view()));
      RC_ASSERT(terminal->Advance().ok());
    }
  }));
}

}  // namespace
}  // namespace plaza::emv
