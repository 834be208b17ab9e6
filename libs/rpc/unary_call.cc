#include "libs/rpc/unary_call.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>

#include <grpc/grpc_security_constants.h>

#include "libs/rpc/byte_buffers.h"
#include "libs/rpc/errors.h"
#include "libs/rpc/limits.h"
#include "libs/rpc/status_mapping.h"
#include "libs/runtime/log.h"

namespace plaza::rpc {
namespace {

using Clock = std::chrono::steady_clock;

grpc::Status ToStatus(const Error& error, std::chrono::milliseconds retry_after) {
  return grpc::Status(static_cast<grpc::StatusCode>(error.code()), WireMessage(error),
                      EncodeDetails(error, retry_after));
}

std::string MetadataValue(const grpc::CallbackServerContext& context, const char* name) {
  const auto found = context.client_metadata().find(name);
  if (found == context.client_metadata().end()) return {};
  const grpc::string_ref value = found->second;
  return std::string(value.data(), std::min(value.size(), kMetadataValueCharsMax));
}

// Anything but one well-formed value is as none, and goes nowhere: a caller may write what it
// likes.
std::optional<TraceContext> TraceOf(const grpc::CallbackServerContext& context) {
  if (context.client_metadata().count("traceparent") != 1) return std::nullopt;
  return ParseTraceparent(MetadataValue(context, "traceparent"));
}

// The peer's certificate in PEM, empty if there is none.
std::string PeerCertificate(const grpc::AuthContext* peer) {
  if (peer == nullptr) return {};
  const auto values = peer->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  return values.empty() ? std::string() : std::string(values[0].data(), values[0].size());
}

// Shown as zero from the start, so that a first refusal is an increase.
constexpr const ErrorKind* kRefusals[] = {
    &kNoIdentity,      &kTokensNotTaken,   &kTokenTooLong,   &kTokenMalformed,  &kTokenAlgorithm,
    &kTokenKeyUnknown, &kTokenSignature,   &kTokenClaims,    &kTokenIssuer,     &kTokenAudience,
    &kTokenExpired,    &kTokenNotYetValid, &kRoleNeeded,     &kMessageTooLarge, &kNoDeadline,
    &kRateLimited,     &kOverloaded,       &kExpiredInQueue, &kMalformedRequest};

// Names a fault in an answer and in the log, so that the text stays in the log. Unique among the
// runs of a machine.
std::string NextReference() {
  static const auto started = std::chrono::system_clock::now().time_since_epoch().count();
  static std::atomic<unsigned> count{0};
  char text[64];
  std::snprintf(text, sizeof text, "F-%llx-%x-%u",
                static_cast<unsigned long long>(started / 1'000'000),
                static_cast<unsigned>(getpid()), ++count);
  return text;
}

Error RoleNeeded(const Method& method, const Caller& caller) {
  std::string needed;
  for (const std::string& role : method.access.any_role_of) {
    needed += (needed.empty() ? "'" : " or '") + role + "'";
  }
  if (needed.empty()) return Error(kRoleNeeded, "nobody may call this method", method.path);
  return Error(kRoleNeeded, "'" + caller.name + "' lacks the role " + needed, method.path);
}

bool MayCall(const Method& method, const Caller& caller) {
  return std::any_of(method.access.any_role_of.begin(), method.access.any_role_of.end(),
                     [&](const std::string& role) { return caller.roles.contains(role); });
}

class UnaryCall : public grpc::ServerUnaryReactor, public std::enable_shared_from_this<UnaryCall> {
 public:
  UnaryCall(Method& method, CallServices& services, const grpc::ByteBuffer& request,
            grpc::ByteBuffer* response)
      : method_(method), services_(services), request_(request), response_(response) {}
  ~UnaryCall() override { services_.held.Release(held_); }

  void Begin(const grpc::CallbackServerContext& context) {
    self_ = shared_from_this();
    const Result<void> accepted = Accept(context);
    if (accepted.ok()) return;
    request_.Clear();
    Refuse(accepted.error());
  }

 private:
  Result<void> Accept(const grpc::CallbackServerContext& context) {
    PLAZA_ASSIGN_OR_RETURN(
        caller_, Authenticate(services_, context.auth_context().get(), context.client_metadata()));
    if (!MayCall(method_, *caller_)) return RoleNeeded(method_, *caller_);
    PLAZA_RETURN_IF_ERROR(WithinRate());
    if (request_.Length() > std::size_t{kRequestBytesMax}) {
      return Error(kMessageTooLarge, std::to_string(request_.Length()) + " bytes", method_.path);
    }
    deadline_ = context.deadline();
    if (deadline_ == std::chrono::system_clock::time_point::max()) {
      return Error(kNoDeadline, "the call has no deadline", method_.path);
    }
    request_id_ = MetadataValue(context, "x-request-id");
    trace_ = TraceOf(context);
    const auto bytes = static_cast<std::int64_t>(request_.Length());
    if (!services_.held.TryHold(bytes)) {
      return Error(kOverloaded, "too many octets of calls wait already", method_.path);
    }
    held_ = bytes;
    if (!services_.pool->TrySubmit([self = shared_from_this()] { self->Run(); })) {
      return Error(kOverloaded, "too many calls wait already", method_.path);
    }
    return {};
  }

  Result<void> WithinRate() {
    if (services_.limiter == nullptr) return {};
    retry_after_ = std::chrono::ceil<std::chrono::milliseconds>(
        services_.limiter->Admit(*caller_, method_.access, method_.path.substr(1)));
    if (retry_after_.count() == 0) return {};
    return Error(kRateLimited,
                 "'" + caller_->name + "' calls too often; again in " +
                     std::to_string(retry_after_.count()) + " ms",
                 method_.path);
  }

  // On a worker. gRPC may be done with the call already: then nothing of it but our own members is
  // touched.
  void Run() {
    if (finished_.load()) return;
    if (std::chrono::system_clock::now() >= deadline_) {
      return Refuse(
          Error(kExpiredInQueue, "the deadline passed before a worker was free", method_.path));
    }
    const std::unique_ptr<google::protobuf::Message> request(method_.request->New());
    if (!FromByteBuffer(request_, *request)) {
      return Refuse(Error(kMalformedRequest, "not a " + request->GetTypeName(), method_.path));
    }
    request_.Clear();
    const std::unique_ptr<google::protobuf::Message> response(method_.response->New());
    Ctx ctx(*caller_, deadline_, request_id_, trace_);
    const Result<void> handled = Handle(ctx, *request, *response);
    if (!handled.ok()) return Answer(handled.error());
    Answer(*response);
  }

  Result<void> Handle(Ctx& ctx, const google::protobuf::Message& request,
                      google::protobuf::Message& response) {
    try {
      return method_.handler(ctx, request, response);
    } catch (const std::exception& fault) {
      const std::string reference = NextReference();
      runtime::Log(runtime::LogLevel::kError, "rpc", "a handler threw",
                   {{"method", method_.path},
                    {"reference", reference},
                    {"what", std::string(fault.what())}});
      return Error(kInternalFault, "fault " + reference, method_.path);
    }
  }

  void Answer(const google::protobuf::Message& response) {
    if (finished_.exchange(true)) return;
    ToByteBuffer(response, *response_);
    Record(0);
    Finish(grpc::Status::OK);
  }
  void Refuse(const Error& error) {
    services_.refusals.Record(error);
    Answer(error);
  }
  void Answer(const Error& error) {
    if (finished_.exchange(true)) return;
    Record(static_cast<int>(error.code()));
    Finish(ToStatus(error, retry_after_));
  }
  void Record(int code) { method_.metrics.Record(code, Clock::now() - began_); }

  // The peer went away, the deadline passed, or the server stops. For the peer it is too late; the
  // count is for us.
  void OnCancel() override {
    const bool late = std::chrono::system_clock::now() >= deadline_;
    Answer(Error(late ? kDeadlinePassed : kCallCancelled, "the call was given up", method_.path));
  }
  void OnDone() override {
    const std::shared_ptr<UnaryCall> last = std::move(self_);  // may destroy this at the end
  }

  Method& method_;
  CallServices& services_;
  grpc::ByteBuffer request_;    // shares the slices with gRPC's own
  grpc::ByteBuffer* response_;  // gRPC's; written only by who set finished_
  const Clock::time_point began_ = Clock::now();
  std::int64_t held_ = 0;
  std::shared_ptr<const Caller> caller_;
  std::chrono::milliseconds retry_after_{0};  // told with the error, if above zero
  std::chrono::system_clock::time_point deadline_;
  std::string request_id_;
  std::optional<TraceContext> trace_;
  std::atomic<bool> finished_{false};
  std::shared_ptr<UnaryCall> self_;  // until OnDone
};

}  // namespace

void MethodMetrics::Attach(runtime::Metrics& metrics, const std::string& method) {
  for (std::size_t code = 0; code < kCodes; ++code) {
    const std::string name(code == 0 ? "OK" : StatusCodeName(static_cast<StatusCode>(code)));
    requests_[code] =
        &metrics.AddCounter("plaza_rpc_requests_total", "Calls by method and status code",
                            {{"method", method}, {"code", name}});
  }
  seconds_ =
      &metrics.AddHistogram("plaza_rpc_seconds", "Time from the first byte to the answer",
                            {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10}, {{"method", method}});
}

void MethodMetrics::Record(int code, std::chrono::nanoseconds took) {
  if (seconds_ == nullptr || code < 0 || static_cast<std::size_t>(code) >= kCodes) return;
  requests_[static_cast<std::size_t>(code)]->Add();
  seconds_->Observe(std::chrono::duration<double>(took).count());
}

void RefusalMetrics::Attach(runtime::Metrics& metrics) {
  metrics_ = &metrics;
  for (const ErrorKind* kind : kRefusals) Record(Error(*kind, ""), /*times=*/0);
}

void RefusalMetrics::Record(const Error& error, std::int64_t times) {
  if (metrics_ == nullptr) return;
  metrics_
      ->AddCounter("plaza_rpc_refused_total", "Calls that were refused before their handler",
                   {{"reason", std::string(error.reason())}})
      .Add(times);
}

Result<std::shared_ptr<const Caller>> Authenticate(CallServices& services,
                                                   const grpc::AuthContext* peer,
                                                   const CallMetadata& metadata) {
  const std::string certificate = PeerCertificate(peer);
  if (!certificate.empty()) return services.callers.Get(certificate);
  const auto [first, end] = metadata.equal_range("authorization");
  if (first == end) {
    return Error(kNoIdentity, "the call has no client certificate and no token");
  }
  if (services.tokens == nullptr) return Error(kTokensNotTaken, "no token is taken here");
  if (std::next(first) != end) return Error(kTokenMalformed, "more than one", "authorization");
  const std::string_view value(first->second.data(), first->second.size());
  PLAZA_ASSIGN_OR_RETURN(Caller caller,
                         services.tokens->Verify(value, std::chrono::system_clock::now()));
  return std::make_shared<const Caller>(std::move(caller));
}

grpc::ServerUnaryReactor* StartUnaryCall(Method& method, CallServices& services,
                                         grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) {
  const auto call = std::make_shared<UnaryCall>(method, services, *request, response);
  call->Begin(*context);
  return call.get();
}

}  // namespace plaza::rpc
