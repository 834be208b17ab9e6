// Bad input to the program as a person meets it: each a clear message, nothing half-done.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <optional>
#include <thread>

#include "tests/sim/sim_city.h"

namespace plaza::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct Answer {
  int code;
  std::string text;  // both streams
};

// Runs the program until it ends by itself, at most 20 s.
Answer Plaza(const std::string& arguments) {
  const std::string command = "timeout 20 " + Program() + " " + arguments + " 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  Answer answer{-1, ""};
  if (pipe == nullptr) return answer;
  char buffer[4096];
  for (std::size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    answer.text.append(buffer, n);
  answer.code = WEXITSTATUS(pclose(pipe));
  return answer;
}

std::string Serve(const fs::path& folder, const std::string& more) {
  return "serve --data " + (folder / "city").string() + " " + more;
}

TEST(Input, UnknownVerbsAndFlagsAreNamed) {
  EXPECT_THAT(Plaza("frobnicate").text, HasSubstr("there is no verb 'frobnicate'"));
  EXPECT_EQ(Plaza("frobnicate").code, 2);
  EXPECT_NE(Plaza("demo --rider 5").code, 0);
  EXPECT_THAT(Plaza("demo --date 2026-02-30 --taps 10").text, HasSubstr("BAD_DATE"));
  EXPECT_THAT(Plaza("fare explain X:1 --account nonsense").text, HasSubstr("BAD_UUID"));
}

TEST(Input, AnUnknownConfigurationKeyIsRefusedWithTheNearestOne) {
  const TempFolder folder;
  const Answer answer = Plaza(Serve(folder.path(), "--rpc.adress 127.0.0.1:0"));
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.text, HasSubstr("UNKNOWN_KEY"));
  EXPECT_THAT(answer.text, HasSubstr("rpc.address"));
  EXPECT_FALSE(fs::exists(folder.path() / "city"));
}

TEST(Input, AMissingConfigurationFileIsNamed) {
  const TempFolder folder;
  const Answer answer = Plaza(Serve(folder.path(), "--config /nowhere/plaza.toml"));
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.text, HasSubstr("/nowhere/plaza.toml"));
}

TEST(Input, ATakenPortIsNamed) {
  const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(bind(socket_fd, generic, length), 0);
  ASSERT_EQ(listen(socket_fd, 1), 0);
  ASSERT_EQ(getsockname(socket_fd, generic, &length), 0);
  const std::string port = std::to_string(ntohs(address.sin_port));
  const TempFolder folder;
  const Answer answer = Plaza(Serve(folder.path(), "--rpc.address 127.0.0.1:" + port));
  close(socket_fd);
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.text, HasSubstr("PORT_TAKEN"));
  EXPECT_THAT(answer.text, HasSubstr(port));
}

TEST(Input, ATariffWithAnErrorIsRefusedWithFileLineAndColumn) {
  const TempFolder folder;
  const fs::path tariff = folder.path() / "tariff";
  fs::copy(PLAZA_SOURCE_DIR "/data/guadalajara", tariff, fs::copy_options::recursive);
  // The second line's amount with a comma for its point.
  fs::path products;
  for (const auto& entry : fs::recursive_directory_iterator(tariff)) {
    if (entry.path().filename() == "fare_products.txt") products = entry.path();
  }
  ASSERT_FALSE(products.empty());
  std::ifstream in(products);
  std::stringstream text;
  text << in.rdbuf();
  std::string changed = text.str();
  const std::size_t point = changed.find(".", changed.find('\n'));
  ASSERT_NE(point, std::string::npos);
  changed.replace(point, 1, ",");
  std::ofstream(products) << changed;
  const Answer answer = Plaza(Serve(folder.path(), "--fare.tariff_dir " + tariff.string()));
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.text, HasSubstr("fare_products.txt:2"));
}

TEST(Input, ASecondServerOfTheSameFolderIsRefused) {
  const TempFolder folder;
  SimulationOptions setting;
  setting.paths.data = folder.path() / "city";
  setting.program = Program();
  const auto first = Simulation::Start(setting);
  ASSERT_TRUE(first.ok()) << first.error().ToString();
  const Answer answer = Plaza(Serve(folder.path(), ""));
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.text, HasSubstr("ALREADY_RUNNING"));
}

TEST(Input, ADamagedStoreIsNamed) {
  const TempFolder folder;
  fs::create_directories(folder.path() / "city" / "stores");
  std::ofstream(folder.path() / "city" / "stores" / "fare.db") << std::string(8192, 'x');
  const Answer answer = Plaza(Serve(folder.path(), ""));
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.text, HasSubstr("fare.db"));
}

TEST(Input, AFolderThatIsNotOursIsLeftAlone) {
  const TempFolder folder;
  std::ofstream(folder.path() / "letter.txt") << "dear";
  const Answer answer = Plaza("demo --taps 10 --out " + folder.path().string());
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.text, HasSubstr("NOT_A_DEMO_FOLDER"));
  EXPECT_TRUE(fs::exists(folder.path() / "letter.txt"));
}

TEST(Input, NoCoreFileIsWrittenByAServer) {
  const TempFolder folder;
  SimulationOptions setting;
  setting.paths.data = folder.path() / "city";
  setting.program = Program();
  const auto simulation = Simulation::Start(setting);
  ASSERT_TRUE(simulation.ok()) << simulation.error().ToString();
  std::ifstream limits("/proc/" + std::to_string((*simulation)->server().pid()) + "/limits");
  std::string line, core;
  while (std::getline(limits, line)) {
    if (line.starts_with("Max core file size")) core = line;
  }
  EXPECT_THAT(core, HasSubstr(" 0  "));
}

// A disk that fills up: a small tmpfs under the stores. Taps are refused, none is half-kept; with
// space again, all go in.
TEST(Input, AFullDiskLosesNothing) {
  const TempFolder folder;
  const fs::path stores = folder.path() / "city" / "stores";
  SimulationOptions setting;
  setting.paths.data = folder.path() / "city";
  setting.program = Program();
  setting.seed = 11;
  const fs::path disk = folder.path() / "disk";
  fs::create_directories(disk);
  ASSERT_EQ(mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=6m"), 0)
      << "needs root: CI and ./plaza test run it so";
  struct Unmount {
    fs::path at;
    ~Unmount() { umount2(at.c_str(), MNT_DETACH); }
  } unmount{disk};
  setting.paths.data = disk / "city";
  auto simulation = Simulation::Start(setting);
  ASSERT_TRUE(simulation.ok()) << simulation.error().ToString();
  citysim::Options options = SmallDay(folder.path(), 11);
  options.gates_dir = (folder.path() / "gates").string();  // the gates' disks are their own
  options.patience = std::chrono::seconds(60);
  // Once the disk has been full for a while, it gets space again, as if an operator had come.
  std::atomic<bool> finished = false;
  bool was_full = false;
  std::thread operator_thread([&] {
    std::optional<std::chrono::steady_clock::time_point> full_since;
    while (!finished) {
      struct statvfs space {};
      statvfs(disk.c_str(), &space);
      const auto now = std::chrono::steady_clock::now();
      if (space.f_bavail * space.f_bsize < 64 * 1024 && !full_since) full_since = now;
      if (full_since && now - *full_since > std::chrono::seconds(1)) {
        was_full = mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, "size=200m") == 0;
        return;
      }
      std::this_thread::yield();
    }
  });
  const auto day =
      citysim::RunDay(options, (*simulation)->doors(), [](const citysim::ProgressReport&) {});
  finished = true;
  operator_thread.join();
  EXPECT_TRUE(was_full) << "the disk was large enough: make it smaller";
  ASSERT_TRUE(day.ok()) << day.error().ToString();
  const auto audit = (*simulation)->StopAndAudit();
  ASSERT_TRUE(audit.ok()) << audit.error().ToString();
  EXPECT_EQ(Broken(*audit), "");
}

}  // namespace
}  // namespace plaza::testing
