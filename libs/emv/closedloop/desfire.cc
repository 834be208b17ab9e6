#include "libs/emv/closedloop/desfire.h"

#include <algorithm>
#include <cstdio>

#include "libs/base/check.h"
#include "libs/emv/closedloop/value_block.h"
#include "libs/emv/crypto/secret.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"

namespace plaza::emv {
namespace {

constexpr std::uint8_t kOk = 0x00;
constexpr std::uint8_t kMore = 0xAF;
constexpr std::size_t kMacBytes = 8;

void AppendThree(Bytes& out, std::size_t number) {
  for (int shift = 0; shift < 24; shift += 8) {
    out.push_back(static_cast<std::uint8_t>(number >> shift));
  }
}

Bytes PlaceOf(const FileRange& range) {
  PLAZA_CHECK(range.length >= 1 && range.length <= kDesfireDataBytesMax &&
              range.offset < (1U << 24));
  Bytes header{range.file.number};
  AppendThree(header, range.offset);
  AppendThree(header, range.length);
  return header;
}

Bytes OctetsOf(std::int32_t amount) { return ToBytes(ValueOctets(amount)); }

Error NoSession() { return Error(errors::kNoSession, "the card is not authenticated"); }
Error WrongLength() { return Error(errors::kCardError, "an answer of another length"); }
Error OtherKey() { return Error(errors::kCardNotAuthentic, "the card does not hold this key"); }

}  // namespace

Result<Bytes> DesfireTerminal::Send(std::uint8_t ins, Bytes data, std::uint8_t status) {
  const Command command{
      .cla = 0x90, .ins = ins, .p1 = 0, .p2 = 0, .data = std::move(data), .le = 0};
  PLAZA_ASSIGN_OR_RETURN(Response response, Exchange(channel_, command));
  if (response.sw != (0x9100 | status)) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "status %04X to command %02X", response.sw, ins);
    return Error(errors::kCardRefused, text.data());
  }
  if (response.data.size() > 255) return WrongLength();
  return std::move(response.data);
}

Result<void> DesfireTerminal::SelectApplication(const DesfireAid& aid) {
  EndSession();
  PLAZA_ASSIGN_OR_RETURN(const Bytes answer, Send(0x5A, ToBytes(aid), kOk));
  if (!answer.empty()) return WrongLength();
  return {};
}

Result<AesKey> DesfireTerminal::AuthenticateEv1Aes(DesfireKeyNumber number, const AesKey& key) {
  EndSession();
  PLAZA_ASSIGN_OR_RETURN(Bytes challenge, Send(0xAA, {number.number}, kMore));
  if (challenge.size() != kAesBlockBytes) return WrongLength();
  const AesBlock first_iv = BlockAt(challenge, 0);  // the IV goes on over all three passes
  AesCbcDecrypt(key, AesBlock{}, challenge);
  const Challenges challenges{random_(), BlockAt(challenge, 0)};
  Zeroise(challenge);
  const auto proof = ChallengeAnswer(key, first_iv, challenges);
  PLAZA_ASSIGN_OR_RETURN(Bytes answer, Send(kMore, ToBytes(proof), kOk));
  if (answer.size() != kAesBlockBytes) return WrongLength();
  AesCbcDecrypt(key, BlockAt(proof, kAesBlockBytes), answer);
  if (!EqualConstantTime(answer, RotatedLeft(challenges.rnd_a))) return OtherKey();
  Zeroise(answer);
  return DeriveEv1AesKey(challenges);
}

Result<Challenges> DesfireTerminal::Challenge(Bytes first_step, const AesKey& key,
                                              std::uint8_t ins) {
  PLAZA_ASSIGN_OR_RETURN(Bytes challenge, Send(ins, std::move(first_step), kMore));
  if (challenge.size() != kAesBlockBytes) return WrongLength();
  AesCbcDecrypt(key, AesBlock{}, challenge);
  const AesBlock rnd_b = BlockAt(challenge, 0);
  Zeroise(challenge);
  return Challenges{random_(), rnd_b};
}

Result<void> DesfireTerminal::AuthenticateEv2First(DesfireKeyNumber number, const AesKey& key) {
  EndSession();
  PLAZA_ASSIGN_OR_RETURN(const Challenges challenges, Challenge({number.number, 0x00}, key, 0x71));
  PLAZA_ASSIGN_OR_RETURN(Bytes answer,
                         Send(kMore, ToBytes(ChallengeAnswer(key, AesBlock{}, challenges)), kOk));
  // TI ‖ RndA' ‖ the card's capabilities (6) ‖ the terminal's (6)
  if (answer.size() != 2 * kAesBlockBytes) return WrongLength();
  AesCbcDecrypt(key, AesBlock{}, answer);
  if (!EqualConstantTime(BlockAt(answer, 4), RotatedLeft(challenges.rnd_a))) return OtherKey();
  Ev2Session::Ti ti{};
  std::copy_n(answer.begin(), ti.size(), ti.begin());
  Zeroise(answer);
  session_.emplace(DeriveEv2Keys(key, challenges), ti);
  return {};
}

Result<void> DesfireTerminal::AuthenticateEv2NonFirst(DesfireKeyNumber number, const AesKey& key) {
  if (!session_) return NoSession();
  Ev2Session session = *session_;
  EndSession();  // until the card has proved the new key
  PLAZA_ASSIGN_OR_RETURN(const Challenges challenges, Challenge({number.number}, key, 0x77));
  PLAZA_ASSIGN_OR_RETURN(Bytes answer,
                         Send(kMore, ToBytes(ChallengeAnswer(key, AesBlock{}, challenges)), kOk));
  if (answer.size() != kAesBlockBytes) return WrongLength();
  AesCbcDecrypt(key, AesBlock{}, answer);
  if (!EqualConstantTime(answer, RotatedLeft(challenges.rnd_a))) return OtherKey();
  Zeroise(answer);
  session.Rekey(DeriveEv2Keys(key, challenges));
  session_ = session;
  return {};
}

Result<Bytes> DesfireTerminal::Checked(const Secured& command, CommMode mode) {
  Bytes body = command.header;
  const bool encrypt = mode == CommMode::kFull && !command.data.empty();
  AppendTo(body,
           encrypt ? session_->Encrypt(command.data, Ev2Session::kCommandLabel) : command.data);
  if (mode != CommMode::kPlain) AppendTo(body, session_->Mac(command.ins, body));
  if (!session_->Count()) return NoSession();
  PLAZA_ASSIGN_OR_RETURN(Bytes answer, Send(command.ins, std::move(body), kOk));
  if (mode == CommMode::kPlain) return answer;
  if (answer.size() < kMacBytes) return WrongLength();
  const std::size_t length = answer.size() - kMacBytes;
  const ByteView data = ByteView(answer).first(length);
  if (!session_->Verify(kOk, data, ByteView(answer).subspan(length))) {
    return Error(errors::kCardNotAuthentic, "an answer's MAC does not hold");
  }
  if (mode == CommMode::kFull && length > 0) {
    return session_->Decrypt(data, Ev2Session::kAnswerLabel);
  }
  answer.resize(length);
  return answer;
}

Result<Bytes> DesfireTerminal::Exchanged(Secured command, CommMode mode) {
  if (!session_) return NoSession();
  auto answer = Checked(command, mode);
  if (!answer.ok()) EndSession();
  return answer;
}

Result<void> DesfireTerminal::Done(Secured command, CommMode mode) {
  PLAZA_ASSIGN_OR_RETURN(const Bytes answer, Exchanged(std::move(command), mode));
  if (answer.empty()) return {};
  EndSession();
  return WrongLength();
}

Result<Bytes> DesfireTerminal::ReadData(const FileRange& range, CommMode mode) {
  PLAZA_ASSIGN_OR_RETURN(Bytes data, Exchanged({0xBD, PlaceOf(range), {}}, mode));
  if (data.size() == range.length) return data;
  EndSession();
  return WrongLength();
}

Result<void> DesfireTerminal::WriteData(DesfireFile file, std::uint32_t offset, ByteView data,
                                        CommMode mode) {
  return Done({0x3D, PlaceOf({file, offset, data.size()}), ToBytes(data)}, mode);
}

Result<std::int32_t> DesfireTerminal::GetValue(DesfireFile file, CommMode mode) {
  PLAZA_ASSIGN_OR_RETURN(const Bytes data, Exchanged({0x6C, {file.number}, {}}, mode));
  std::array<std::uint8_t, 4> octets{};
  if (data.size() != octets.size()) {
    EndSession();
    return WrongLength();
  }
  std::ranges::copy(data, octets.begin());
  return ValueFrom(octets);
}

Result<void> DesfireTerminal::Credit(DesfireFile file, std::int32_t amount, CommMode mode) {
  return Done({0x0C, {file.number}, OctetsOf(amount)}, mode);
}
Result<void> DesfireTerminal::Debit(DesfireFile file, std::int32_t amount, CommMode mode) {
  return Done({0xDC, {file.number}, OctetsOf(amount)}, mode);
}
Result<void> DesfireTerminal::Commit() { return Done({0xC7, {}, {}}, CommMode::kMac); }
Result<void> DesfireTerminal::Abort() { return Done({0xA7, {}, {}}, CommMode::kMac); }

}  // namespace plaza::emv
