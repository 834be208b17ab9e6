#include "libs/emv/closedloop/sl3_replay.h"

#include <algorithm>
#include <optional>

#include "libs/emv/errors.h"
#include "libs/emv/limits.h"

namespace plaza::emv {
namespace {

constexpr std::size_t kBlock = kAesBlockBytes;

std::uint16_t NumberAt(ByteView bytes, std::size_t offset) {
  return static_cast<std::uint16_t>(bytes[offset] | bytes[offset + 1] << 8);
}

// The octets between the code and the MAC of a value command; none if `code` is not one.
std::optional<std::size_t> ValueOperands(std::uint8_t code) {
  switch (code & 0xFE) {
    case 0xB0:  // increment
    case 0xB2:  // decrement
      return 2 + kBlock;
    case 0xB6:  // increment, transfer
    case 0xB8:  // decrement, transfer
      return 4 + kBlock;
    case 0xB4:  // transfer
    case 0xC2:  // restore
      return 2;
    default:
      return std::nullopt;
  }
}

class Reader {
 public:
  Reader(const std::map<Sl3KeyBlock, AesKey>& keys, const AesBlock& rnd_a)
      : keys_(keys), rnd_a_(rnd_a) {}

  Result<void> Take(const Sl3Exchange& pair) {
    const Bytes& command = pair.command;
    if (command.empty() || pair.answer.empty() || pair.answer.size() > kSl3AnswerBytesMax ||
        command.size() > kSl3AnswerBytesMax) {
      return Bad("commands and answers have 1 to 249 bytes");
    }
    const std::uint8_t code = command[0];
    if (code == 0x70 || code == 0x76) return TakeChallenge(pair);
    if (code == 0x72) return TakeProof(pair);
    challenge_.reset();
    if ((code & 0xF8) == 0x30) return TakeRead(pair);
    if ((code & 0xFC) == 0xA0) return TakeWrite(pair);
    if (ValueOperands(code)) return TakeValue(pair);
    if (code == 0x78) session_.reset();  // the authentication is given up
    return {};
  }
  Sl3Replay Finish() { return std::move(replay_); }

 private:
  struct Pending {
    AesKey key;
    AesBlock rnd_b;
    bool first;
  };

  static Error Bad(const char* what) { return Error(errors::kBadReplay, what); }
  static Error Failed(const char* what) { return Error(errors::kCardNotAuthentic, what); }

  Result<void> TakeChallenge(const Sl3Exchange& pair) {
    const Bytes& command = pair.command;
    const bool first = command[0] == 0x70;
    const bool whole =
        first ? command.size() >= 4 && command.size() == 4U + command[3] : command.size() == 3;
    if (!whole) return Bad("the command of an authentication is of another length");
    if (first && command.size() > 4 && command[4] != 0) {
      return Bad("EV1 secure messaging is not supported");
    }
    if (!first && !session_) return Bad("a following authentication needs a first one");
    const auto key = keys_.find(Sl3KeyBlock{NumberAt(command, 1)});
    if (key == keys_.end()) return Bad("no key is given for this key block");
    if (pair.answer[0] != kSl3Ok || pair.answer.size() != 1 + kBlock) {
      return Failed("the card refuses the authentication");
    }
    AesBlock rnd_b = BlockAt(pair.answer, 1);
    AesCbcDecrypt(key->second, AesBlock{}, rnd_b);
    challenge_ = Pending{key->second, rnd_b, first};
    return {};
  }

  Result<void> TakeProof(const Sl3Exchange& pair) {
    if (!challenge_) return Bad("72 without 70 or 76 before it");
    const Pending pending = *challenge_;
    challenge_.reset();
    PLAZA_ASSIGN_OR_RETURN(const AesBlock rnd_a,
                           OpenChallengeAnswer(pending.key, AesBlock{}, pending.rnd_b,
                                               ByteView(pair.command).subspan(1)));
    if (rnd_a != rnd_a_) return Failed("the terminal's challenge is not rnd_a");
    Bytes plain(pair.answer.begin() + 1, pair.answer.end());
    if (pair.answer[0] != kSl3Ok || plain.size() != (pending.first ? 2 * kBlock : kBlock)) {
      return Failed("the card refuses the terminal's proof");
    }
    AesCbcDecrypt(pending.key, AesBlock{}, plain);
    if (!ProvesKey(plain, rnd_a)) return Failed("the card does not hold this key");
    const Sl3Keys keys = DeriveSl3Keys(pending.key, {rnd_a, pending.rnd_b});
    if (pending.first) {
      TransactionId ti{};
      std::copy_n(plain.begin(), ti.size(), ti.begin());
      session_.emplace(keys, ti);
    } else {
      session_->Rekey(keys);
    }
    replay_.sessions.push_back({session_->ti(), keys});
    return {};
  }

  bool CheckMac(Sl3Counter counter, std::uint8_t code, ByteView covered, ByteView mac) {
    ++replay_.macs_checked;
    const bool holds = session_->Verify(counter, code, covered, mac);
    if (!holds) ++replay_.macs_failed;
    return holds;
  }

  // Checks the command's MAC if it has one and counts it. False: the card refused it.
  Result<bool> Open(const Sl3Exchange& pair, Sl3Counter counter, std::size_t operands,
                    bool has_mac) {
    if (!session_) return Bad("a command without a session");
    const ByteView rest = ByteView(pair.command).subspan(1);
    if (rest.size() != operands + (has_mac ? kCutMacBytes : 0)) {
      return Bad("a command of another length");
    }
    command_holds_ = !has_mac || CheckMac(counter, pair.command[0], rest.first(operands),
                                          rest.subspan(operands));
    if (pair.answer[0] != kSl3Ok) {
      session_.reset();
      return false;
    }
    command_iv_ = session_->CommandIv();
    if (!session_->Count(counter)) return Bad("more commands than a session has");
    return true;
  }

  void Keep(Sl3Block first, ByteView data) {
    Sl3Block block = first;
    for (std::size_t offset = 0; offset < data.size(); offset += kBlock) {
      // A card leaves sector trailers out of a run that began before them.
      if (offset != 0 && IsSectorTrailer(block)) ++block.number;
      replay_.blocks[block] = BlockAt(data, offset);
      ++block.number;
    }
  }

  Result<void> TakeRead(const Sl3Exchange& pair) {
    const std::uint8_t code = pair.command[0];
    const bool mac_on_answer = (code & 0x01) != 0;
    const bool plain = (code & 0x02) != 0;
    const bool mac_on_command = (code & 0x04) == 0;
    PLAZA_ASSIGN_OR_RETURN(const bool granted, Open(pair, Sl3Counter::kRead, 3, mac_on_command));
    if (!granted) return {};
    const std::size_t length = pair.command[3] * kBlock;
    const ByteView answer = ByteView(pair.answer).subspan(1);
    if (length == 0 || answer.size() != length + (mac_on_answer ? kCutMacBytes : 0)) {
      return Bad("an answer of another length");
    }
    if (!mac_on_answer) return {};
    Bytes covered(pair.command.begin() + 1, pair.command.begin() + 4);
    AppendTo(covered, answer.first(length));
    if (!CheckMac(Sl3Counter::kRead, kSl3Ok, covered, answer.subspan(length))) return {};
    Bytes data = ToBytes(answer.first(length));
    if (!plain) AesCbcDecrypt(session_->keys().enc, session_->AnswerIv(), data);
    Keep(Sl3Block{NumberAt(pair.command, 1)}, data);
    return {};
  }

  // An answer to a write or a value command: true if it has a MAC and this holds.
  Result<bool> CloseWrite(const Sl3Exchange& pair) {
    const bool has_mac = (pair.command[0] & 0x01) != 0;
    const ByteView mac = ByteView(pair.answer).subspan(1);
    if (mac.size() != (has_mac ? kCutMacBytes : 0)) return Bad("an answer of another length");
    return has_mac && CheckMac(Sl3Counter::kWrite, kSl3Ok, {}, mac);
  }

  Result<void> TakeWrite(const Sl3Exchange& pair) {
    const std::size_t size = pair.command.size();
    constexpr std::size_t kFrame = 1 + 2 + kCutMacBytes;
    if (size < kFrame + kBlock || (size - kFrame) % kBlock != 0) {
      return Bad("a command of another length");
    }
    PLAZA_ASSIGN_OR_RETURN(const bool granted,
                           Open(pair, Sl3Counter::kWrite, size - 1 - kCutMacBytes, true));
    if (!granted) return {};
    PLAZA_ASSIGN_OR_RETURN(const bool answer_holds, CloseWrite(pair));
    if (!answer_holds || !command_holds_) return {};
    Bytes data = ToBytes(ByteView(pair.command).subspan(3, size - kFrame));
    const bool plain = (pair.command[0] & 0x02) != 0;
    if (!plain) AesCbcDecrypt(session_->keys().enc, command_iv_, data);
    Keep(Sl3Block{NumberAt(pair.command, 1)}, data);
    return {};
  }

  Result<void> TakeValue(const Sl3Exchange& pair) {
    PLAZA_ASSIGN_OR_RETURN(const bool granted,
                           Open(pair, Sl3Counter::kWrite, *ValueOperands(pair.command[0]), true));
    if (!granted) return {};
    PLAZA_RETURN_IF_ERROR(CloseWrite(pair));
    return {};
  }

  const std::map<Sl3KeyBlock, AesKey>& keys_;
  AesBlock rnd_a_;
  std::optional<Pending> challenge_;
  std::optional<Sl3Session> session_;
  bool command_holds_ = false;  // of the command that Open saw last
  AesBlock command_iv_{};       // of the same
  Sl3Replay replay_;
};

}  // namespace

Result<Sl3Replay> ReplaySl3(const std::map<Sl3KeyBlock, AesKey>& keys, const AesBlock& rnd_a,
                            const std::vector<Sl3Exchange>& script) {
  if (script.size() > kSl3ScriptMax) {
    return Error(errors::kBadReplay, "a script has at most 4096 pairs");
  }
  Reader reader(keys, rnd_a);
  for (std::size_t i = 0; i < script.size(); ++i) {
    const auto taken = reader.Take(script[i]);
    if (taken.ok()) continue;
    const ErrorKind& kind =
        taken.error().Is(errors::kBadReplay) ? errors::kBadReplay : errors::kCardNotAuthentic;
    return Error(kind, taken.error().what(), "pair " + std::to_string(i));
  }
  return reader.Finish();
}

}  // namespace plaza::emv
