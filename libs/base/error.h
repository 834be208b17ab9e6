// Errors as values: what went wrong, where in the input, and how to mend it.
#pragma once
#include <string>
#include <string_view>

namespace plaza {

// How a caller should react. Numbers are those of gRPC's status codes, to which libs/rpc maps them
// one to one.
enum class StatusCode {
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};
std::string_view StatusCodeName(StatusCode code);  // "INVALID_ARGUMENT"

// One entry of an error catalogue (errors.h of a library or service). Each refusal has its own.
struct ErrorKind {
  StatusCode code;
  const char* reason;  // UPPER_SNAKE, stable: callers may switch on it
  const char* remedy;  // how to mend it, one sentence
};

class Error {
 public:
  // `what`: what is wrong, with the offending value. `where`: a field path, file:line:column or
  // byte offset; may be empty. Card data never goes in here.
  Error(const ErrorKind& kind, std::string what, std::string where = {})
      : kind_(&kind), what_(std::move(what)), where_(std::move(where)) {}

  StatusCode code() const { return kind_->code; }
  std::string_view reason() const { return kind_->reason; }
  std::string_view remedy() const { return kind_->remedy; }
  const std::string& what() const { return what_; }
  const std::string& where() const { return where_; }
  bool Is(const ErrorKind& kind) const { return std::string_view(kind.reason) == kind_->reason; }

  // "REASON: what, at where. Remedy."
  std::string ToString() const;

 private:
  const ErrorKind* kind_;  // catalogues have static lifetime
  std::string what_;
  std::string where_;
};

}  // namespace plaza
