// HMAC-SHA256 (RFC 2104) with the key's two inner states computed once: a MAC then costs the data's
// blocks plus one. Const methods are thread-safe.
#pragma once
#include <array>

#include "libs/base/bytes.h"
#include "libs/base/digest.h"

namespace plaza::emv {

class HmacSha256Key {
 public:
  explicit HmacSha256Key(ByteView key);
  ~HmacSha256Key();
  HmacSha256Key(const HmacSha256Key&) = default;
  HmacSha256Key& operator=(const HmacSha256Key&) = default;

  Sha256Digest Sign(ByteView data) const;  // allocates nothing

 private:
  std::array<std::uint32_t, 8> inner_{};
  std::array<std::uint32_t, 8> outer_{};
};

}  // namespace plaza::emv
