#include "libs/emv/dol/dictionary.h"

#include <algorithm>
#include <array>

namespace plaza::emv {
namespace {

// Sorted. Source: EMV Book 3, Annex A1 (format column "n"); Book C-3, Annex A for 9F51 9F54 9F5C
// 9F5D.
constexpr std::array<Tag, 43> kNumericTags = {
    0x42,      // issuer identification number
    0x9A,      // transaction date
    0x9C,      // transaction type
    0x5F24,    // application expiration date
    0x5F25,    // application effective date
    0x5F28,    // issuer country code
    0x5F2A,    // transaction currency code
    0x5F30,    // service code
    0x5F34,    // PAN sequence number
    0x5F36,    // transaction currency exponent
    0x5F57,    // account type
    0x9F01,    // acquirer identifier
    0x9F02,    // amount, authorised
    0x9F03,    // amount, other
    0x9F0C,    // issuer identification number, extended
    0x9F11,    // issuer code table index
    0x9F15,    // merchant category code
    0x9F19,    // token requestor id
    0x9F1A,    // terminal country code
    0x9F21,    // transaction time
    0x9F25,    // last four digits of PAN
    0x9F35,    // terminal type
    0x9F39,    // point-of-service entry mode
    0x9F3B,    // application reference currency
    0x9F3C,    // transaction reference currency code
    0x9F3D,    // transaction reference currency exponent
    0x9F41,    // transaction sequence counter
    0x9F42,    // application currency code
    0x9F43,    // application reference currency exponent
    0x9F44,    // application currency exponent
    0x9F51,    // application currency code (C-3)
    0x9F54,    // cumulative total transaction amount limit
    0x9F57,    // issuer country code (C-3)
    0x9F5C,    // cumulative total transaction amount upper limit
    0x9F5D,    // available offline spending amount
    0x9F73,    // currency conversion parameters
    0x9F75,    // cumulative total transaction amount limit, dual currency
    0x9F76,    // secondary application currency code
    0x9F77,    // VLP funds limit
    0x9F78,    // VLP single transaction limit
    0x9F79,    // VLP available funds
    0xDF8104,  // balance read before GENERATE AC (C-2)
    0xDF8105,  // balance read after GENERATE AC (C-2)
};
static_assert(std::ranges::is_sorted(kNumericTags));

constexpr std::array<Tag, 2> kCompressedNumericTags = {0x5A, 0x9F20};

}  // namespace

Format FormatOf(Tag tag) {
  if (std::ranges::binary_search(kNumericTags, tag)) return Format::kNumeric;
  if (std::ranges::find(kCompressedNumericTags, tag) != kCompressedNumericTags.end()) {
    return Format::kCompressedNumeric;
  }
  return Format::kOther;
}

}  // namespace plaza::emv
