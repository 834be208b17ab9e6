// A server that is killed with -9 in the middle of an upload loses nothing and doubles nothing: the
// gate sends again what was not answered.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <random>

#include "tests/integration/tap-ingest/harness.h"

namespace plaza::tap_ingest {
namespace {

using namespace harness;

constexpr char kFolderVariable[] = "PLAZA_TAP_INGEST_CHILD_FOLDER";
constexpr std::uint64_t kRecordsPerCall = 40;
constexpr std::uint64_t kRecordsInAll = 4000;
constexpr int kKills = 6;

// gRPC does not survive a fork, so the child is this program again, running the one test that
// serves.
class ChildServer {
 public:
  explicit ChildServer(const std::string& folder) : port_file_(folder + "/port") {
    std::filesystem::remove(port_file_);
    pid_ = fork();
    PLAZA_CHECK(pid_ >= 0);
    if (pid_ == 0) {
      setenv(kFolderVariable, folder.c_str(), /*overwrite=*/1);
      const int null = open("/dev/null", O_WRONLY);
      dup2(null, STDOUT_FILENO);
      execl("/proc/self/exe", "child", "--gtest_filter=TapIngestKill.DISABLED_Child",
            "--gtest_also_run_disabled_tests", nullptr);
      _exit(127);
    }
  }
  ~ChildServer() { Kill(); }
  ChildServer(const ChildServer&) = delete;
  ChildServer& operator=(const ChildServer&) = delete;

  int WaitForPort() const {
    const auto deadline = std::chrono::steady_clock::now() + kTimeout;
    for (int port = 0;;) {
      if (std::ifstream(port_file_) >> port && port != 0) return port;
      PLAZA_CHECK(std::chrono::steady_clock::now() < deadline);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  void Kill() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  const std::string port_file_;
  pid_t pid_ = -1;
};

TEST(TapIngestKill, DISABLED_Child) {
  const char* folder = std::getenv(kFolderVariable);
  ASSERT_NE(folder, nullptr) << "only for TapIngestKill.NothingIsLostAndNothingDoubled";
  Node node(folder);
  node.service().Start();
  const std::string path(folder);
  std::ofstream(path + "/port.new") << node.port() << std::endl;
  std::filesystem::rename(path + "/port.new", path + "/port");
  for (;;) pause();
}

TEST(TapIngestKill, NothingIsLostAndNothingDoubled) {
  const TempFolder folder;
  PLAZA_CHECK(rpc::EnsureDevCa(folder.path()).ok());
  {
    Node node(folder.path());
    const auto admin = ClientOf(folder.path(), node.port(), "admin", {"admin"}, {});
    ASSERT_TRUE(admin
                    ->Call<v1::RegisterValidatorResponse>(
                        kService, "RegisterValidator", Registration("setup", {"GDL-1"}), kTimeout)
                    .ok());
  }
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uint64_t next = 1;
  std::uint64_t duplicates = 0;
  for (int life = 0; next <= kRecordsInAll; ++life) {
    ChildServer child(folder.path());
    const auto gate =
        ClientOf(folder.path(), child.WaitForPort(), "gate", {"validator"}, {"GDL-1"});
    // Killed after so many milliseconds of uploading; the last life is left to finish.
    std::thread killer;
    if (life < kKills) {
      const std::chrono::milliseconds wait(5 + random() % 60);
      killer = std::thread([&child, wait] {
        std::this_thread::sleep_for(wait);
        child.Kill();
      });
    }
    while (next <= kRecordsInAll) {
      v1::SubmitTapsRequest request;
      for (std::uint64_t s = next; s < next + kRecordsPerCall; ++s) {
        request.add_records(Sign(TapOf("GDL-1", s, static_cast<std::uint8_t>(s % 50))));
      }
      const auto response =
          gate->Call<v1::SubmitTapsResponse>(kService, "SubmitTaps", request, kTimeout);
      if (!response.ok()) break;
      for (const v1::TapAnswer& answer : response->answers()) {
        ASSERT_TRUE(answer.outcome() == v1::TAP_OUTCOME_ACCEPTED ||
                    answer.outcome() == v1::TAP_OUTCOME_DUPLICATE)
            << answer.message();
        duplicates += answer.outcome() == v1::TAP_OUTCOME_DUPLICATE ? 1 : 0;
      }
      next += kRecordsPerCall;
    }
    if (killer.joinable()) killer.join();
  }

  Node node(folder.path());
  ASSERT_TRUE(node.service().participant().RunUntilIdle().ok());
  // The log may hold a tap twice (at least once), as the same fact; the store may not.
  std::map<std::uint64_t, std::string> taps;
  for (const auto& event : EventsOf(node.log(), eventlog::topic::kTaps)) {
    const std::string bytes = event.SerializeAsString();
    const auto [at, inserted] = taps.insert({event.tap_recorded().sequence(), bytes});
    EXPECT_EQ(at->second, bytes);
  }
  EXPECT_EQ(taps.size(), kRecordsInAll);
  const auto support = ClientOf(folder.path(), node.port(), "support", {"support"}, {});
  const auto counts = support->Call<v1::GetTapCountsResponse>(kService, "GetTapCounts",
                                                              v1::GetTapCountsRequest(), kTimeout);
  ASSERT_TRUE(counts.ok());
  ASSERT_EQ(counts->counts_size(), 1);
  EXPECT_EQ(counts->counts(0).count(), static_cast<std::int64_t>(kRecordsInAll));
  EXPECT_GE(counts->duplicates(), static_cast<std::int64_t>(duplicates));
}

}  // namespace
}  // namespace plaza::tap_ingest
