// Entry Point, Start A (EMV Contactless Book B, 3.1): what the gate's configuration says of each
// combination of application and kernel for this amount. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "libs/base/bytes.h"

namespace plaza::emv {

using Ttq = std::array<std::uint8_t, 4>;

// A limit or flag that is absent is not checked; that is not the same as zero or false. Amounts are
// minor units of the transaction's currency.
struct Combination {
  Bytes aid;                      // 5 to 16 bytes, what the gate accepts
  Bytes kernel_id = {0x03};       // 1 or 3 bytes
  bool partial_selection = true;  // a longer ADF name that begins with `aid` matches
  std::optional<Ttq> ttq{};       // terminal transaction qualifiers (9F66), for kernels 3 and 7
  bool status_check = false;
  std::optional<bool> zero_amount_allowed{};
  bool zero_amount_offline = false;  // an amount of zero needs no online cryptogram
  std::optional<std::int64_t> transaction_limit{};
  std::optional<std::int64_t> floor_limit{};
  std::optional<std::int64_t> terminal_floor_limit{};
  std::optional<std::int64_t> cvm_limit{};
  bool extended_selection = false;
};

struct Indicators {
  bool status_check_requested = false;
  bool contactless_not_allowed = false;
  bool zero_amount = false;
  bool cvm_limit_exceeded = false;
  bool floor_limit_exceeded = false;
  std::optional<Ttq> ttq{};  // a copy, with its dynamic bits
  bool operator==(const Indicators&) const = default;
};

// `unit_minor`: one unit of the currency (100 for pesos), the amount of a status check.
Indicators Preprocess(const Combination& combination, std::int64_t amount_minor,
                      std::int64_t unit_minor);
std::vector<Indicators> Preprocess(const std::vector<Combination>& combinations,
                                   std::int64_t amount_minor, std::int64_t unit_minor);

}  // namespace plaza::emv
