// Reads a recorded conversation with a MIFARE Plus card at security level 3, with its keys: session
// keys, verified blocks, MACs. For vectors and for support; not for a gate.
#pragma once
#include <map>
#include <vector>

#include "libs/emv/closedloop/sl3_session.h"

namespace plaza::emv {

struct Sl3Exchange {
  Bytes command;
  Bytes answer;  // begins with the status octet
};

struct Sl3Replay {
  struct Session {
    TransactionId ti;
    Sl3Keys keys;
  };
  std::vector<Session> sessions;  // one for each authentication
  // What was read or written in a form whose answer has a MAC, and it held; the last of each.
  std::map<Sl3Block, AesBlock> blocks;
  std::size_t macs_checked = 0;  // a command's and an answer's count each
  std::size_t macs_failed = 0;
};

// `rnd_a`: the terminal's challenge in every authentication. CARD_NOT_AUTHENTIC if one fails;
// BAD_REPLAY, with the pair's place, for what is malformed, out of order, of a key not in `keys`,
// or in the EV1 secure messaging, which is not supported. Commands of other kinds are passed over;
// an answer that is not 90 ends the session.
Result<Sl3Replay> ReplaySl3(const std::map<Sl3KeyBlock, AesKey>& keys, const AesBlock& rnd_a,
                            const std::vector<Sl3Exchange>& script);

}  // namespace plaza::emv
