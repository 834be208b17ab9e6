// A real Toxiproxy of its own on this machine: TCP proxies on loopback that delay, trickle,
// swallow, reset and half-close what goes through them. For tests that break connections. Source of
// the toxics: github.com/Shopify/toxiproxy, README "Toxics".
#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "apps/plaza/servers/child.h"
#include "libs/base/result.h"

namespace plaza::servers {

enum class Injury {
  kDelay,      // answers come some hundred milliseconds later, each at another time
  kTrickle,    // a few bytes at a time, both ways
  kBlackHole,  // connections stay open, nothing gets through; closed when healed
  kReset,      // the next bytes end their connection by a reset
  kHalfClose,  // the server's side closes in mid-request, the client's side stays open for a while
  kRefuse,     // all connections are closed, new ones refused
};

// Not thread-safe.
class Toxiproxy {
 public:
  // SERVER_MISSING (./plaza faults builds it), SERVER_NOT_READY.
  static Result<std::unique_ptr<Toxiproxy>> Start(const std::filesystem::path& folder);
  // Listens for `link` and goes on to `upstream` ("127.0.0.1:5432"); returns where it listens.
  // Errors of all that follow: TOXIPROXY.
  Result<std::string> Add(const std::string& link, const std::string& upstream) const;
  // To another server from now on; what is open is closed.
  Result<void> Redirect(const std::string& link, const std::string& upstream) const;
  Result<void> Injure(const std::string& link, Injury injury) const;
  Result<void> Heal() const;  // all links

  pid_t pid() const { return child_ ? child_->pid() : 0; }
  std::filesystem::path log_file() const { return folder_ / "toxiproxy.log"; }

 private:
  explicit Toxiproxy(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Result<std::string> Post(const std::string& path, const std::string& body) const;
  Result<void> AddToxic(const std::string& link, const char* type, const char* stream,
                        const std::string& attributes) const;
  std::filesystem::path folder_;
  int port_ = 0;
  std::unique_ptr<Child> child_;
};

}  // namespace plaza::servers
