// SHA-256 and SHA-1, by libcrypto. For ids, chains and file hashes; keyed functions are in
// libs/emv/crypto.
#pragma once
#include <array>
#include <cstdint>
#include <memory>

#include "libs/base/bytes.h"

namespace plaza {

using Sha256Digest = std::array<std::uint8_t, 32>;
using Sha1Digest = std::array<std::uint8_t, 20>;

Sha256Digest Sha256(ByteView data);
Sha1Digest Sha1(ByteView data);

// Incremental SHA-256. Not thread-safe; reusable after Finish().
class Sha256Hasher {
 public:
  Sha256Hasher();
  ~Sha256Hasher();
  Sha256Hasher(Sha256Hasher&&) noexcept;
  Sha256Hasher& operator=(Sha256Hasher&&) noexcept;

  void Update(ByteView data);
  Sha256Digest Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza
