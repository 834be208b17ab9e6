// DUKPT: a key of its own for each transaction, from a base derivation key (BDK) that only the host
// has. AES-DUKPT is ANSI X9.24-3:2017, TDES-DUKPT is ANSI X9.24-1:2009, Annex A.
//
// The keys form a tree: the initial key is its root, and the key of counter c is derived from that
// of c without its lowest set bit. This file is the host's side; dukpt_terminal.h is the
// terminal's.
#pragma once
#include <optional>
#include <vector>

#include "libs/base/result.h"
#include "libs/emv/crypto/block_cipher.h"
#include "libs/emv/crypto/secret.h"

namespace plaza::emv {

enum class DukptAlgorithm { kAes128, kAes192, kAes256, kTdes };
// Seen from the terminal: kMacGeneration is of what it sends, kMacVerification of what it gets.
// TDES has no kKeyEncryption; there the both-way usages are those of requests, and
// kMacVerification and kDataDecrypt the response variants (X9.24-1:2009, Table A-1).
enum class DukptUsage {
  kKeyEncryption,
  kPinEncryption,
  kMacGeneration,
  kMacVerification,
  kMacBoth,
  kDataEncrypt,
  kDataDecrypt,
  kDataBoth,
  kKeyDerivation,  // the transaction key itself
};
enum class DukptKeyType {
  k2Tdea,
  k3Tdea,
  kAes128,
  kAes192,
  kAes256,
  kHmac128,
  kHmac192,
  kHmac256,
};
DukptKeyType OwnKeyType(DukptAlgorithm algorithm);  // of BDK, initial and transaction keys

inline constexpr std::uint32_t kDukptUpdateCounter = 0xFFFFFFFF;  // X9.24-3, 6.5: key updates

// A key serial number.
struct DukptKsn {
  Bytes id;  // AES: initial key id, 8 bytes. TDES: all 10 bytes, the 21 bits of the counter zero
  std::uint32_t counter = 0;
};
// KSN_LENGTH: AES 12 bytes (counter of 32 bits), TDES 10 (counter of 21). Any counter.
Result<DukptKsn> ParseKsn(DukptAlgorithm algorithm, ByteView ksn);
Bytes EncodeKsn(DukptAlgorithm algorithm, const DukptKsn& ksn);

// Whether a terminal ever uses this counter: not 0, at most 16 (TDES 10) bits set.
bool IsTransactionCounter(DukptAlgorithm algorithm, std::uint32_t counter);
// The one after it; none when the initial key is used up (X9.24-3, 6.1; X9.24-1, A.2).
std::optional<std::uint32_t> NextCounter(DukptAlgorithm algorithm, std::uint32_t counter);

// `ksn_id` as in DukptKsn. KEY_LENGTH, KSN_LENGTH.
Result<SecretBytes> DeriveInitialKey(DukptAlgorithm algorithm, ByteView bdk, ByteView ksn_id);
// The same with an AES base derivation key that somebody else holds. KSN_LENGTH; errors of `bdk`;
// DUKPT_USAGE for TDES.
Result<SecretBytes> DeriveInitialKey(DukptAlgorithm algorithm, const BlockFunction& bdk,
                                     ByteView ksn_id);

struct DukptWorkingKey {
  DukptUsage usage;
  DukptKeyType type;
};
// KEY_LENGTH, KSN_LENGTH; KSN_COUNTER; DUKPT_USAGE when the scheme has no such usage or type.
// The update key is counter kDukptUpdateCounter with kKeyEncryption (AES).
Result<SecretBytes> DeriveWorkingKey(DukptAlgorithm algorithm, ByteView initial_key,
                                     const DukptKsn& ksn, DukptWorkingKey wanted);
// The same for many counters of one initial key, in any order; keys come in that order. One walk of
// the tree: each intermediate key is derived once, however many counters are below it. At most
// kDukptBatchMax counters (KSN_COUNTER).
Result<std::vector<SecretBytes>> DeriveWorkingKeys(DukptAlgorithm algorithm, ByteView initial_key,
                                                   ByteView ksn_id,
                                                   std::span<const std::uint32_t> counters,
                                                   DukptWorkingKey wanted);

// The steps, for both sides. `parent` is the key of `counter` without its lowest set bit.
SecretBytes DeriveChildKey(DukptAlgorithm algorithm, ByteView parent, ByteView ksn_id,
                           std::uint32_t counter);

// The path from the initial key to the last counter asked for. Ascending counters visit the tree in
// pre-order: a key that is no prefix of the next counter is never needed again, so each is derived
// once. Lengths are the caller's promise (DeriveChildKey aborts). Not to be shared by threads.
class DukptWalk {
 public:
  DukptWalk(DukptAlgorithm algorithm, ByteView initial_key, ByteView ksn_id);
  // The transaction key, valid until the next call. Any counter, in any order.
  ByteView KeyOf(std::uint32_t counter);
  std::size_t derived() const { return derived_; }  // keys so far

 private:
  struct Node {
    std::uint32_t counter;
    SecretBytes key;
  };
  DukptAlgorithm algorithm_;
  Bytes ksn_id_;
  std::vector<Node> path_;
  std::size_t derived_ = 0;
};
// DUKPT_USAGE.
Result<SecretBytes> WorkingKeyOf(DukptAlgorithm algorithm, ByteView transaction_key,
                                 const DukptKsn& ksn, DukptWorkingKey wanted);

}  // namespace plaza::emv
