// A simulated MIFARE Plus card at security level 3: authentication, encrypted and plain reads and
// writes with MACs both ways, value operations. Access conditions 000 (data) and 110 (value).
//
// Torn writes: a data block has no protection, so by variant it holds the old data (0), the new
// (1), half of each (2), zeros (3) or noise (4 and above).
#pragma once
#include <map>
#include <set>

#include "libs/emv/closedloop/sl3_session.h"
#include "tests/support/emv/closed_loop_card.h"

namespace plaza::emv::test {

struct Sl3CardSpec {
  std::map<Sl3KeyBlock, AesKey> keys;
  std::set<Sl3Block> value_blocks{};  // access condition 110
  std::uint64_t seed = 1;
};

class Sl3Card final : public ClosedLoopCard {
 public:
  static constexpr unsigned kTornVariants = 5;

  explicit Sl3Card(Sl3CardSpec spec) : ClosedLoopCard(spec.seed), spec_(std::move(spec)) {}
  Bytes Answer(ByteView command) override;
  void LeaveField() override;

  std::map<Sl3Block, AesBlock> blocks;  // absent: zeros

 private:
  struct Pending {
    Sl3KeyBlock key_block;
    AesBlock rnd_b;
    bool first;
  };
  struct Buffer {
    std::int32_t value;
    std::uint8_t address;
  };
  enum class Right { kRead, kWrite, kIncrement, kDecrement };

  Bytes Refuse(std::uint8_t status);
  Bytes StartAuthentication(ByteView command);
  Bytes FinishAuthentication(ByteView command);
  Bytes Read(ByteView command);
  Bytes Write(ByteView command);
  Bytes Value(ByteView command);
  Bytes Changed();  // the answer to a write
  bool MacHolds(Sl3Counter counter, ByteView command) const;
  bool May(Right right, Sl3Block block) const;
  bool Fill(std::uint8_t operation, Sl3Block from, ByteView encrypted);
  AesBlock BlockOf(Sl3Block block) const;
  void Store(Sl3Block block, const AesBlock& data);

  Sl3CardSpec spec_;
  std::optional<Pending> pending_;
  std::optional<Sl3Session> session_;
  Sl3KeyBlock authenticated_;
  std::optional<Buffer> buffer_;
};

}  // namespace plaza::emv::test
