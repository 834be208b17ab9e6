// Members of a group: partitions are split, handed over after the transaction under way, and taken
// from who is away; whatever moves when, each record is handled once.
#include <signal.h>

#include <condition_variable>
#include <fstream>

#include "apps/plaza/servers/child.h"
#include "libs/eventlog/errors.h"
#include "tests/integration/eventlog/fixture.h"

namespace plaza::eventlog::testing {
namespace {

using ::testing::HasSubstr;

class Groups : public OnKafka {
 protected:
  // Member "a" as a process of its own.
  std::unique_ptr<servers::Child> Spawn(const std::string& session_ms) {
    return servers::Child::Spawn(
               {.name = "member a",
                .argv = {std::string(PLAZA_BINARY_DIR) + "/tests/eventlog_member",
                         Broker().brokers(), prefix_, "a", store_path(), session_ms},
                .log_file = folder_.path() / "member.log"})
        .value();
  }
};

// Closed until opened; whoever passes waits.
class Gate {
 public:
  void Pass() {
    std::unique_lock<std::mutex> lock(mutex_);
    ++waiting_;
    turned_.notify_all();
    turned_.wait(lock, [&] { return open_; });
  }
  void Open() {
    std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    turned_.notify_all();
  }
  bool AwaitSomebody() {
    std::unique_lock<std::mutex> lock(mutex_);
    return turned_.wait_for(lock, kPatience, [&] { return waiting_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable turned_;
  bool open_ = false;
  int waiting_ = 0;
};

// Sends to all partitions in turn until told to stop.
class Sender {
 public:
  explicit Sender(std::function<bool(int)> send)
      : thread_([this, send = std::move(send)] {
          for (int i = 0; !stop_ && send(i); ++i) sent_ = i + 1;
        }) {}
  int Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return sent_;
  }
  ~Sender() { Stop(); }

 private:
  std::atomic<bool> stop_ = false;
  std::atomic<int> sent_ = 0;
  std::thread thread_;
};

TEST_F(Groups, MembersShareThePartitionsAndEachRecordIsHandledOnce) {
  auto a = Make("a");
  auto b = Make("b");
  Sender sender([&](int i) { return Append(i % kPartitions, std::to_string(i)).ok(); });
  a->Start();
  EXPECT_TRUE(Eventually([&] {
    return a->keeper().PartitionsSinceReset() == std::set{0, 1, 2, 3};
  }));
  b->Start();  // in mid-flow
  EXPECT_TRUE(Eventually([&] {
    return a->keeper().PartitionsSinceReset() == std::set{0, 1} &&
           b->keeper().PartitionsSinceReset() == std::set{2, 3};
  }));
  a->Stop();  // leaves: nobody waits for its session to end
  EXPECT_TRUE(Eventually([&] {
    return b->keeper().PartitionsSinceReset() == std::set{0, 1, 2, 3};
  }));
  a->Start();  // comes back
  EXPECT_TRUE(Eventually([&] { return a->keeper().PartitionsSinceReset() == std::set{0, 1}; }));
  const int sent = sender.Stop();
  EXPECT_TRUE(Eventually([&] { return std::ssize(AllKept()) >= sent; }));
  EXPECT_TRUE(Eventually([&] { return a->Progress().lag == 0 && b->Progress().lag == 0; }));
  EXPECT_EQ(a->Progress().handled + b->Progress().handled, sent);
  EXPECT_EQ(a->Progress().last_error, "");
  EXPECT_EQ(b->Progress().last_error, "");
  ExpectAllKept();
}

TEST_F(Groups, TheGroupWaitsForTheTransactionUnderWay) {
  auto a = Make("a");
  Gate gate;
  a->keeper().inside = [&] { gate.Pass(); };
  Send(3, "first");
  a->Start();
  ASSERT_TRUE(gate.AwaitSomebody());
  auto b = OpenLog("b");
  std::atomic<bool> joined = false;
  Result<Assignment> assignment = Assignment();
  std::thread joining([&] {
    const std::string topics[] = {"in"};
    assignment = b->Join(kGroup, topics);
    joined = true;
  });
  EXPECT_TRUE(Eventually([&] { return a->log().AssignmentEnded(kGroup); }));
  // Time enough for a group that did not wait: it would need but a few of these.
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(log_->EndOffset({"in", 0}).ok());
  EXPECT_FALSE(joined.load());
  gate.Open();
  joining.join();
  ASSERT_TRUE(assignment.ok()) << assignment.error().ToString();
  EXPECT_EQ(assignment->partitions, (std::vector<TopicPartition>{{"in", 2}, {"in", 3}}));
  EXPECT_EQ(KeptBy("a", "first"), 1);
}

TEST_F(Groups, ALateEpochIsLarger) {
  const std::string topics[] = {"in"};
  std::int64_t last = 0;
  for (const char* name : {"a", "", "b"}) {  // whoever joins, in whatever way
    auto log = OpenLog(name);
    for (int i = 0; i < 2; ++i) {
      const auto joined = log->Join(*name == '\0' ? "another" : kGroup, topics);
      ASSERT_TRUE(joined.ok()) << joined.error().ToString();
      EXPECT_GT(joined->epoch, last);
      last = joined->epoch;
    }
    log->Leave(kGroup);
  }
}

// It answers the group, but its consumer stands still with a batch in its hands.
TEST_F(Groups, AHandoverIsNotWaitedForWithoutEnd) {
  KafkaOptions impatient = LogOptions("a");
  impatient.handover_timeout = std::chrono::milliseconds(500);
  Gate gate;
  auto log = Watch(OpenKafkaLog(impatient).value(), [&](const std::vector<StoredRecord>& records) {
    if (!records.empty()) gate.Pass();
  });
  auto a = std::make_unique<Member>("a", std::move(log), store_path());
  auto b = Make("b");
  Send(3, "first");
  a->Start();
  ASSERT_TRUE(gate.AwaitSomebody());
  b->Start();
  EXPECT_TRUE(Eventually([&] { return KeptBy("b", "first") == 1; }));
  gate.Open();
  Send(0, "second");
  EXPECT_TRUE(Eventually([&] { return KeptBy("a", "second") == 1; }));  // it has joined again
  EXPECT_EQ(KeptBy("a", "first"), 0);
  ExpectAllKept();
}

// 'T' in the state of a process.
bool IsHalted(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string id;
  std::string name;
  std::string state;
  in >> id >> name >> state;
  return state == "T";
}

// A process is halted past its session while it holds a batch, and goes on as if nothing had been.
TEST_F(Groups, AZombieChangesNothingAndJoinsAgain) {
  const auto process = Spawn("2000");
  Send(0, "before");
  ASSERT_TRUE(Eventually([&] { return KeptBy("a", "before") == 1; }));
  Send(0, "halt");
  ASSERT_TRUE(Eventually([&] { return IsHalted(process->pid()); }));
  auto b = Make("b");
  b->Start();
  Send(0, "meanwhile");
  EXPECT_TRUE(Eventually([&] { return KeptBy("b", "meanwhile") == 1; }));
  EXPECT_EQ(KeptBy("b", "halt"), 1);
  process->Signal(SIGCONT);
  EXPECT_TRUE(
      Eventually([&] { return b->log().AssignmentEnded(kGroup) || b->keeper().resets > 1; }));
  EXPECT_TRUE(Eventually([&] {
    Send(0, "after");
    return KeptBy("a", "after") > 0;
  }));
  EXPECT_TRUE(Eventually([&] { return std::ssize(AllKept()) == sent_; }));
  EXPECT_EQ(KeptBy("a", "halt"), 0);
  ExpectAllKept();
  EXPECT_TRUE(process->End(SIGTERM, std::chrono::seconds(20)).ok());
}

// Its session would go on for longer than this test has patience.
TEST_F(Groups, AKilledMemberComesBackWithoutWaitingForItsSession) {
  auto process = Spawn("300000");
  Send(0, "first");
  ASSERT_TRUE(Eventually([&] { return KeptBy("a", "first") == 1; }));
  process->Kill();
  Send(0, "second");
  process = Spawn("300000");
  EXPECT_TRUE(Eventually([&] { return KeptBy("a", "second") == 1; }));
  EXPECT_TRUE(process->End(SIGTERM, std::chrono::seconds(20)).ok());
  ExpectAllKept();
}

TEST_F(Groups, TheNewestOfOneNameStays) {
  auto old = Make("a");
  auto young = Make("a");
  Send(0, "first");
  old->Start();
  ASSERT_TRUE(Eventually([&] { return old->Progress().handled == 1; }));
  young->Start();
  EXPECT_TRUE(Eventually(
      [&] { return old->Progress().last_error.find("MEMBER_REPLACED") != std::string::npos; }));
  Send(0, "second");
  EXPECT_TRUE(Eventually([&] { return young->Progress().handled == 1; }));
  EXPECT_EQ(old->Progress().handled, 1);
  ExpectAllKept();
}

}  // namespace
}  // namespace plaza::eventlog::testing
