// plaza tap: holds a simulated card to a gate of `plaza up --validators N`.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <thread>

#include "apps/citysim/cards/card.h"
#include "apps/citysim/cards/limits.h"
#include "apps/citysim/held_card.h"
#include "apps/plaza/cli.h"
#include "apps/plaza/query.h"
#include "apps/plaza/test_scheme.h"
#include "libs/host/host.h"
#include "libs/runtime/process.h"

namespace plaza {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kCardSeed = 1;
constexpr std::chrono::milliseconds kPoll{5};
constexpr std::chrono::seconds kDisplayTimeMax{5};

struct TapOptions {
  std::string data;
  std::string gate = "GDL-G0001";
  std::uint64_t card = 1;
  std::string kind = std::string(citysim::CardKindName(citysim::CardKind::kGood));
};

std::vector<std::string> Kinds() {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(citysim::CardKind::kRefusedCountry); ++i) {
    names.emplace_back(citysim::CardKindName(static_cast<citysim::CardKind>(i)));
  }
  return names;
}

citysim::CardSpec SpecOf(const TapOptions& tap, Instant now) {
  const auto kinds = Kinds();
  citysim::CardSpec spec;
  spec.seed = kCardSeed;
  spec.account = tap.card;
  spec.kind = static_cast<citysim::CardKind>(std::ranges::find(kinds, tap.kind) - kinds.begin());
  spec.today = ToLocal(now, 0).date;
  return spec;
}

// What the gate's display shows next, after so many octets of its log.
std::optional<std::string> NextShown(const fs::path& log, std::streamoff from) {
  std::ifstream in(log);
  in.seekg(from);
  for (std::string line; std::getline(in, line) && !in.eof();) {
    if (!line.starts_with("{")) return line;
  }
  return std::nullopt;
}

Result<std::string> Tap(const TapOptions& tap) {
  const CityPaths paths{fs::absolute(tap.data)};
  const fs::path gate = paths.gates() / tap.gate;
  PLAZA_ASSIGN_OR_RETURN(const auto running, host::ReadRunning(gate / "running.json"));
  PLAZA_ASSIGN_OR_RETURN(const auto pki, EnsureTestScheme(paths));
  PLAZA_ASSIGN_OR_RETURN(const auto crypto, citysim::CardCrypto::Make(pki));
  const Instant now = runtime::WallClock().Now();
  const citysim::Card card(SpecOf(tap, now));
  // A counter that grows from tap to tap, without being kept.
  const auto atc = static_cast<std::uint16_t>(now.unix_ms / 1000 % 0xFFFF + 1);
  citysim::CardTap channel(card, atc, pki, crypto);
  const fs::path log = gate / "validator.log";
  const auto before = static_cast<std::streamoff>(fs::file_size(log));
  PLAZA_RETURN_IF_ERROR(citysim::HoldToReader({.reader = running.rpc_address}, channel));
  const auto give_up = std::chrono::steady_clock::now() + kDisplayTimeMax;
  while (std::chrono::steady_clock::now() < give_up) {
    if (auto shown = NextShown(log, before)) return *shown;
    std::this_thread::sleep_for(kPoll);
  }
  return std::string("the gate shows nothing; see " + log.string());
}

}  // namespace

int RunTap(const Args& args) {
  CLI::App app("Holds a simulated card to a gate's reader, and says what its display shows",
               "plaza tap");
  TapOptions tap;
  tap.data = (ProjectRoot() / "out" / "cluster").string();
  app.add_option("--data", tap.data, "the cluster's folder")->capture_default_str();
  app.add_option("--gate", tap.gate, "a gate of plaza up --validators N")->capture_default_str();
  app.add_option("--card", tap.card, "which card: each number is a rider's")
      ->check(CLI::Range(std::uint64_t{0}, citysim::kAccountNumbers - 1))
      ->capture_default_str();
  app.add_option("--kind", tap.kind, "what is wrong with the card, if anything")
      ->check(CLI::IsMember(Kinds()))
      ->capture_default_str();
  if (const int code = ParseArgs(app, args); code >= 0) return code;
  const auto shown = Tap(tap);
  if (!shown.ok()) return Complain(shown.error());
  std::cout << *shown << "\n";
  return shown->starts_with("accepted") ? 0 : 1;
}

}  // namespace plaza
