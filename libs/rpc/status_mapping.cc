#include "libs/rpc/status_mapping.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include "libs/rpc/errors.h"
#include "libs/rpc/limits.h"

namespace plaza::rpc {
namespace {

constexpr char kDomain[] = "plaza";

// At most `max` octets, never half of a UTF-8 character: protobuf strings must be whole.
std::string Cut(std::string_view text, std::size_t max) {
  if (text.size() <= max) return std::string(text);
  std::size_t end = max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

StatusCode ToCode(int code) {
  return code >= 1 && code <= 16 ? static_cast<StatusCode>(code) : StatusCode::kUnknown;
}

struct Interned {
  std::string reason;
  std::string remedy;
  ErrorKind kind{};
};
using KindKey = std::tuple<StatusCode, std::string, std::string>;

// Never destroyed: errors that point here may outlive everything.
struct Table {
  std::mutex mutex;
  std::map<KindKey, std::unique_ptr<Interned>> kinds;
};
Table& TheTable() {
  static auto* table = new Table;
  return *table;
}

// UPPER_SNAKE up to `end`?
bool IsReason(const std::string& text, std::size_t end) {
  return end > 0 && std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end),
                                [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
}

// Without details the status comes from gRPC itself or from a server that is not ours.
Error WithoutDetails(StatusCode code, const std::string& message, const std::string& address) {
  const std::string text = Cut(message, kErrorWhatCharsMax);
  if (code == StatusCode::kUnavailable) return Error(kUnreachable, address + ": " + text);
  if (code == StatusCode::kDeadlineExceeded) {
    return Error(kDeadlinePassed, "no answer from " + address + " in time");
  }
  // What refuses a caller before the call has no details to give: "REASON: what. Remedy."
  const std::size_t colon = text.find(": ");
  if (code == StatusCode::kUnauthenticated && colon != std::string::npos && IsReason(text, colon)) {
    return Error(InternKind(code, text.substr(0, colon), kNoIdentity.remedy),
                 text.substr(colon + 2));
  }
  return Error(InternKind(code, StatusCodeName(code), kRemoteError.remedy), text);
}

}  // namespace

std::string EncodeDetails(const Error& error, std::chrono::milliseconds retry_after) {
  google::rpc::ErrorInfo info;
  info.set_reason(Cut(error.reason(), kErrorReasonCharsMax));
  info.set_domain(kDomain);
  auto& metadata = *info.mutable_metadata();
  if (!error.where().empty()) metadata["where"] = Cut(error.where(), kErrorWhereCharsMax);
  if (!error.remedy().empty()) metadata["remedy"] = Cut(error.remedy(), kErrorRemedyCharsMax);
  google::rpc::Status status;
  status.set_code(static_cast<int>(error.code()));
  status.set_message(WireMessage(error));
  status.add_details()->PackFrom(info);
  if (retry_after.count() > 0) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(retry_after.count() / 1000);
    retry.mutable_retry_delay()->set_nanos(
        static_cast<std::int32_t>(retry_after.count() % 1000 * 1'000'000));
    status.add_details()->PackFrom(retry);
  }
  return status.SerializeAsString();
}

std::string WireMessage(const Error& error) { return Cut(error.what(), kErrorWhatCharsMax); }

Error DecodeStatus(int code, const std::string& message, const std::string& details,
                   const std::string& address) {
  const StatusCode status_code = ToCode(code);
  google::rpc::Status status;
  if (details.empty() || !status.ParseFromString(details)) {
    return WithoutDetails(status_code, message, address);
  }
  google::rpc::ErrorInfo info;
  for (const auto& detail : status.details()) {
    if (!detail.Is<google::rpc::ErrorInfo>() || !detail.UnpackTo(&info)) continue;
    const auto text = [&](const char* key) {
      const auto found = info.metadata().find(key);
      return found == info.metadata().end() ? std::string() : found->second;
    };
    return Error(InternKind(status_code, info.reason(), text("remedy")),
                 Cut(message, kErrorWhatCharsMax), Cut(text("where"), kErrorWhereCharsMax));
  }
  return WithoutDetails(status_code, message, address);
}

const ErrorKind& InternKind(StatusCode code, std::string_view reason, std::string_view remedy) {
  Table& table = TheTable();
  KindKey key{code, Cut(reason, kErrorReasonCharsMax), Cut(remedy, kErrorRemedyCharsMax)};
  const std::lock_guard lock(table.mutex);
  const auto found = table.kinds.find(key);
  if (found != table.kinds.end()) return found->second->kind;
  if (table.kinds.size() >= kInternedKindsMax) return kRemoteError;
  auto interned = std::make_unique<Interned>();
  interned->reason = std::get<1>(key);
  interned->remedy = std::get<2>(key);
  interned->kind = {code, interned->reason.c_str(), interned->remedy.c_str()};
  const ErrorKind& kind = interned->kind;
  table.kinds.emplace(std::move(key), std::move(interned));
  return kind;
}

}  // namespace plaza::rpc
