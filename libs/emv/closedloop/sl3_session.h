// Secure messaging of MIFARE Plus at security level 3, the form that all of S, X, SE, EV1 and EV2
// speak ("EV0"). Pure; both sides use it.
//
// Facts are those of public implementations: Proxmark3, client/src/mifare/mifare4.c and
// cmdhfmfp.c (authentication, session keys, reads and their MACs, as read from real cards);
// liblogicalaccess, MifarePlusSL3Auth.cpp (writes and the initialisation vectors); NXP's
// documents for these cards are not public.
#pragma once
#include "libs/emv/closedloop/three_pass.h"

namespace plaza::emv {

struct Sl3Block {
  std::uint16_t number = 0;
  auto operator<=>(const Sl3Block&) const = default;
};
bool IsSectorTrailer(Sl3Block block);
struct Sl3KeyBlock {
  std::uint16_t number = 0;  // 0x4000 + 2 × sector for key A, one more for key B
  auto operator<=>(const Sl3KeyBlock&) const = default;
};
using TransactionId = std::array<std::uint8_t, 4>;

inline constexpr std::uint8_t kSl3Ok = 0x90;
inline constexpr std::size_t kCutMacBytes = 8;

struct Sl3Keys {
  AesKey enc;
  AesKey mac;
};
Sl3Keys DeriveSl3Keys(const AesKey& key, const Challenges& challenges);

enum class Sl3Counter { kRead, kWrite };

// One session: keys, transaction identifier, the counters of reads and of writes. A command's MAC
// and IV are of the counters before it is counted, its answer's of those after.
class Sl3Session {
 public:
  Sl3Session(const Sl3Keys& keys, const TransactionId& ti) : keys_(keys), ti_(ti) {}

  // A following authentication changes the keys; identifier and counters go on.
  void Rekey(const Sl3Keys& keys) { keys_ = keys; }
  bool Count(Sl3Counter counter);  // false: used up, the session must end

  // Over code ‖ counter ‖ TI ‖ rest. `rest`: of a command what follows its code; of a read's answer
  // first block ‖ number of blocks ‖ data as sent; of a write's answer nothing.
  CutCmac Mac(Sl3Counter counter, std::uint8_t code, ByteView rest) const;
  bool Verify(Sl3Counter counter, std::uint8_t code, ByteView rest, ByteView mac) const;

  AesBlock CommandIv() const;  // TI ‖ (R ‖ W) three times
  AesBlock AnswerIv() const;   // (R ‖ W) three times ‖ TI
  const Sl3Keys& keys() const { return keys_; }
  const TransactionId& ti() const { return ti_; }

 private:
  std::array<std::uint8_t, 12> Counters() const;

  Sl3Keys keys_;
  TransactionId ti_;
  std::uint16_t reads_ = 0;
  std::uint16_t writes_ = 0;
};

// The last step of an authentication, from the card's decrypted answer: TI ‖ RndA' ‖ capabilities
// (32 octets) of a first one, RndA' (16) of a following one.
bool ProvesKey(ByteView plain_answer, const AesBlock& rnd_a);

}  // namespace plaza::emv
