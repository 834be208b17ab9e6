// plaza token: keys and bearer tokens for development (libs/rpc/dev_tokens.h).
#include <chrono>
#include <filesystem>
#include <iostream>

#include "apps/plaza/cli.h"
#include "apps/plaza/query.h"
#include "libs/rpc/dev_tokens.h"

namespace plaza {
namespace {

constexpr std::int64_t kMinutesMax = 24 * 60;

int MakeKey(const std::string& folder) {
  const auto kid = rpc::AddDevTokenKey(folder);
  if (!kid.ok()) return Complain(kid.error());
  const rpc::DevToken defaults;
  std::cerr << "new key " << *kid << "; the private half is " << folder << "/signing.jwk\n"
            << "a server takes its tokens by these keys (plaza.toml, or as flags):\n";
  std::cout << "[rpc.jwt]\n"
            << "keys = \"" << folder << "/jwks.json\"\n"
            << "issuer = \"" << defaults.issuer << "\"\n"
            << "audience = \"" << defaults.audience << "\"\n"
            << "roles = \"support,admin,accountant\"\n";
  return 0;
}

int Mint(const std::string& folder, const rpc::DevToken& token) {
  const auto minted = rpc::MintDevToken(folder, token, std::chrono::system_clock::now());
  if (!minted.ok()) return Complain(minted.error());
  std::cout << *minted << "\n";
  return 0;
}

}  // namespace

int RunToken(const Args& args) {
  CLI::App app(
      "Keys and bearer tokens for development; in production the city's identity provider "
      "makes them.",
      "plaza token");
  std::string folder = (ProjectRoot() / "out" / "tokens").string();
  rpc::DevToken token;
  std::vector<std::string> roles;
  std::int64_t minutes = token.lifetime.count();
  app.require_subcommand(1);
  app.add_option("--folder", folder, "where the keys are")->capture_default_str();
  app.fallthrough();
  CLI::App* const keys =
      app.add_subcommand("keys", "makes a key pair; older public keys stay in jwks.json");
  CLI::App* const mint = app.add_subcommand("mint", "prints a token, signed with the newest key");
  mint->add_option("--role", roles, "a role of the caller; may be repeated")->required();
  mint->add_option("--subject", token.subject, "who calls")->required();
  mint->add_option("--minutes", minutes, "how long it is valid")
      ->check(CLI::Range(std::int64_t{1}, kMinutesMax))
      ->capture_default_str();
  mint->add_option("--issuer", token.issuer, "iss")->capture_default_str();
  mint->add_option("--audience", token.audience, "aud")->capture_default_str();
  if (const int exit_code = ParseArgs(app, args); exit_code >= 0) return exit_code;
  folder = std::filesystem::absolute(folder).string();
  if (keys->parsed()) return MakeKey(folder);
  token.roles.insert(roles.begin(), roles.end());
  token.lifetime = std::chrono::minutes(minutes);
  return Mint(folder, token);
}

}  // namespace plaza
