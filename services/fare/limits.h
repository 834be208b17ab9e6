// Every bound of the fare service.
#pragma once
#include <cstddef>
#include <cstdint>

namespace plaza::fare {

// Taps of one account in its open window. Who taps more often is no rider: the rest is held for a
// person.
inline constexpr std::size_t kWindowTapsMax = 2000;
// Taps in one AccountMoved, so that a record stays far below the log's limit.
inline constexpr std::size_t kMovedTapsMax = 256;
// How often an AccountMoved is handed on, and how many survivors a reader follows: a cycle of links
// must not loop.
inline constexpr std::uint32_t kMoveHopsMax = 8;
inline constexpr std::size_t kEntitlementsMax = 32;  // of one account
inline constexpr std::size_t kEntitlementKindCharsMax = 64;
// Days beyond the fare window for which taps stay in an account's row: a leg of the window may
// still be linked to them.
inline constexpr int kMarginDays = 2;
inline constexpr std::int64_t kWindowDaysMin = 1;
inline constexpr std::int64_t kWindowDaysMax = 60;

inline constexpr std::size_t kPricedTapsMax = 500;  // in one PriceJourneys
inline constexpr std::size_t kIdCharsMax = 128;     // of a text id in a request

inline constexpr std::size_t kTariffFilesMax = 500;
inline constexpr std::int64_t kTariffFileBytesMax = 256LL * 1024 * 1024;

inline constexpr std::int64_t kCachedAccountsMin = 16;
inline constexpr std::int64_t kCachedAccountsMax = 10'000'000;

}  // namespace plaza::fare
