// AES (FIPS 197) and triple DES (SP 800-67) by libcrypto, with the chaining modes that key
// management builds on them (SP 800-38A). No padding: callers give whole blocks.
#pragma once
#include <functional>
#include <memory>

#include "libs/base/bytes.h"
#include "libs/base/result.h"
#include "libs/emv/crypto/secret.h"

namespace plaza::emv {

enum class CipherKind { kAes, kTdea };
// 16 for AES, 8 for TDEA.
std::size_t BlockBytes(CipherKind kind);
// AES: 16, 24, 32. TDEA: 16, 24, and 8, which is single DES.
bool IsKeyLength(CipherKind kind, std::size_t bytes);

// A key prepared for use, erased at its end. Moves, never copies; not to be shared by threads.
class BlockCipher {
 public:
  BlockCipher(CipherKind kind, ByteView key);  // aborts unless IsKeyLength
  ~BlockCipher();
  BlockCipher(BlockCipher&&) noexcept;
  BlockCipher& operator=(BlockCipher&&) noexcept;

  std::size_t block_bytes() const;
  // Whole blocks, each by itself; `out` is as long as `in`, and may be the same memory.
  void Encrypt(ByteView in, std::span<std::uint8_t> out) const;
  void Decrypt(ByteView in, std::span<std::uint8_t> out) const;

 private:
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

// One block encrypted under a key that somebody else holds, such as a token.
using BlockFunction = std::function<Result<SecretBytes>(ByteView block)>;

// `iv` is one block; `in` whole blocks.
SecretBytes CbcEncrypt(const BlockCipher& cipher, ByteView iv, ByteView in);
SecretBytes CbcDecrypt(const BlockCipher& cipher, ByteView iv, ByteView in);
// Counter mode; the counter is the whole first block, `in` of any length. Its own inverse.
SecretBytes CounterCrypt(const BlockCipher& cipher, ByteView first_counter, ByteView in);

}  // namespace plaza::emv
