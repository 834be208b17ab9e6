// Fields that several of the acceptance core's ops read and write.
#pragma once
#include <algorithm>
#include <array>

#include "apps/plaza/eval/registry.h"
#include "libs/emv/capk/capk.h"
#include "libs/emv/oda/oda.h"
#include "libs/emv/tlv/data_elements.h"

namespace plaza::eval {

// TOO_LARGE beyond 1 MiB.
Bytes BoundedHex(const Fields& fields, std::string_view key);

// An object of values by tag; empty if absent.
emv::DataElements ReadTags(const Fields& parent, std::string_view key, emv::Source source);

// `capk` and `revoked`.
emv::CapkTable ReadCapks(const Fields& fields);

Json OdaJson(const emv::OdaOutcome& outcome);

template <std::size_t kSize>
std::array<std::uint8_t, kSize> FixedHex(const Fields& fields, std::string_view key) {
  const Bytes data = fields.Hex(key);
  if (data.size() != kSize) {
    Fail("BAD_VALUE", "must have " + std::to_string(kSize) + " bytes", fields.PathOf(key));
  }
  std::array<std::uint8_t, kSize> out{};
  std::ranges::copy(data, out.begin());
  return out;
}

}  // namespace plaza::eval
