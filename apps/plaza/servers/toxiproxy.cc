#include "apps/plaza/servers/toxiproxy.h"

#include <httplib.h>

#include <nlohmann/json.hpp>

#include "apps/plaza/servers/cache.h"
#include "apps/plaza/servers/errors.h"
#include "apps/plaza/servers/port.h"

namespace plaza::servers {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFolder = "toxiproxy-2.5.0";  // as ./plaza names it
constexpr std::chrono::seconds kStartTimeout{30};

}  // namespace

Result<std::unique_ptr<Toxiproxy>> Toxiproxy::Start(const fs::path& folder) {
  const fs::path program = CacheFolder() / kFolder / "server";
  if (!fs::exists(program)) {
    return Error(kServerMissing, "Toxiproxy (./plaza faults builds it)", program.string());
  }
  std::unique_ptr<Toxiproxy> proxy(new Toxiproxy(fs::absolute(folder)));
  std::error_code failed;
  fs::create_directories(proxy->folder_, failed);
  if (failed) return Error(kServerFolder, failed.message(), proxy->folder_.string());
  proxy->port_ = FreePort();
  PLAZA_ASSIGN_OR_RETURN(
      proxy->child_,
      Child::Spawn({.name = "toxiproxy",
                    .argv = {"setpriv", "--pdeathsig", "KILL", "--", program, "-host", "127.0.0.1",
                             "-port", std::to_string(proxy->port_)},
                    .log_file = proxy->log_file(),
                    .environment = {"LOG_LEVEL=warn"}}));
  PLAZA_RETURN_IF_ERROR(AwaitReady(
      *proxy->child_, [&] { return Answers(proxy->port_); }, kStartTimeout));
  return proxy;
}

Result<std::string> Toxiproxy::Post(const std::string& path, const std::string& body) const {
  httplib::Client client("127.0.0.1", port_);
  const auto answer = client.Post(path, body, "application/json");
  if (answer && answer->status >= 200 && answer->status < 300) return answer->body;
  return Error(kToxiproxy, answer ? answer->body : httplib::to_string(answer.error()), path);
}

Result<std::string> Toxiproxy::Add(const std::string& link, const std::string& upstream) const {
  const json wanted{{"name", link}, {"listen", "127.0.0.1:0"}, {"upstream", upstream}};
  PLAZA_ASSIGN_OR_RETURN(const std::string made, Post("/proxies", wanted.dump()));
  return json::parse(made).at("listen").get<std::string>();
}

Result<void> Toxiproxy::Redirect(const std::string& link, const std::string& upstream) const {
  PLAZA_RETURN_IF_ERROR(Post("/proxies/" + link, json{{"upstream", upstream}}.dump()));
  return {};
}

Result<void> Toxiproxy::AddToxic(const std::string& link, const char* type, const char* stream,
                                 const std::string& attributes) const {
  const json toxic{{"type", type}, {"stream", stream}, {"attributes", json::parse(attributes)}};
  PLAZA_RETURN_IF_ERROR(Post("/proxies/" + link + "/toxics", toxic.dump()));
  return {};
}

// Times are milliseconds, sizes bytes, delays of the slicer microseconds.
Result<void> Toxiproxy::Injure(const std::string& link, Injury injury) const {
  switch (injury) {
    case Injury::kDelay:
      return AddToxic(link, "latency", "downstream", R"({"latency": 250, "jitter": 200})");
    case Injury::kTrickle:
      for (const char* stream : {"upstream", "downstream"}) {
        PLAZA_RETURN_IF_ERROR(AddToxic(
            link, "slicer", stream, R"({"average_size": 64, "size_variation": 60, "delay": 500})"));
      }
      return {};
    case Injury::kBlackHole:
      for (const char* stream : {"upstream", "downstream"}) {
        PLAZA_RETURN_IF_ERROR(AddToxic(link, "timeout", stream, R"({"timeout": 0})"));
      }
      return {};
    case Injury::kReset:
      return AddToxic(link, "reset_peer", "upstream", R"({"timeout": 0})");
    case Injury::kHalfClose:
      PLAZA_RETURN_IF_ERROR(AddToxic(link, "slow_close", "downstream", R"({"delay": 1000})"));
      return AddToxic(link, "limit_data", "upstream", R"({"bytes": 2000})");
    case Injury::kRefuse:
      PLAZA_RETURN_IF_ERROR(Post("/proxies/" + link, R"({"enabled": false})"));
      return {};
  }
  return {};
}

Result<void> Toxiproxy::Heal() const {
  PLAZA_RETURN_IF_ERROR(Post("/reset", ""));
  return {};
}

}  // namespace plaza::servers
