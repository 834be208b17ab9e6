// The deny list of a gate with ten million tokens: octets of memory a token, and a look-up, against
// a binary search over all the tokens in memory (36 octets each).
#include <stdlib.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <random>
#include <vector>

#include "libs/base/check.h"
#include "libs/emv/transit/denied_run.h"
#include "libs/emv/transit/stored_deny_list.h"
#include "tests/bench/emv/timing.h"

namespace plaza::emv {
namespace {

constexpr std::size_t kTokens = 10'000'000;
constexpr std::size_t kAsked = 4096;  // in turn
constexpr int kRuns = 20'000;
constexpr std::size_t kPage = 10'000;

std::vector<DeniedToken> RandomTokens(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<DeniedToken> tokens(count);
  for (DeniedToken& token : tokens) {
    token.token_epoch = 1;
    for (std::size_t at = 0; at < token.token.size(); at += 8) {
      const std::uint64_t word = random();
      std::copy_n(reinterpret_cast<const std::uint8_t*>(&word), 8, token.token.begin() + at);
    }
  }
  return tokens;
}

void Print(const char* what, const bench::Times& times) {
  std::printf(
      "{\"bench\":\"deny_list_%s\",\"unit\":\"ns\",\"value\":%.0f,\"floor\":%.0f,"
      "\"ratio\":%.2f}\n",
      what, times.step * 1000, times.floor * 1000, times.step / times.floor);
}

void Run(const std::string& folder) {
  std::vector<DeniedToken> tokens = RandomTokens(kTokens, 1);
  const std::vector<DeniedToken> absent = RandomTokens(kAsked, 2);
  auto list = StoredDenyList::Open(PosixFiles(), {.folder = folder});
  PLAZA_CHECK(list.ok());
  const auto start = std::chrono::steady_clock::now();
  auto incoming = (*list)->Replace();
  for (std::size_t at = 0; at < kTokens; at += kPage) {
    DenyListDelta page{at, at + kPage, {}, {}};
    page.added.assign(tokens.begin() + static_cast<std::ptrdiff_t>(at),
                      tokens.begin() + static_cast<std::ptrdiff_t>(at + kPage));
    PLAZA_CHECK(incoming->Add(page).ok());
  }
  PLAZA_CHECK(incoming->Commit().ok());
  incoming.reset();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  const std::vector<DeniedToken> present(tokens.begin(), tokens.begin() + kAsked);
  std::ranges::sort(tokens, FileOrder);
  const auto view = (*list)->view();
  const auto measure = [&](const std::vector<DeniedToken>& asked, bool expected) {
    std::size_t i = 0;
    std::size_t j = 0;
    return bench::BestMicroseconds(
        kRuns,
        [&] {
          const DeniedToken& token = asked[i++ % kAsked];
          PLAZA_CHECK(view->Contains(token.token_epoch, token.token).value() == expected);
        },
        [&] {
          PLAZA_CHECK(std::ranges::binary_search(tokens, asked[j++ % kAsked], FileOrder) ==
                      expected);
        });
  };
  Print("absent", measure(absent, false));
  Print("present", measure(present, true));
  tokens = {};
  std::printf(
      "{\"bench\":\"deny_list_memory\",\"unit\":\"octets/token\",\"value\":%.2f,\"floor\":%.2f,"
      "\"ratio\":%.2f,\"load_s\":%.1f}\n",
      static_cast<double>((*list)->memory_bytes()) / kTokens, 36.0,
      static_cast<double>((*list)->memory_bytes()) / kTokens / 36.0, taken.count());
}

}  // namespace
}  // namespace plaza::emv

int main() {
  std::string folder = (std::filesystem::temp_directory_path() / "plaza_bench_XXXXXX").string();
  PLAZA_CHECK(::mkdtemp(folder.data()) != nullptr);
  plaza::emv::Run(folder + "/deny");
  std::filesystem::remove_all(folder);
}
