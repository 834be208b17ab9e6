// Secrets of a running city are where they belong and nowhere else: not in logs, command lines,
// metrics, health pages, nor in what callers are told.
#include <gtest/gtest.h>
#include <httplib.h>

#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "apps/plaza/city.h"
#include "apps/plaza/cluster.h"
#include "apps/plaza/cluster_file.h"
#include "apps/plaza/server_process.h"
#include "libs/host/host.h"
#include "libs/rpc/dev_ca.h"
#include "libs/rpc/dev_tokens.h"
#include "plaza/ops/v1/ops.pb.h"
#include "plaza/vault/v1/vault.pb.h"
#include "tests/support/temp_folder.h"

namespace plaza {
namespace {

namespace fs = std::filesystem;
using plaza::testing::TempFolder;

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

// What must not be seen, by what it is.
using Secrets = std::map<std::string, std::string>;

// Every key file of a city: hex keys, the middle line of a PEM key, the private part of a JWK.
void AddKeys(const fs::path& data, Secrets& secrets) {
  for (const auto& entry : fs::recursive_directory_iterator(data)) {
    if (!entry.is_regular_file()) continue;
    const fs::path& path = entry.path();
    if (path.parent_path().filename() == "keys") {
      secrets[path.filename()] = ReadAll(path).substr(0, 64);
    } else if (path.extension() == ".key") {
      const std::string text = ReadAll(path);
      secrets[path.filename()] = text.substr(text.find('\n') + 1, 64);
    } else if (path.extension() == ".jwk") {
      secrets[path.filename()] = nlohmann::json::parse(ReadAll(path))["d"];
    }
  }
}

void AddToken(const std::string& name, const std::string& token, Secrets& secrets) {
  secrets[name + "'s signature"] = token.substr(token.rfind('.') + 1, 40);
  secrets[name + "'s claims"] = token.substr(token.find('.') + 1, 60);
}

// Names of secrets that `text` shows.
std::string Shown(const std::string& text, const Secrets& secrets) {
  std::string shown;
  for (const auto& [name, secret] : secrets) {
    EXPECT_GE(secret.size(), 8U) << name;
    if (text.find(secret) != std::string::npos) shown += name + "\n";
  }
  return shown;
}

std::string HttpPages(const std::string& address) {
  httplib::Client client("http://" + address);
  std::string pages;
  for (const char* path : {"/metrics", "/healthz", "/readyz"}) {
    const auto answer = client.Get(path);
    EXPECT_TRUE(answer) << path;
    if (answer) pages += answer->body;
  }
  EXPECT_NE(pages.find("plaza_rpc_requests_total"), std::string::npos);
  return pages;
}

std::string CommandLine(pid_t pid) {
  const std::string line = ReadAll("/proc/" + std::to_string(pid) + "/cmdline");
  EXPECT_FALSE(line.empty());
  return line;
}

// What a caller is told, refused or answered.
std::string Told(const std::string& address, const rpc::TlsFiles& tls, const std::string& token) {
  const auto client = rpc::Client::Connect({.route = address, .tls = tls, .token = token}).value();
  vault::v1::DescribeCardRequest request;
  const auto card = client->Call<vault::v1::DescribeCardResponse>(
      "plaza.vault.v1.Vault", "DescribeCard", request, std::chrono::seconds(30));
  EXPECT_FALSE(card.ok());  // it names no card
  const auto progress = client->Call<ops::v1::GetProgressResponse>(
      "plaza.ops.v1.Ops", "GetProgress", ops::v1::GetProgressRequest(), std::chrono::seconds(30));
  return (card.ok() ? "" : card.error().ToString()) + "\n" +
         (progress.ok() ? progress->DebugString() : progress.error().ToString()) + "\n";
}

TEST(Secrets, OfAnEmbeddedCityStayWhereTheyAre) {
  const TempFolder folder;
  const CityPaths paths{folder.path() / "city"};
  const std::string issuer = folder.path() / "city" / "tokens";
  ASSERT_TRUE(rpc::AddDevTokenKey(issuer).ok());
  ServerProcess::Options options;
  options.name = "plaza serve";
  options.program = std::string(PLAZA_BINARY_DIR) + "/bin/plaza";
  options.args = {"serve",
                  "--data",
                  paths.data.string(),
                  "--rpc.jwt.keys",
                  issuer + "/jwks.json",
                  "--rpc.jwt.issuer",
                  "plaza-dev",
                  "--rpc.jwt.audience",
                  "plaza",
                  "--rpc.jwt.roles",
                  "support",
                  "--log.level",
                  "debug"};
  options.running_file = paths.running();
  options.log_file = folder.path() / "serve.log";
  const auto city = ServerProcess::Start(options);
  ASSERT_TRUE(city.ok()) << city.error().ToString();

  const auto now = std::chrono::system_clock::now();
  const rpc::DevToken claims{.subject = "ana", .roles = {"support"}};
  const std::string good = rpc::MintDevToken(issuer, claims, now).value();
  const std::string expired =
      rpc::MintDevToken(issuer, claims, now - std::chrono::hours(9)).value();
  std::string tampered = good;
  tampered[tampered.find('.') + 5] ^= 1;
  const std::string nonsense = "Secret-Hunter2-Without-Dots";
  Secrets secrets{{"nonsense", nonsense}};
  AddToken("good", good, secrets);
  AddToken("expired", expired, secrets);
  AddToken("tampered", tampered, secrets);
  AddKeys(paths.data, secrets);
  ASSERT_GE(secrets.size(), 12U);

  const rpc::TlsFiles nobody{(paths.tls() / "ca.pem").string(), "", ""};
  std::string told;
  for (const std::string& token : {good, expired, tampered, nonsense}) {
    told += Told((*city)->address(), nobody, token);
  }
  told += Told((*city)->address(), AdminCertificate(paths).value(), good);
  for (const char* reason :
       {"TOKEN_EXPIRED", "TOKEN_SIGNATURE", "TOKEN_MALFORMED", "ROLE_NEEDED"}) {
    EXPECT_NE(told.find(reason), std::string::npos) << reason << " in " << told;
  }
  EXPECT_EQ(Shown(told, secrets), "");
  EXPECT_EQ(Shown(HttpPages((*city)->http_address()), secrets), "");
  EXPECT_EQ(Shown(CommandLine((*city)->pid()), secrets), "");
  EXPECT_TRUE((*city)->Stop().ok());
  const std::string log = ReadAll(options.log_file);
  EXPECT_NE(log.find("stopping"), std::string::npos);  // that is where it logs
  EXPECT_EQ(Shown(log, secrets), "");
}

TEST(Secrets, OfAClusterStayWhereTheyAre) {
  const TempFolder folder;
  ClusterOptions options;
  options.paths.data = folder.path() / "city";
  options.programs = fs::path(PLAZA_BINARY_DIR) / "bin";
  options.sync_to_disk = false;
  options.temporary = true;
  options.settings = {{"log.level", "debug"}};
  const auto cluster = Cluster::Start(options, [](const std::string&) {});
  ASSERT_TRUE(cluster.ok()) << cluster.error().ToString();
  const ClusterFile file = ReadClusterFile(options.paths.cluster()).value();
  Secrets secrets;
  AddKeys(options.paths.data, secrets);
  for (const auto& [service, conninfo] : file.databases) {
    static const std::regex password(R"(password='?([^' ]+))");
    std::smatch found;
    ASSERT_TRUE(std::regex_search(conninfo, found, password)) << service;
    secrets["the password of " + service] = found[1];
  }
  ASSERT_GE(secrets.size(), 14U);
  std::string seen;
  for (const ClusterFile::Process& process : file.processes) {
    EXPECT_EQ(Shown(CommandLine(process.pid), secrets), "") << process.name;
    if (process.running_file.empty()) continue;
    const host::Running running = host::ReadRunning(process.running_file).value();
    EXPECT_EQ(Shown(HttpPages(running.http_address), secrets), "") << process.name;
    EXPECT_EQ(
        Shown(Told(running.rpc_address, AdminCertificate(options.paths).value(), ""), secrets), "")
        << process.name;
  }
  EXPECT_TRUE((*cluster)->Stop().ok());
  int logs = 0;
  for (const ClusterFile::Process& process : file.processes) {
    const std::string log = ReadAll(process.log_file);
    logs += log.empty() ? 0 : 1;
    EXPECT_EQ(Shown(log, secrets), "") << process.name;
  }
  EXPECT_GE(logs, 5);
  // Their own files may hold them, for their owner's eyes only.
  for (const auto& entry : fs::recursive_directory_iterator(options.paths.data)) {
    if (!entry.is_regular_file() || Shown(ReadAll(entry.path()), secrets).empty()) continue;
    const auto others =
        fs::status(entry.path()).permissions() & (fs::perms::group_all | fs::perms::others_all);
    EXPECT_EQ(others, fs::perms::none) << entry.path();
  }
}

}  // namespace
}  // namespace plaza
