#include "libs/rpc/tokens.h"

#include <sys/stat.h>

#include <fstream>

#include "libs/rpc/claims.h"
#include "libs/rpc/errors.h"
#include "libs/rpc/limits.h"
#include "libs/runtime/log.h"

namespace plaza::rpc {
namespace {

// RFC 9110, 11.1: the scheme in any case, then blanks, then the token.
Result<std::string_view> BearerToken(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  const bool bearer =
      authorization.size() > kScheme.size() &&
      std::equal(kScheme.begin(), kScheme.end(), authorization.begin(), [](char want, char c) {
        return want == (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
      });
  if (!bearer) return Error(kTokenMalformed, "not of the form 'Bearer TOKEN'", "authorization");
  return authorization.substr(kScheme.size());
}

}  // namespace

Result<std::unique_ptr<TokenVerifier>> TokenVerifier::Open(TokenOptions options) {
  if (options.issuer.empty() || options.audience.empty() || options.roles.empty()) {
    return Error(kBadTokenOptions, "tokens need an issuer, an audience and roles",
                 options.jwks_file);
  }
  if (options.clock_skew < std::chrono::seconds(0) || options.clock_skew > kClockSkewMax) {
    return Error(kBadTokenOptions, "a skew of " + std::to_string(options.clock_skew.count()) + " s",
                 options.jwks_file);
  }
  std::unique_ptr<TokenVerifier> verifier(new TokenVerifier(std::move(options)));
  PLAZA_ASSIGN_OR_RETURN(verifier->stamp_, verifier->Look());
  PLAZA_ASSIGN_OR_RETURN(KeySet keys, verifier->Read());
  verifier->keys_ = std::make_shared<const KeySet>(std::move(keys));
  return verifier;
}

void TokenVerifier::SetMetrics(runtime::Metrics& metrics) {
  const auto counter = [&](const char* result) {
    return &metrics.AddCounter("plaza_rpc_jwks_reads_total",
                               "Times that a changed file of token keys was read",
                               {{"result", result}});
  };
  read_ = counter("ok");
  broken_ = counter("broken");
}

Result<Caller> TokenVerifier::Verify(std::string_view authorization,
                                     std::chrono::system_clock::time_point now) {
  PLAZA_ASSIGN_OR_RETURN(const std::string_view token, BearerToken(authorization));
  PLAZA_ASSIGN_OR_RETURN(const std::string claims, Keys()->VerifiedPayload(token));
  return CallerOfClaims(claims, options_, now);
}

Result<TokenVerifier::Stamp> TokenVerifier::Look() const {
  struct stat status {};
  if (stat(options_.jwks_file.c_str(), &status) != 0) {
    return Error(kBadJwks, "cannot read the file of keys", options_.jwks_file);
  }
  return Stamp{status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

Result<KeySet> TokenVerifier::Read() const {
  std::ifstream in(options_.jwks_file, std::ios::binary);
  std::string text(kJwksBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kJwksBytesMax) {
    return Error(kBadJwks, "larger than " + std::to_string(kJwksBytesMax) + " bytes",
                 options_.jwks_file);
  }
  auto keys = KeySet::Parse(text);
  if (!keys.ok()) return Error(kBadJwks, keys.error().what(), options_.jwks_file);
  return keys;
}

// A look at the file's stamp costs a microsecond, a hundredth of a signature's check.
std::shared_ptr<const KeySet> TokenVerifier::Keys() {
  const std::lock_guard lock(mutex_);
  const Result<Stamp> look = Look();
  const Stamp now = look.ok() ? *look : Stamp{};
  if (now == stamp_) return keys_;
  stamp_ = now;
  Result<KeySet> fresh = Read();
  runtime::Counter* const counter = fresh.ok() ? read_ : broken_;
  if (counter != nullptr) counter->Add();
  if (fresh.ok()) {
    keys_ = std::make_shared<const KeySet>(std::move(*fresh));
    runtime::Log(runtime::LogLevel::kInfo, "rpc", "token keys read again",
                 {{"file", options_.jwks_file}, {"keys", std::int64_t(keys_->size())}});
  } else {
    runtime::Log(runtime::LogLevel::kError, "rpc", "token keys are broken; the old ones stand",
                 {{"what", fresh.error().ToString()}});
  }
  return keys_;
}

}  // namespace plaza::rpc
