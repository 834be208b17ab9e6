// Session keys and secure messaging of DESFire: EV1's AES session key, EV2's keys and messages.
// Pure; both sides use it. Sources: NXP AN12343 (MIFARE DESFire Light: features and hints) and
// AN12196 (NTAG 424 DNA), whose examples are in the tests; MF2DLHX0 data sheet, 9.1.
#pragma once
#include "libs/emv/closedloop/three_pass.h"

namespace plaza::emv {

// EV1 (command AA): one key for both uses. RndA[0..3] ‖ RndB[0..3] ‖ RndA[12..15] ‖ RndB[12..15].
AesKey DeriveEv1AesKey(const Challenges& challenges);

struct Ev2Keys {
  AesKey enc;
  AesKey mac;
};
// EV2 (71, 77): CMACs of SV1 and SV2; the transaction identifier takes no part.
Ev2Keys DeriveEv2Keys(const AesKey& key, const Challenges& challenges);

// One EV2 session. A command's MAC and IV are of the counter before it is counted, its answer's of
// that after.
class Ev2Session {
 public:
  using Ti = std::array<std::uint8_t, 4>;
  Ev2Session(const Ev2Keys& keys, const Ti& ti) : keys_(keys), ti_(ti) {}

  void Rekey(const Ev2Keys& keys) { keys_ = keys; }  // identifier and counter go on
  bool Count();                                      // false: used up, the session must end
  // Over code ‖ counter ‖ TI ‖ rest; the code is the command's, or the answer's status (00).
  CutCmac Mac(std::uint8_t code, ByteView rest) const;
  bool Verify(std::uint8_t code, ByteView rest, ByteView mac) const;

  Bytes Encrypt(ByteView plain, std::uint8_t label) const;  // padded with 80 00…
  // None if it is not whole blocks or not padded.
  Result<Bytes> Decrypt(ByteView cipher, std::uint8_t label) const;
  static constexpr std::uint8_t kCommandLabel = 0xA5;  // the IV is E(A55A ‖ TI ‖ counter ‖ 0…)
  static constexpr std::uint8_t kAnswerLabel = 0x5A;  // of 5AA5

 private:
  AesBlock Iv(std::uint8_t label) const;

  Ev2Keys keys_;
  Ti ti_;
  std::uint16_t commands_ = 0;
};

}  // namespace plaza::emv
