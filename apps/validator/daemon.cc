#include "apps/validator/daemon.h"

#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "apps/validator/deny_list_file.h"
#include "apps/validator/errors.h"
#include "apps/validator/gate_settings.h"
#include "apps/validator/limits.h"
#include "apps/validator/socket_reader.h"
#include "apps/validator/uplink.h"
#include "apps/validator/validator_metrics.h"
#include "libs/rpc/client.h"
#include "libs/runtime/http.h"
#include "libs/runtime/log.h"

namespace plaza::validator {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

// Measures what a card takes to answer.
class TimedCard final : public emv::CardChannel {
 public:
  explicit TimedCard(emv::CardChannel& card) : card_(card) {}
  Result<Bytes> Transmit(ByteView command) override {
    const auto begin = steady_clock::now();
    Result<Bytes> answer = card_.Transmit(command);
    spent_ += steady_clock::now() - begin;
    return answer;
  }
  nanoseconds spent() const { return spent_; }

 private:
  emv::CardChannel& card_;
  nanoseconds spent_{};
};

Notice NoticeOf(const TapResult& result, const std::string& validator_id) {
  if (!result.recorded) {
    return {Notice::Kind::kTryAgain, std::string(emv::RetryReasonName(result.retry)), ""};
  }
  const std::string tap_id = validator_id + ":" + std::to_string(result.sequence);
  if (result.opened) return {Notice::Kind::kAccepted, "", tap_id};
  return {Notice::Kind::kDenied, std::string(emv::ReasonName(result.reason)), tap_id};
}

// Whole under another name first, so that a reader never sees half of it.
Result<void> WriteRunning(const std::string& file, const nlohmann::json& json) {
  const std::string next = file + ".next";
  std::ofstream out(next);
  out << json.dump() << "\n";
  out.close();
  std::error_code failed;
  if (out) fs::rename(next, file, failed);
  if (!out || failed) return Error(kBadFolder, "the running file cannot be written", file);
  return {};
}

}  // namespace

// Members are destroyed in reverse order: what works on the gate before the gate.
struct Daemon::Impl {
  Impl(const Config& settings, Display& to_rider, const Clock& time)
      : config(settings),
        display(to_rider),
        wall(time),
        deny_list_file(config.folder + "/deny_list") {}

  const Config config;
  Display& display;
  const Clock& wall;
  runtime::Metrics metrics;
  ValidatorMetrics validator_metrics{metrics};
  GateShared shared;
  std::unique_ptr<Gate> gate;
  std::unique_ptr<Reader> reader;
  DenyListFile deny_list_file;
  Instant confirmed;
  std::unique_ptr<rpc::Client> client;
  std::unique_ptr<Uplink> uplink;
  std::string uplink_error;  // the last that was logged; of the uplink's thread
  runtime::HttpPort http{metrics, [this] { return NotReady(); }};
  int http_port = 0;

  std::mutex mutex;
  std::condition_variable wake;
  std::string not_ready = "starting";
  bool stopping = false;
  std::thread reader_thread;
  std::thread uplink_thread;

  std::string NotReady() {
    const std::lock_guard lock(mutex);
    return not_ready;
  }
  void SetNotReady(const std::string& why) {
    const std::lock_guard lock(mutex);
    not_ready = why;
  }
  bool WaitFor(milliseconds pause) {  // false: stopping
    std::unique_lock lock(mutex);
    return !wake.wait_for(lock, pause, [this] { return stopping; });
  }

  Result<void> OpenGate();
  Result<void> OpenUplink();
  void TakeCards();
  void TakeCard(std::unique_ptr<emv::CardChannel> card);
  void KeepUplinked();
  Result<void> FetchDenyList();
  void LogUplink(const Result<void>& done);
};

Result<void> Daemon::Impl::OpenGate() {
  PLAZA_ASSIGN_OR_RETURN(shared, MakeShared(config));
  PLAZA_ASSIGN_OR_RETURN(GateOptions options, MakeGateOptions(config));
  PLAZA_ASSIGN_OR_RETURN(auto vsam, MakeVsam(config));
  std::error_code failed;
  fs::create_directories(config.folder, failed);
  if (failed) return Error(kBadFolder, failed.message(), config.folder);
  PLAZA_ASSIGN_OR_RETURN(
      gate, Gate::Open(std::move(options), shared, std::move(vsam), emv::PosixFiles()));
  if (!config.vehicle_id.empty()) gate->SignOn({config.route_id, config.trip_id});
  validator_metrics.Journal(gate->journal());
  return {};
}

Result<void> Daemon::Impl::OpenUplink() {
  rpc::ClientOptions options;
  options.route = config.uplink_address;
  options.tls = config.tls;
  options.server_name = config.server_name;
  options.retries = rpc::kCallOnce;  // KeepUplinked() has the patience
  PLAZA_ASSIGN_OR_RETURN(client, rpc::Client::Connect(options));
  validator_metrics.SetCertificates(config.tls);
  UplinkOptions uplink_options;
  uplink_options.patience = milliseconds(0);
  uplink = std::make_unique<Uplink>(*client, uplink_options);
  const auto kept = deny_list_file.Read();
  if (kept.ok()) {
    uplink->SetDenyList(kept->list);
    gate->SetDenyList(kept->list);
    confirmed = kept->confirmed;
  } else {
    runtime::Log(runtime::LogLevel::kError, "validator", "starting without a deny list",
                 {{"error", kept.error().ToString()}});
  }
  validator_metrics.DenyList(*uplink->deny_list(), confirmed);
  return {};
}

void Daemon::Impl::TakeCards() {
  while (auto card = reader->WaitForCard()) TakeCard(std::move(card));
}

void Daemon::Impl::TakeCard(std::unique_ptr<emv::CardChannel> card) {
  TimedCard timed(*card);
  const auto begin = steady_clock::now();
  const Result<TapResult> result = gate->Tap(timed, wall.Now());
  const nanoseconds all = steady_clock::now() - begin;
  card.reset();  // the field is off
  if (!result.ok()) {
    // Nothing was decided or kept, and the gate is shut: until the journal takes records again.
    display.Show({Notice::Kind::kOutOfService, std::string(result.error().reason()), ""});
    validator_metrics.OutOfService();
    SetNotReady(result.error().ToString());
    runtime::Log(runtime::LogLevel::kError, "validator", "the gate is out of service",
                 {{"error", result.error().ToString()}});
    return;
  }
  display.Show(NoticeOf(*result, config.id));
  validator_metrics.Tapped(*result, all, timed.spent());
  if (!result->recorded) return;
  SetNotReady("");
  validator_metrics.Journal(gate->journal());
}

Result<void> Daemon::Impl::FetchDenyList() {
  const auto before = uplink->deny_list();
  PLAZA_RETURN_IF_ERROR(uplink->FetchDenyList({gate.get()}));
  const auto list = uplink->deny_list();
  confirmed = wall.Now();
  validator_metrics.DenyList(*list, confirmed);
  // The first list is written even if it is empty: so that there is a file to be confirmed.
  if (list == before && fs::exists(config.folder + "/deny_list")) {
    return deny_list_file.Confirm(confirmed);
  }
  return deny_list_file.Write(*list, confirmed);
}

// One line when it begins to fail, or fails otherwise, and one when it is well again.
void Daemon::Impl::LogUplink(const Result<void>& done) {
  if (!done.ok() && done.error().Is(kUplinkStopped)) return;
  const std::string error = done.ok() ? "" : std::string(done.error().reason());
  if (error == uplink_error) return;
  uplink_error = error;
  if (done.ok()) {
    runtime::Log(runtime::LogLevel::kInfo, "uplink", "the uplink works again");
  } else {
    runtime::Log(runtime::LogLevel::kWarning, "uplink", "the uplink fails; nothing is lost",
                 {{"error", done.error().ToString()}});
  }
}

void Daemon::Impl::KeepUplinked() {
  // A city's gates are not to come back all in one moment.
  std::minstd_rand random{std::random_device{}()};
  std::uniform_real_distribution<double> part(0.5, 1.0);
  const milliseconds interval(config.uplink_interval_ms);
  milliseconds pause = interval;
  auto next_list = steady_clock::now();
  do {
    Result<void> done;
    if (steady_clock::now() >= next_list) {
      done = FetchDenyList();
      if (done.ok()) next_list = steady_clock::now() + milliseconds(config.deny_list_interval_ms);
    }
    const Result<void> sent = uplink->Drain({gate.get()});
    if (!sent.ok()) done = sent;
    validator_metrics.Journal(gate->journal());
    validator_metrics.Uplinked(uplink->counts());
    LogUplink(done);
    pause = done.ok() ? interval : std::max(interval, std::min(pause * 2, kPauseMax));
  } while (WaitFor(std::chrono::duration_cast<milliseconds>(pause * part(random))));
}

Daemon::Daemon() = default;
Daemon::~Daemon() { Stop(); }

Result<std::unique_ptr<Daemon>> Daemon::Open(const Config& config, Display& display,
                                             const Clock& wall) {
  std::unique_ptr<Daemon> daemon(new Daemon);
  daemon->impl_ = std::make_unique<Impl>(config, display, wall);
  Impl& impl = *daemon->impl_;
  PLAZA_RETURN_IF_ERROR(impl.OpenGate());
  PLAZA_RETURN_IF_ERROR(impl.OpenUplink());
  SocketReaderOptions reader;
  reader.listen = config.reader_listen;
  reader.apdu_time = milliseconds(config.apdu_ms);
  reader.tap_time = milliseconds(config.tap_ms);
  PLAZA_ASSIGN_OR_RETURN(impl.reader, ListenForCards(std::move(reader)));
  return daemon;
}

Result<void> Daemon::Start() {
  Impl& impl = *impl_;
  PLAZA_ASSIGN_OR_RETURN(impl.http_port, impl.http.Start(impl.config.http_host,
                                                         static_cast<int>(impl.config.http_port)));
  impl.SetNotReady("");
  impl.reader_thread = std::thread([&impl] { impl.TakeCards(); });
  impl.uplink_thread = std::thread([&impl] { impl.KeepUplinked(); });
  if (impl.config.running_file.empty()) return {};
  return WriteRunning(impl.config.running_file,
                      {{"address", impl.reader->address()},
                       {"http", impl.config.http_host + ":" + std::to_string(impl.http_port)},
                       {"pid", getpid()}});
}

void Daemon::Stop() {
  Impl& impl = *impl_;
  if (!impl.reader_thread.joinable()) return;
  {
    const std::lock_guard lock(impl.mutex);
    impl.stopping = true;
    impl.not_ready = "stopping";
  }
  impl.wake.notify_all();
  impl.uplink->Stop();
  impl.reader->Stop();
  impl.reader_thread.join();
  impl.uplink_thread.join();
  impl.http.Stop();
  std::error_code ignored;  // a file that is left is recognised by its dead pid
  if (!impl.config.running_file.empty()) fs::remove(impl.config.running_file, ignored);
}

const std::string& Daemon::reader_address() const { return impl_->reader->address(); }
int Daemon::http_port() const { return impl_->http_port; }

}  // namespace plaza::validator
