// Memory that is overwritten before it is given back, and a comparison that takes the same time
// whatever differs.
#pragma once
#include <array>
#include <utility>

#include "libs/base/bytes.h"

namespace plaza::emv {

void Zeroise(std::span<std::uint8_t> memory);    // not optimised away
bool EqualConstantTime(ByteView a, ByteView b);  // false if lengths differ (lengths are no secret)
void RandomBytes(std::span<std::uint8_t> out);   // the operating system's random source, by
                                                 // libcrypto; aborts if it fails

// A byte vector zeroised at its end. Moves, never copies.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(Bytes value) : value_(std::move(value)) {}
  ~SecretBytes() { Zeroise(value_); }
  SecretBytes(SecretBytes&& other) noexcept : value_(std::exchange(other.value_, {})) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      Zeroise(value_);
      value_ = std::exchange(other.value_, {});
    }
    return *this;
  }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  ByteView view() const { return value_; }
  std::span<std::uint8_t> span() { return value_; }
  std::size_t size() const { return value_.size(); }
  bool empty() const { return value_.empty(); }

 private:
  Bytes value_;
};

}  // namespace plaza::emv
