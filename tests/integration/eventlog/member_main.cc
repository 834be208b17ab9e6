// A member of a group as a process of its own, for the test that halts one. It halts itself once,
// when it holds a batch in which a value says "halt", and ends on SIGTERM.
// usage: eventlog_member BROKERS PREFIX NAME STORE [SESSION_MS]
#include <signal.h>

#include <algorithm>
#include <iostream>

#include "tests/integration/eventlog/member.h"

int main(int argc, char** argv) {
  using namespace plaza::eventlog;
  if (argc != 5 && argc != 6) {
    std::cerr << "usage: eventlog_member BROKERS PREFIX NAME STORE [SESSION_MS]\n";
    return 2;
  }
  sigset_t end;  // before there are threads, which take it over
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &end, nullptr);
  KafkaOptions options = testing::Options(argv[1], argv[2], argv[3]);
  if (argc == 6) options.session_timeout = std::chrono::milliseconds(std::stoi(argv[5]));
  auto opened = OpenKafkaLog(options);
  if (!opened.ok()) {
    std::cerr << opened.error().ToString() << "\n";
    return 1;
  }
  bool halted = false;
  auto watched = testing::Watch(
      std::move(opened).value(), [&halted](const std::vector<StoredRecord>& records) {
        const bool told = std::ranges::any_of(
            records, [](const StoredRecord& one) { return one.record.value == "halt"; });
        if (!told || halted) return;
        halted = true;
        raise(SIGSTOP);  // this very thread stops here; kill() might let it go on for a moment
      });
  testing::Member member(argv[3], std::move(watched), argv[4]);
  member.Start();
  int signal = 0;
  sigwait(&end, &signal);
  member.Stop();
  return 0;
}
