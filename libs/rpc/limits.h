// The bounds of libs/rpc.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace plaza::rpc {

inline constexpr int kReceiveBytesMax = 8 * 1024 * 1024;  // one answer
inline constexpr int kRequestBytesMax = 2 * 1024 * 1024;  // SubmitTaps has up to 1.03 MB
// Calls at once on one connection; more wait at their caller. What a server holds of calls that are
// still coming in is at most connections * kStreamsMax * kRequestBytesMax.
inline constexpr int kStreamsMax = 4;
// Of what gRPC holds for all connections: beyond it, it reads less and gives up calls, then
// connections.
inline constexpr std::size_t kTransportBytesMax = 64 * 1024 * 1024;
inline constexpr std::int64_t kQueueBytesMax = 64 * 1024 * 1024;  // of requests; a default
inline constexpr std::size_t kErrorWhatCharsMax =
    1024;  // error texts travel in HTTP/2 trailers, 8 KiB in all
inline constexpr std::size_t kErrorWhereCharsMax = 256;
inline constexpr std::size_t kErrorRemedyCharsMax = 256;
inline constexpr std::size_t kErrorReasonCharsMax = 64;
inline constexpr std::size_t kInternedKindsMax =
    4096;  // error kinds of far sides that a client remembers
inline constexpr std::size_t kCallersCachedMax = 1024;  // certificates whose names are kept ready
inline constexpr std::int64_t kRateMax = 1'000'000;     // calls a second, and at once
inline constexpr std::size_t kRateRulesMax = 64;
inline constexpr std::size_t kLimitedCallersMax =
    10'000;  // buckets; beyond it the one that was called longest ago is forgotten, and full again
inline constexpr std::size_t kMetadataValueCharsMax = 128;  // x-request-id, traceparent
inline constexpr std::size_t kTokenCharsMax = 4096;         // gRPC takes 8 KiB of metadata in all
inline constexpr std::size_t kTokenNameCharsMax = 128;      // an issuer, a subject, a role
inline constexpr std::size_t kTokenRolesMax = 64;
inline constexpr std::chrono::seconds kClockSkewMax{300};
inline constexpr std::size_t kJwksBytesMax = 64 * 1024;
inline constexpr std::size_t kJwksKeysMax = 64;
inline constexpr std::size_t kPemBytesMax = 64 * 1024;
inline constexpr int kReconnectMsMin = 100;
inline constexpr int kReconnectMsMax = 1000;
inline constexpr int kHandshakeMsMax = 10'000;
inline constexpr std::chrono::seconds kConnectWaitMax{2};  // of one call, within its deadline
inline constexpr std::chrono::milliseconds kLastWordMax{100};
inline constexpr int kDevCertificateDays = 30;
inline constexpr int kDevCaDays = 3650;
inline constexpr long kDevRenewSeconds =
    24 * 60 * 60;  // a certificate with less than this left is made again

}  // namespace plaza::rpc
