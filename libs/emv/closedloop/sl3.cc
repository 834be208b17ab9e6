#include "libs/emv/closedloop/sl3.h"

#include <algorithm>
#include <cstdio>

#include "libs/base/check.h"
#include "libs/emv/closedloop/value_block.h"
#include "libs/emv/crypto/secret.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"

namespace plaza::emv {
namespace {

void AppendNumber(Bytes& command, std::uint16_t number) {
  command.push_back(static_cast<std::uint8_t>(number & 0xFF));
  command.push_back(static_cast<std::uint8_t>(number >> 8));
}

Bytes OnBlock(std::uint8_t code, Sl3Block block) {
  Bytes command{code};
  AppendNumber(command, block.number);
  return command;
}

Bytes OnMove(std::uint8_t code, const Sl3Move& move) {
  Bytes command = OnBlock(code, move.from);
  AppendNumber(command, move.to.number);
  return command;
}

std::string Octet(std::uint8_t octet) {
  std::array<char, 3> text{};
  std::snprintf(text.data(), text.size(), "%02X", octet);
  return text.data();
}

Error NoSession() { return Error(errors::kNoSession, "the card is not authenticated"); }
Error WrongMac() { return Error(errors::kCardNotAuthentic, "an answer's MAC does not hold"); }

}  // namespace

Result<Bytes> Sl3Terminal::Send(const Bytes& command) {
  PLAZA_ASSIGN_OR_RETURN(Bytes answer, channel_.Transmit(command));
  if (answer.empty() || answer.size() > kSl3AnswerBytesMax) {
    return Error(errors::kCardError, "an answer of " + std::to_string(answer.size()) + " bytes");
  }
  if (answer[0] != kSl3Ok) {
    return Error(errors::kCardRefused,
                 "status " + Octet(answer[0]) + " to command " + Octet(command[0]));
  }
  answer.erase(answer.begin());
  return answer;
}

Result<Sl3Terminal::Proof> Sl3Terminal::ProveKey(const Bytes& first, const AesKey& key,
                                                 std::size_t answer_bytes) {
  PLAZA_ASSIGN_OR_RETURN(Bytes challenge, Send(first));
  if (challenge.size() != kAesBlockBytes) {
    return Error(errors::kCardError, "a challenge has 16 bytes");
  }
  AesCbcDecrypt(key, AesBlock{}, challenge);
  Proof proof{.challenges = {random_(), BlockAt(challenge, 0)}};
  Zeroise(challenge);
  Bytes second{0x72};
  AppendTo(second, ChallengeAnswer(key, AesBlock{}, proof.challenges));
  PLAZA_ASSIGN_OR_RETURN(Bytes answer, Send(second));
  if (answer.size() != answer_bytes) {
    return Error(errors::kCardError, "an authentication's answer of another length");
  }
  AesCbcDecrypt(key, AesBlock{}, answer);
  if (!ProvesKey(answer, proof.challenges.rnd_a)) {
    return Error(errors::kCardNotAuthentic, "the card does not hold this key");
  }
  std::copy_n(answer.begin(), proof.ti.size(), proof.ti.begin());
  Zeroise(answer);
  return proof;
}

Result<void> Sl3Terminal::AuthenticateFirst(Sl3KeyBlock key_block, const AesKey& key) {
  EndSession();
  Bytes first{0x70};
  AppendNumber(first, key_block.number);
  AppendTo(first, Bytes{0x01, 0x00});  // one octet of capabilities: EV0 secure messaging
  PLAZA_ASSIGN_OR_RETURN(const Proof proof, ProveKey(first, key, 32));
  session_.emplace(DeriveSl3Keys(key, proof.challenges), proof.ti);
  return {};
}

Result<void> Sl3Terminal::AuthenticateNonFirst(Sl3KeyBlock key_block, const AesKey& key) {
  if (!session_) return NoSession();
  Bytes first{0x76};
  AppendNumber(first, key_block.number);
  const auto proof = ProveKey(first, key, kAesBlockBytes);
  if (!proof.ok()) {
    EndSession();
    return proof.error();
  }
  session_->Rekey(DeriveSl3Keys(key, proof->challenges));
  return {};
}

Result<Bytes> Sl3Terminal::CheckedRead(Sl3Block first, std::size_t blocks, Sl3Mode mode) {
  const bool encrypted = mode == Sl3Mode::kEncrypted;
  Bytes command = OnBlock(encrypted ? 0x31 : 0x33, first);
  command.push_back(static_cast<std::uint8_t>(blocks));
  const Bytes place(command.begin() + 1, command.end());
  AppendTo(command, session_->Mac(Sl3Counter::kRead, command[0], place));
  if (!session_->Count(Sl3Counter::kRead)) return NoSession();
  PLAZA_ASSIGN_OR_RETURN(Bytes answer, Send(command));
  const std::size_t length = blocks * kAesBlockBytes;
  if (answer.size() != length + kCutMacBytes) {
    return Error(errors::kCardError, "a read's answer of another length");
  }
  const ByteView data = ByteView(answer).first(length);
  Bytes covered = place;
  AppendTo(covered, data);
  if (!session_->Verify(Sl3Counter::kRead, kSl3Ok, covered, ByteView(answer).subspan(length))) {
    return WrongMac();
  }
  answer.resize(length);
  if (encrypted) AesCbcDecrypt(session_->keys().enc, session_->AnswerIv(), answer);
  return answer;
}

Result<Bytes> Sl3Terminal::Read(Sl3Block first, std::size_t blocks, Sl3Mode mode) {
  PLAZA_CHECK(blocks >= 1 && blocks <= kSl3BlocksReadMax);
  if (!session_) return NoSession();
  auto data = CheckedRead(first, blocks, mode);
  if (!data.ok()) EndSession();
  return data;
}

Result<void> Sl3Terminal::CheckedWrite(Bytes command, ByteView encrypted) {
  const std::size_t header = command.size();
  AppendTo(command, encrypted);
  if (!encrypted.empty()) {
    AesCbcEncrypt(session_->keys().enc, session_->CommandIv(), std::span(command).subspan(header));
  }
  AppendTo(command, session_->Mac(Sl3Counter::kWrite, command[0], ByteView(command).subspan(1)));
  if (!session_->Count(Sl3Counter::kWrite)) return NoSession();
  PLAZA_ASSIGN_OR_RETURN(const Bytes mac, Send(command));
  if (!session_->Verify(Sl3Counter::kWrite, kSl3Ok, {}, mac)) return WrongMac();
  return {};
}

Result<void> Sl3Terminal::WriteCommand(Bytes command, ByteView encrypted) {
  if (!session_) return NoSession();
  auto done = CheckedWrite(std::move(command), encrypted);
  if (!done.ok()) EndSession();
  return done;
}

Result<void> Sl3Terminal::Write(Sl3Block block, const AesBlock& data, Sl3Mode mode) {
  if (mode == Sl3Mode::kEncrypted) return WriteCommand(OnBlock(0xA1, block), data);
  Bytes command = OnBlock(0xA3, block);
  AppendTo(command, data);
  return WriteCommand(std::move(command));
}

Result<void> Sl3Terminal::ValueCommand(Bytes command, std::int32_t amount) {
  AesBlock padded{};  // ISO/IEC 9797-1, padding method 2
  std::ranges::copy(ValueOctets(amount), padded.begin());
  padded[4] = 0x80;
  return WriteCommand(std::move(command), padded);
}

Result<void> Sl3Terminal::Increment(Sl3Block block, std::int32_t amount) {
  return ValueCommand(OnBlock(0xB1, block), amount);
}
Result<void> Sl3Terminal::Decrement(Sl3Block block, std::int32_t amount) {
  return ValueCommand(OnBlock(0xB3, block), amount);
}
Result<void> Sl3Terminal::Restore(Sl3Block block) { return WriteCommand(OnBlock(0xC3, block)); }
Result<void> Sl3Terminal::Transfer(Sl3Block block) { return WriteCommand(OnBlock(0xB5, block)); }
Result<void> Sl3Terminal::IncrementTransfer(const Sl3Move& move, std::int32_t amount) {
  return ValueCommand(OnMove(0xB7, move), amount);
}
Result<void> Sl3Terminal::DecrementTransfer(const Sl3Move& move, std::int32_t amount) {
  return ValueCommand(OnMove(0xB9, move), amount);
}

}  // namespace plaza::emv
