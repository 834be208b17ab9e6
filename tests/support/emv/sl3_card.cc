#include "tests/support/emv/sl3_card.h"

#include <algorithm>

#include "libs/emv/closedloop/value_block.h"
#include "libs/emv/limits.h"

namespace plaza::emv::test {
namespace {

constexpr std::uint8_t kAccess = 0x06;
constexpr std::uint8_t kTooMany = 0x07;
constexpr std::uint8_t kWrongMac = 0x08;
constexpr std::uint8_t kNoBlock = 0x09;
constexpr std::uint8_t kNotNow = 0x0B;
constexpr std::uint8_t kLength = 0x0C;

std::uint16_t NumberAt(ByteView bytes, std::size_t offset) {
  return static_cast<std::uint16_t>(bytes[offset] | bytes[offset + 1] << 8);
}

unsigned SectorOf(Sl3Block block) {
  return block.number < 128 ? block.number / 4U : 32U + (block.number - 128U) / 16U;
}

}  // namespace

void Sl3Card::LeaveField() {
  pending_.reset();
  session_.reset();
  buffer_.reset();
}

Bytes Sl3Card::Refuse(std::uint8_t status) {
  LeaveField();
  return {status};
}

Bytes Sl3Card::Answer(ByteView command) {
  if (command.empty()) return Refuse(kLength);
  const std::uint8_t code = command[0];
  if (code == 0x70 || code == 0x76) return StartAuthentication(command);
  if (code == 0x72) return FinishAuthentication(command);
  pending_.reset();
  if (!session_) return Refuse(kNotNow);
  if (code == 0x31 || code == 0x33) return Read(command);
  if (code == 0xA1 || code == 0xA3) return Write(command);
  if ((code & 0xF1) == 0xB1 || code == 0xC3) return Value(command);
  return Refuse(kNotNow);
}

Bytes Sl3Card::StartAuthentication(ByteView command) {
  const bool first = command[0] == 0x70;
  const bool whole =
      first ? command.size() >= 4 && command.size() == 4U + command[3] : command.size() == 3;
  if (!whole) return Refuse(kLength);
  if (!first && !session_) return Refuse(kNotNow);
  if (first) LeaveField();
  const Sl3KeyBlock key_block{NumberAt(command, 1)};
  const auto key = spec_.keys.find(key_block);
  if (key == spec_.keys.end()) return Refuse(kNoBlock);
  AesBlock challenge = Random();
  pending_ = Pending{key_block, challenge, first};
  AesCbcEncrypt(key->second, AesBlock{}, challenge);
  Bytes answer{kSl3Ok};
  AppendTo(answer, challenge);
  return answer;
}

Bytes Sl3Card::FinishAuthentication(ByteView command) {
  if (!pending_) return Refuse(kNotNow);
  const Pending pending = *pending_;
  pending_.reset();
  const AesKey& key = spec_.keys.at(pending.key_block);
  const auto rnd_a = OpenChallengeAnswer(key, AesBlock{}, pending.rnd_b, command.subspan(1));
  if (!rnd_a.ok()) return Refuse(kAccess);
  const Sl3Keys keys = DeriveSl3Keys(key, {*rnd_a, pending.rnd_b});
  Bytes proof;
  if (pending.first) {
    TransactionId ti{};
    std::copy_n(Random().begin(), ti.size(), ti.begin());
    session_.emplace(keys, ti);
    AppendTo(proof, ti);
  } else {
    session_->Rekey(keys);
  }
  authenticated_ = pending.key_block;
  AppendTo(proof, RotatedLeft(*rnd_a));
  if (pending.first) proof.resize(32);  // no capabilities of either side
  AesCbcEncrypt(key, AesBlock{}, proof);
  Bytes answer{kSl3Ok};
  AppendTo(answer, proof);
  return answer;
}

bool Sl3Card::MacHolds(Sl3Counter counter, ByteView command) const {
  const ByteView rest = command.subspan(1);
  const std::size_t length = rest.size() - kCutMacBytes;
  return session_->Verify(counter, command[0], rest.first(length), rest.subspan(length));
}

bool Sl3Card::May(Right right, Sl3Block block) const {
  const bool key_b = authenticated_.number % 2 == 1;
  if (block.number > 255 || IsSectorTrailer(block)) return false;
  if (0x4000U + 2 * SectorOf(block) + (key_b ? 1 : 0) != authenticated_.number) return false;
  const bool value = spec_.value_blocks.contains(block);
  switch (right) {
    case Right::kRead:
    case Right::kDecrement:
      return true;
    case Right::kWrite:
      return !value || key_b;
    case Right::kIncrement:
      return value && key_b;
  }
  return false;
}

AesBlock Sl3Card::BlockOf(Sl3Block block) const {
  const auto found = blocks.find(block);
  return found == blocks.end() ? AesBlock{} : found->second;
}

void Sl3Card::Store(Sl3Block block, const AesBlock& data) {
  const AesBlock old = BlockOf(block);
  if (!torn_ || *torn_ == 1) {
    blocks[block] = data;
  } else if (*torn_ == 2) {
    std::copy_n(data.begin(), data.size() / 2, blocks.emplace(block, old).first->second.begin());
  } else if (*torn_ > 2) {
    blocks[block] = *torn_ == 3 ? AesBlock{} : Random();
  }
}

Bytes Sl3Card::Read(ByteView command) {
  if (command.size() != 4 + kCutMacBytes) return Refuse(kLength);
  if (!MacHolds(Sl3Counter::kRead, command)) return Refuse(kWrongMac);
  if (!session_->Count(Sl3Counter::kRead)) return Refuse(kTooMany);
  const std::size_t count = command[3];
  if (count == 0 || count > kSl3BlocksReadMax) return Refuse(kLength);
  Bytes data;
  Sl3Block block{NumberAt(command, 1)};
  for (std::size_t i = 0; i < count; ++i, ++block.number) {
    if (i > 0 && IsSectorTrailer(block)) ++block.number;
    if (!May(Right::kRead, block)) return Refuse(kAccess);
    AppendTo(data, BlockOf(block));
  }
  if (command[0] == 0x31) AesCbcEncrypt(session_->keys().enc, session_->AnswerIv(), data);
  Bytes covered = ToBytes(command.subspan(1, 3));
  AppendTo(covered, data);
  Bytes answer{kSl3Ok};
  AppendTo(answer, data);
  AppendTo(answer, session_->Mac(Sl3Counter::kRead, kSl3Ok, covered));
  return answer;
}

Bytes Sl3Card::Changed() {
  Bytes answer{kSl3Ok};
  AppendTo(answer, session_->Mac(Sl3Counter::kWrite, kSl3Ok, {}));
  return answer;
}

Bytes Sl3Card::Write(ByteView command) {
  if (command.size() != 3 + kAesBlockBytes + kCutMacBytes) return Refuse(kLength);
  if (!MacHolds(Sl3Counter::kWrite, command)) return Refuse(kWrongMac);
  AesBlock data = BlockAt(command, 3);
  if (command[0] == 0xA1) AesCbcDecrypt(session_->keys().enc, session_->CommandIv(), data);
  if (!session_->Count(Sl3Counter::kWrite)) return Refuse(kTooMany);
  const Sl3Block block{NumberAt(command, 1)};
  if (!May(Right::kWrite, block)) return Refuse(kAccess);
  Store(block, data);
  return Changed();
}

// Loads the transfer buffer; false if the block, the right or the amount do not allow it.
bool Sl3Card::Fill(std::uint8_t operation, Sl3Block from, ByteView encrypted) {
  const bool increment = operation == 0xB1 || operation == 0xB7;
  if (!May(increment ? Right::kIncrement : Right::kDecrement, from)) return false;
  const AesBlock held = BlockOf(from);
  const auto value = ReadValueBlock(held);
  if (!value) return false;
  std::int64_t amount = 0;
  if (!encrypted.empty()) {
    AesBlock plain = BlockAt(encrypted, 0);
    AesCbcDecrypt(session_->keys().enc, session_->CommandIv(), plain);
    std::array<std::uint8_t, 4> octets{};
    std::copy_n(plain.begin(), octets.size(), octets.begin());
    amount = ValueFrom(octets);
    if (plain[4] != 0x80) return false;
  }
  const std::int64_t result = increment ? *value + amount : *value - amount;
  if (amount < 0 || result != static_cast<std::int32_t>(result)) return false;
  buffer_ = Buffer{static_cast<std::int32_t>(result), held[12]};
  return true;
}

Bytes Sl3Card::Value(ByteView command) {
  const std::uint8_t code = command[0];
  const bool amount = code == 0xB1 || code == 0xB3 || code == 0xB7 || code == 0xB9;
  const bool move = code == 0xB7 || code == 0xB9;
  if (!amount && code != 0xB5 && code != 0xC3) return Refuse(kNotNow);
  const std::size_t header = move ? 5 : 3;
  const std::size_t length = amount ? kAesBlockBytes : 0;
  if (command.size() != header + length + kCutMacBytes) return Refuse(kLength);
  if (!MacHolds(Sl3Counter::kWrite, command)) return Refuse(kWrongMac);
  if (code != 0xB5 && !Fill(code, {NumberAt(command, 1)}, command.subspan(header, length))) {
    return Refuse(kAccess);
  }
  if (!session_->Count(Sl3Counter::kWrite)) return Refuse(kTooMany);
  if (move || code == 0xB5) {
    const Sl3Block to{NumberAt(command, move ? 3 : 1)};
    if (!buffer_ || !May(Right::kDecrement, to)) return Refuse(kAccess);
    Store(to, MakeValueBlock(buffer_->value, buffer_->address));
    buffer_.reset();
  }
  return Changed();
}

}  // namespace plaza::emv::test
