#include "libs/emv/vsam/key_block.h"

#include <algorithm>
#include <array>

#include "libs/base/hex.h"
#include "libs/emv/crypto/cmac.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"

namespace plaza::emv {
namespace {

constexpr std::size_t kLengthBytes = 2;  // before the key: its length in bits

struct BlockKeys {
  SecretBytes encryption;
  SecretBytes mac;
};

SecretBytes Variant(ByteView kbpk, std::uint8_t mask) {
  SecretBytes out(ToBytes(kbpk));
  for (std::uint8_t& octet : out.span()) octet ^= mask;
  return out;
}

// X9.143, 7.2.2 and 7.3; ISO 20038, A.3: CMACs of counter, usage, 00, algorithm, length in bits.
Result<SecretBytes> DeriveBlockKey(CipherKind kind, std::size_t kbpk_bytes,
                                   const CmacFunction& kbpk, std::uint8_t usage) {
  const bool aes = kind == CipherKind::kAes;
  const auto algorithm = static_cast<std::uint8_t>(kbpk_bytes / 8 - 2 + (aes ? 2 : 0));
  const std::size_t bits = kbpk_bytes * 8;
  std::array<std::uint8_t, 8> data = {0,
                                      0,
                                      usage,
                                      0,
                                      0,
                                      algorithm,
                                      static_cast<std::uint8_t>(bits >> 8),
                                      static_cast<std::uint8_t>(bits)};
  SecretBytes key{Bytes(kbpk_bytes)};
  for (std::size_t at = 0; at < key.size(); at += BlockBytes(kind)) {
    ++data[0];
    PLAZA_ASSIGN_OR_RETURN(const SecretBytes part, kbpk(data, /*blocks_min=*/1));
    const std::size_t size = std::min(part.size(), key.size() - at);
    std::ranges::copy(part.view().first(size), key.span().subspan(at).begin());
  }
  return key;
}

Result<BlockKeys> DeriveKeys(const KeyBlockVersion& version, std::size_t kbpk_bytes,
                             const CmacFunction& kbpk) {
  constexpr std::uint8_t kEncryption = 0;
  constexpr std::uint8_t kMac = 1;
  constexpr std::uint8_t kCounterEncryption = 2;
  PLAZA_ASSIGN_OR_RETURN(SecretBytes encryption,
                         DeriveBlockKey(version.cipher, kbpk_bytes, kbpk,
                                        version.counter ? kCounterEncryption : kEncryption));
  PLAZA_ASSIGN_OR_RETURN(SecretBytes mac, DeriveBlockKey(version.cipher, kbpk_bytes, kbpk, kMac));
  return BlockKeys{std::move(encryption), std::move(mac)};
}

BlockKeys KeysOf(const KeyBlockVersion& version, ByteView kbpk) {
  if (version.variant) return {Variant(kbpk, 'E'), Variant(kbpk, 'M')};
  const BlockCipher cipher(version.cipher, kbpk);
  const CmacFunction cmac = [&](ByteView message, std::size_t blocks_min) {
    return Result<SecretBytes>(Cmac(cipher, message, blocks_min));
  };
  return DeriveKeys(version, kbpk.size(), cmac).value();
}

Result<void> CheckKbpk(const KeyBlockVersion& version, std::size_t bytes) {
  constexpr std::size_t kSingleDes = 8;
  if (IsKeyLength(version.cipher, bytes) && bytes != kSingleDes) return {};
  return Error(errors::kKeyLength,
               "a protection key of " + std::to_string(bytes) + " bytes for version " + version.id);
}

// Of the header's characters and the payload: encrypted in versions A and C, else in clear.
SecretBytes MacOf(const KeyBlockVersion& version, ByteView mac_key, std::string_view header,
                  ByteView payload) {
  SecretBytes covered{Bytes(header.size() + payload.size())};
  std::ranges::copy(AsBytes(header), covered.span().begin());
  std::ranges::copy(payload, covered.span().subspan(header.size()).begin());
  const BlockCipher cipher(version.cipher, mac_key);
  if (!version.variant) return Cmac(cipher, covered.view());
  const Bytes zeros(cipher.block_bytes());
  const SecretBytes chained = CbcEncrypt(cipher, zeros, covered.view());
  return SecretBytes(ToBytes(chained.view().last(zeros.size()).first(version.mac_bytes)));
}

bool IsUpperHex(std::string_view text) {
  return text.find_first_not_of("0123456789ABCDEF") == std::string_view::npos;
}

// Whether an algorithm has keys of this length; those that this does not know have any.
bool FitsAlgorithm(char algorithm, std::size_t bytes) {
  if (algorithm == 'A') return IsKeyLength(CipherKind::kAes, bytes);
  if (algorithm == 'T') return IsKeyLength(CipherKind::kTdea, bytes);
  if (algorithm == 'D') return bytes == 8;
  return bytes != 0;
}

// The key behind its length.
Result<SecretBytes> TakeKey(ByteView payload, char algorithm) {
  const std::size_t bits = static_cast<std::size_t>(payload[0]) << 8 | payload[1];
  const std::size_t bytes = bits / 8;
  if (bits % 8 != 0 || bytes > payload.size() - kLengthBytes) {
    return Error(errors::kKeyBlockKey, "a key of " + std::to_string(bits) + " bits in " +
                                           std::to_string(payload.size() - kLengthBytes) +
                                           " bytes");
  }
  if (!FitsAlgorithm(algorithm, bytes)) {
    return Error(errors::kKeyBlockKey,
                 "a key of " + std::to_string(bytes) + " bytes for algorithm " + algorithm);
  }
  return SecretBytes(ToBytes(payload.subspan(kLengthBytes, bytes)));
}

struct Sealed {
  Bytes payload;
  Bytes mac;
};

// What follows the header.
Result<Sealed> ReadSealed(const ParsedHeader& parsed, std::string_view block) {
  const std::string_view rest = block.substr(parsed.size);
  const std::size_t unit = parsed.version.counter ? 1 : BlockBytes(parsed.version.cipher);
  const std::size_t mac_chars = 2 * parsed.version.mac_bytes;
  const std::string where = "offset " + std::to_string(parsed.size);
  if (rest.size() < mac_chars + 2 * (kLengthBytes + 1) ||
      (rest.size() - mac_chars) % (2 * unit) != 0) {
    return Error(errors::kKeyBlockLength,
                 std::to_string(rest.size()) + " characters for encrypted key and MAC", where);
  }
  if (!IsUpperHex(rest)) return Error(errors::kKeyBlockHex, "not hex in upper case", where);
  PLAZA_ASSIGN_OR_RETURN(Bytes payload, FromHex(rest.substr(0, rest.size() - mac_chars)));
  PLAZA_ASSIGN_OR_RETURN(Bytes mac, FromHex(rest.substr(rest.size() - mac_chars)));
  return Sealed{std::move(payload), std::move(mac)};
}

SecretBytes Decrypt(const KeyBlockVersion& version, ByteView key, std::string_view block,
                    const Sealed& sealed) {
  const BlockCipher cipher(version.cipher, key);
  if (version.counter) return CounterCrypt(cipher, sealed.mac, sealed.payload);
  // The start vector is the header's first block in A and C, else the MAC.
  const ByteView iv = version.variant ? AsBytes(block.substr(0, 8)) : ByteView(sealed.mac);
  return CbcDecrypt(cipher, iv, sealed.payload);
}

Result<UnwrappedKey> Unwrap(ParsedHeader parsed, const BlockKeys& keys, std::string_view block) {
  PLAZA_ASSIGN_OR_RETURN(const Sealed sealed, ReadSealed(parsed, block));
  const SecretBytes payload = Decrypt(parsed.version, keys.encryption.view(), block, sealed);
  const ByteView covered = parsed.version.variant ? ByteView(sealed.payload) : payload.view();
  const SecretBytes mac =
      MacOf(parsed.version, keys.mac.view(), block.substr(0, parsed.size), covered);
  if (!EqualConstantTime(mac.view(), sealed.mac)) {
    return Error(errors::kKeyBlockMac, "the MAC of the key block does not hold");
  }
  PLAZA_ASSIGN_OR_RETURN(SecretBytes key, TakeKey(payload.view(), parsed.header.algorithm));
  return UnwrappedKey{std::move(parsed.header), std::move(key)};
}

}  // namespace

Result<UnwrappedKey> UnwrapKeyBlock(ByteView kbpk, std::string_view block) {
  PLAZA_ASSIGN_OR_RETURN(ParsedHeader parsed, ParseKeyBlockHeader(block));
  PLAZA_RETURN_IF_ERROR(CheckKbpk(parsed.version, kbpk.size()));
  const BlockKeys keys = KeysOf(parsed.version, kbpk);
  return Unwrap(std::move(parsed), keys, block);
}

Result<UnwrappedKey> UnwrapKeyBlock(std::size_t kbpk_bytes, const CmacFunction& kbpk,
                                    std::string_view block) {
  PLAZA_ASSIGN_OR_RETURN(ParsedHeader parsed, ParseKeyBlockHeader(block));
  if (parsed.version.cipher != CipherKind::kAes) {
    return Error(errors::kKeyBlockVersion,
                 std::string("version ") + parsed.version.id + " is not of an AES key");
  }
  PLAZA_RETURN_IF_ERROR(CheckKbpk(parsed.version, kbpk_bytes));
  PLAZA_ASSIGN_OR_RETURN(const BlockKeys keys, DeriveKeys(parsed.version, kbpk_bytes, kbpk));
  return Unwrap(std::move(parsed), keys, block);
}

Result<std::string> WrapKeyBlock(ByteView kbpk, const KeyBlockHeader& header, ByteView key,
                                 ByteView padding) {
  PLAZA_ASSIGN_OR_RETURN(const KeyBlockVersion version, FindKeyBlockVersion(header.version));
  if (version.variant) {
    return Error(errors::kKeyBlockVersion,
                 std::string("version ") + header.version + " is not wrapped any more");
  }
  PLAZA_RETURN_IF_ERROR(CheckKbpk(version, kbpk.size()));
  if (!FitsAlgorithm(header.algorithm, key.size()) || key.size() > kKeyBlockCharsMax / 2) {
    return Error(errors::kKeyBlockKey, "a key of " + std::to_string(key.size()) +
                                           " bytes for algorithm " + header.algorithm);
  }
  const std::size_t size = kLengthBytes + key.size() + padding.size();
  if (!version.counter && size % BlockBytes(version.cipher) != 0) {
    return Error(errors::kKeyBlockPadding, std::to_string(size) +
                                               " bytes of length, key and padding in blocks of " +
                                               std::to_string(BlockBytes(version.cipher)));
  }
  PLAZA_ASSIGN_OR_RETURN(const std::string head,
                         EncodeKeyBlockHeader(header, 2 * (size + version.mac_bytes)));
  SecretBytes payload{Bytes(size)};
  const std::size_t bits = key.size() * 8;
  payload.span()[0] = static_cast<std::uint8_t>(bits >> 8);
  payload.span()[1] = static_cast<std::uint8_t>(bits);
  std::ranges::copy(key, payload.span().subspan(kLengthBytes).begin());
  std::ranges::copy(padding, payload.span().last(padding.size()).begin());

  const BlockKeys keys = KeysOf(version, kbpk);
  const SecretBytes mac = MacOf(version, keys.mac.view(), head, payload.view());
  const BlockCipher cipher(version.cipher, keys.encryption.view());
  const SecretBytes encrypted = version.counter ? CounterCrypt(cipher, mac.view(), payload.view())
                                                : CbcEncrypt(cipher, mac.view(), payload.view());
  return head + ToHex(encrypted.view()) + ToHex(mac.view());
}

Bytes RandomKeyPadding(const KeyBlockHeader& header, std::size_t key_bytes) {
  std::size_t longest = key_bytes;
  if (header.algorithm == 'A') longest = std::max<std::size_t>(key_bytes, 32);
  if (header.algorithm == 'T') longest = std::max<std::size_t>(key_bytes, 24);
  const std::size_t block = header.version == 'B' ? 8 : 16;
  const std::size_t size = (kLengthBytes + longest + block - 1) / block * block;
  Bytes padding(size - kLengthBytes - key_bytes);
  RandomBytes(padding);
  return padding;
}

}  // namespace plaza::emv
