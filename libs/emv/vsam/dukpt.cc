#include "libs/emv/vsam/dukpt.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

#include "libs/base/big_endian.h"
#include "libs/base/check.h"
#include "libs/emv/crypto/block_cipher.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"

namespace plaza::emv {
namespace {

constexpr std::size_t kAesIdBytes = 8;
constexpr std::size_t kTdesKsnBytes = 10;
constexpr std::uint32_t kTdesCounterMask = 0x1FFFFF;
constexpr std::size_t kDesBytes = 8;

bool IsTdes(DukptAlgorithm algorithm) { return algorithm == DukptAlgorithm::kTdes; }
int BitsMax(DukptAlgorithm algorithm) { return IsTdes(algorithm) ? 10 : 16; }
std::uint32_t CounterMask(DukptAlgorithm algorithm) {
  return IsTdes(algorithm) ? kTdesCounterMask : 0xFFFFFFFF;
}

// Algorithm indicator and length of a key in derivation data (X9.24-3, 6.3.2, Table 3).
struct TypeInfo {
  std::uint16_t indicator;
  std::uint16_t bits;
};
TypeInfo InfoOf(DukptKeyType type) {
  constexpr std::array<TypeInfo, 8> kTypes = {
      {{0, 128}, {1, 192}, {2, 128}, {3, 192}, {4, 256}, {5, 128}, {5, 192}, {5, 256}}};
  return kTypes.at(static_cast<std::size_t>(type));
}

// Key usage indicator (Table 3); that of the initial key is 8001.
constexpr std::uint16_t kInitialKeyIndicator = 0x8001;
constexpr std::uint16_t kDerivationIndicator = 0x8000;
std::uint16_t IndicatorOf(DukptUsage usage) {
  constexpr std::array<std::uint16_t, 9> kUsages = {
      0x0002, 0x1000, 0x2000, 0x2001, 0x2002, 0x3000, 0x3001, 0x3002, kDerivationIndicator};
  return kUsages.at(static_cast<std::size_t>(usage));
}

// X9.24-3, 6.3.1 and 6.3.2: AES-ECB over the derivation data, a block counter in its second byte.
// `context`: the 8 bytes at its end. `encrypt(in, out)` is one block under the key.
template <class Encrypt>
Result<SecretBytes> DeriveAesBy(const Encrypt& encrypt, std::uint16_t usage, DukptKeyType type,
                                ByteView context) {
  const TypeInfo info = InfoOf(type);
  std::array<std::uint8_t, 16> data{0x01};
  const std::span<std::uint8_t> all(data);
  PutBigEndian(all.subspan(2, 2), usage);
  PutBigEndian(all.subspan(4, 2), info.indicator);
  PutBigEndian(all.subspan(6, 2), info.bits);
  std::ranges::copy(context, all.subspan(8).begin());

  SecretBytes derived{Bytes(info.bits / 8)};
  SecretBytes block{Bytes(data.size())};
  for (std::size_t at = 0; at < derived.size(); at += block.size()) {
    ++data[1];
    PLAZA_RETURN_IF_ERROR(encrypt(data, block.span()));
    const std::size_t size = std::min(block.size(), derived.size() - at);
    std::ranges::copy(block.view().first(size), derived.span().subspan(at).begin());
  }
  return derived;
}

SecretBytes DeriveAes(ByteView key, std::uint16_t usage, DukptKeyType type, ByteView context) {
  const BlockCipher cipher(CipherKind::kAes, key);
  const auto encrypt = [&](ByteView in, std::span<std::uint8_t> out) {
    cipher.Encrypt(in, out);
    return Result<void>();
  };
  return DeriveAesBy(encrypt, usage, type, context).value();
}

// The right half of the initial key id, then the counter (Table 2).
std::array<std::uint8_t, 8> AesContext(ByteView ksn_id, std::uint32_t counter) {
  std::array<std::uint8_t, 8> context{};
  std::ranges::copy(ksn_id.last(4), context.begin());
  PutBigEndian(std::span(context).last(4), counter);
  return context;
}

// The same mask on both halves of a double-length key.
SecretBytes Masked(ByteView key, std::uint64_t mask) {
  SecretBytes out(ToBytes(key));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out.span()[i] ^= static_cast<std::uint8_t>(mask >> (8 * (7 - i % kDesBytes)));
  }
  return out;
}
constexpr std::uint64_t kKeyMask = 0xC0C0C0C000000000;

// X9.24-1, A.2, "non-reversible key generation": single DES under the left half, of the register
// XORed with the right half, before and after; the left half comes from the masked key.
void TdesHalf(ByteView key, ByteView ksn, std::span<std::uint8_t> out) {
  const BlockCipher cipher(CipherKind::kTdea, key.first(kDesBytes));
  const ByteView right = key.last(kDesBytes);
  for (std::size_t i = 0; i < kDesBytes; ++i) out[i] = ksn[i] ^ right[i];
  cipher.Encrypt(out, out);
  for (std::size_t i = 0; i < kDesBytes; ++i) out[i] ^= right[i];
}

SecretBytes TdesChild(ByteView parent, ByteView ksn_id, std::uint32_t counter) {
  const Bytes ksn = EncodeKsn(DukptAlgorithm::kTdes, {ToBytes(ksn_id), counter});
  const ByteView register8 = ByteView(ksn).last(kDesBytes);
  SecretBytes child{Bytes(2 * kDesBytes)};
  TdesHalf(Masked(parent, kKeyMask).view(), register8, child.span().first(kDesBytes));
  TdesHalf(parent, register8, child.span().last(kDesBytes));
  return child;
}

// X9.24-1:2009, Table A-1; none for usages that TDES-DUKPT does not have.
std::optional<std::uint64_t> VariantOf(DukptUsage usage) {
  switch (usage) {
    case DukptUsage::kPinEncryption:
      return 0x00000000000000FF;
    case DukptUsage::kMacGeneration:
    case DukptUsage::kMacBoth:
      return 0x000000000000FF00;
    case DukptUsage::kMacVerification:
      return 0x00000000FF000000;
    case DukptUsage::kDataEncrypt:
    case DukptUsage::kDataBoth:
      return 0x0000000000FF0000;
    case DukptUsage::kDataDecrypt:
      return 0x000000FF00000000;
    case DukptUsage::kKeyEncryption:
    case DukptUsage::kKeyDerivation:
      break;
  }
  return std::nullopt;
}

Result<SecretBytes> TdesWorkingKey(ByteView transaction_key, DukptUsage usage) {
  if (usage == DukptUsage::kKeyDerivation) return SecretBytes(ToBytes(transaction_key));
  const auto variant = VariantOf(usage);
  if (!variant) return Error(errors::kDukptUsage, "TDES-DUKPT has no key encryption key");
  SecretBytes key = Masked(transaction_key, *variant);
  const bool data = usage == DukptUsage::kDataEncrypt || usage == DukptUsage::kDataDecrypt ||
                    usage == DukptUsage::kDataBoth;
  // A data key is one step further: the variant encrypted under itself (X9.24-1:2009, A.4.1).
  if (data) BlockCipher(CipherKind::kTdea, key.view()).Encrypt(key.view(), key.span());
  return key;
}

std::size_t KeyBytes(DukptAlgorithm algorithm) { return InfoOf(OwnKeyType(algorithm)).bits / 8; }

Result<void> CheckId(DukptAlgorithm algorithm, ByteView ksn_id) {
  const std::size_t id_bytes = IsTdes(algorithm) ? kTdesKsnBytes : kAesIdBytes;
  if (ksn_id.size() != id_bytes) {
    return Error(errors::kKsnLength, "a key id of " + std::to_string(ksn_id.size()) +
                                         " bytes, not " + std::to_string(id_bytes));
  }
  return {};
}

Result<void> CheckKeyAndId(DukptAlgorithm algorithm, ByteView key, ByteView ksn_id) {
  if (key.size() != KeyBytes(algorithm)) {
    return Error(errors::kKeyLength, "a key of " + std::to_string(key.size()) + " bytes, not " +
                                         std::to_string(KeyBytes(algorithm)));
  }
  return CheckId(algorithm, ksn_id);
}

bool IsUpdateKey(DukptAlgorithm algorithm, std::uint32_t counter, DukptUsage usage) {
  return !IsTdes(algorithm) && counter == kDukptUpdateCounter &&
         usage == DukptUsage::kKeyEncryption;
}

Result<void> CheckCounters(DukptAlgorithm algorithm, std::span<const std::uint32_t> counters,
                           DukptUsage usage) {
  if (counters.size() > kDukptBatchMax) {
    return Error(errors::kKsnCounter, std::to_string(counters.size()) + " counters in one batch");
  }
  for (std::size_t i = 0; i < counters.size(); ++i) {
    const std::uint32_t counter = counters[i];
    if (IsTransactionCounter(algorithm, counter) || IsUpdateKey(algorithm, counter, usage)) {
      continue;
    }
    return Error(errors::kKsnCounter,
                 "counter " + std::to_string(counter) + " with " +
                     std::to_string(std::popcount(counter)) + " bits set",
                 "counter " + std::to_string(i));
  }
  return {};
}

// `whole` is `prefix` with more bits below its lowest set bit.
bool IsPrefix(std::uint32_t prefix, std::uint32_t whole) {
  if (prefix == 0) return true;
  const std::uint32_t below = (prefix & (0 - prefix)) - 1;
  return (whole & ~below) == prefix;
}

}  // namespace

DukptKeyType OwnKeyType(DukptAlgorithm algorithm) {
  switch (algorithm) {
    case DukptAlgorithm::kAes128:
      return DukptKeyType::kAes128;
    case DukptAlgorithm::kAes192:
      return DukptKeyType::kAes192;
    case DukptAlgorithm::kAes256:
      return DukptKeyType::kAes256;
    case DukptAlgorithm::kTdes:
      break;
  }
  return DukptKeyType::k2Tdea;
}

Result<DukptKsn> ParseKsn(DukptAlgorithm algorithm, ByteView ksn) {
  const std::size_t size = IsTdes(algorithm) ? kTdesKsnBytes : kAesIdBytes + 4;
  if (ksn.size() != size) {
    return Error(errors::kKsnLength,
                 "a KSN of " + std::to_string(ksn.size()) + " bytes, not " + std::to_string(size));
  }
  DukptKsn parsed;
  parsed.counter = static_cast<std::uint32_t>(GetBigEndian(ksn.last(4))) & CounterMask(algorithm);
  parsed.id = ToBytes(IsTdes(algorithm) ? ksn : ksn.first(kAesIdBytes));
  if (IsTdes(algorithm)) {
    PutBigEndian(std::span(parsed.id).last(4),
                 static_cast<std::uint32_t>(GetBigEndian(ksn.last(4))) & ~kTdesCounterMask);
  }
  return parsed;
}

Bytes EncodeKsn(DukptAlgorithm algorithm, const DukptKsn& ksn) {
  Bytes out = ksn.id;
  if (IsTdes(algorithm)) {
    const auto low = std::span(out).last(4);
    PutBigEndian(low, (GetBigEndian(low) & ~kTdesCounterMask) | (ksn.counter & kTdesCounterMask));
  } else {
    out.resize(out.size() + 4);
    PutBigEndian(std::span(out).last(4), ksn.counter);
  }
  return out;
}

bool IsTransactionCounter(DukptAlgorithm algorithm, std::uint32_t counter) {
  return counter != 0 && counter <= CounterMask(algorithm) &&
         std::popcount(counter) <= BitsMax(algorithm);
}

std::optional<std::uint32_t> NextCounter(DukptAlgorithm algorithm, std::uint32_t counter) {
  // A counter with all the bits that it may have has no keys below it: go to the next subtree.
  const bool leaf = std::popcount(counter) >= BitsMax(algorithm);
  const std::uint64_t step = leaf ? (counter & (0 - counter)) : 1;
  const std::uint64_t next = counter + step;
  if (next > CounterMask(algorithm)) return std::nullopt;
  return static_cast<std::uint32_t>(next);
}

Result<SecretBytes> DeriveInitialKey(DukptAlgorithm algorithm, ByteView bdk, ByteView ksn_id) {
  PLAZA_RETURN_IF_ERROR(CheckKeyAndId(algorithm, bdk, ksn_id));
  if (!IsTdes(algorithm)) {
    return DeriveAes(bdk, kInitialKeyIndicator, OwnKeyType(algorithm), ksn_id);
  }
  // X9.24-1, A.6: the leftmost 8 bytes of the KSN under the BDK, then under the masked BDK.
  const Bytes ksn = EncodeKsn(algorithm, {ToBytes(ksn_id), 0});
  const ByteView left = ByteView(ksn).first(kDesBytes);
  SecretBytes key{Bytes(2 * kDesBytes)};
  BlockCipher(CipherKind::kTdea, bdk).Encrypt(left, key.span().first(kDesBytes));
  BlockCipher(CipherKind::kTdea, Masked(bdk, kKeyMask).view())
      .Encrypt(left, key.span().last(kDesBytes));
  return key;
}

Result<SecretBytes> DeriveInitialKey(DukptAlgorithm algorithm, const BlockFunction& bdk,
                                     ByteView ksn_id) {
  if (IsTdes(algorithm)) return Error(errors::kDukptUsage, "TDES-DUKPT needs the key itself");
  PLAZA_RETURN_IF_ERROR(CheckId(algorithm, ksn_id));
  const auto encrypt = [&](ByteView in, std::span<std::uint8_t> out) -> Result<void> {
    PLAZA_ASSIGN_OR_RETURN(const SecretBytes block, bdk(in));
    std::ranges::copy(block.view(), out.begin());
    return {};
  };
  return DeriveAesBy(encrypt, kInitialKeyIndicator, OwnKeyType(algorithm), ksn_id);
}

SecretBytes DeriveChildKey(DukptAlgorithm algorithm, ByteView parent, ByteView ksn_id,
                           std::uint32_t counter) {
  PLAZA_CHECK(parent.size() == KeyBytes(algorithm));
  if (IsTdes(algorithm)) return TdesChild(parent, ksn_id, counter);
  return DeriveAes(parent, kDerivationIndicator, OwnKeyType(algorithm),
                   AesContext(ksn_id, counter));
}

Result<SecretBytes> WorkingKeyOf(DukptAlgorithm algorithm, ByteView transaction_key,
                                 const DukptKsn& ksn, DukptWorkingKey wanted) {
  const bool own_type = wanted.type == OwnKeyType(algorithm);
  const bool own_only = IsTdes(algorithm) || wanted.usage == DukptUsage::kKeyDerivation;
  if (own_only && !own_type) {
    return Error(errors::kDukptUsage, "a key of this usage has the type of the transaction key");
  }
  if (IsTdes(algorithm)) return TdesWorkingKey(transaction_key, wanted.usage);
  if (wanted.usage == DukptUsage::kKeyDerivation) return SecretBytes(ToBytes(transaction_key));
  return DeriveAes(transaction_key, IndicatorOf(wanted.usage), wanted.type,
                   AesContext(ksn.id, ksn.counter));
}

DukptWalk::DukptWalk(DukptAlgorithm algorithm, ByteView initial_key, ByteView ksn_id)
    : algorithm_(algorithm), ksn_id_(ToBytes(ksn_id)) {
  path_.push_back({0, SecretBytes(ToBytes(initial_key))});
}

ByteView DukptWalk::KeyOf(std::uint32_t counter) {
  while (!IsPrefix(path_.back().counter, counter)) path_.pop_back();
  while (path_.back().counter != counter) {
    const Node& parent = path_.back();
    const std::uint32_t next = parent.counter | std::bit_floor(counter ^ parent.counter);
    SecretBytes key = DeriveChildKey(algorithm_, parent.key.view(), ksn_id_, next);
    path_.push_back({next, std::move(key)});
    ++derived_;
  }
  return path_.back().key.view();
}

Result<std::vector<SecretBytes>> DeriveWorkingKeys(DukptAlgorithm algorithm, ByteView initial_key,
                                                   ByteView ksn_id,
                                                   std::span<const std::uint32_t> counters,
                                                   DukptWorkingKey wanted) {
  PLAZA_RETURN_IF_ERROR(CheckKeyAndId(algorithm, initial_key, ksn_id));
  PLAZA_RETURN_IF_ERROR(CheckCounters(algorithm, counters, wanted.usage));
  std::vector<std::size_t> order(counters.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return counters[i]; });
  std::vector<SecretBytes> keys(counters.size());
  DukptWalk walk(algorithm, initial_key, ksn_id);
  DukptKsn ksn{ToBytes(ksn_id), 0};
  for (const std::size_t i : order) {
    ksn.counter = counters[i];
    auto key = WorkingKeyOf(algorithm, walk.KeyOf(ksn.counter), ksn, wanted);
    if (!key.ok()) return key.error();
    keys[i] = std::move(*key);
  }
  return keys;
}

Result<SecretBytes> DeriveWorkingKey(DukptAlgorithm algorithm, ByteView initial_key,
                                     const DukptKsn& ksn, DukptWorkingKey wanted) {
  auto keys = DeriveWorkingKeys(algorithm, initial_key, ksn.id, {&ksn.counter, 1}, wanted);
  if (!keys.ok()) return keys.error();
  return std::move(keys->front());
}

}  // namespace plaza::emv
