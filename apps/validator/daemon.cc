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

#include "apps/validator/ca_keys.h"
#include "apps/validator/errors.h"
#include "apps/validator/gate_settings.h"
#include "apps/validator/limits.h"
#include "apps/validator/socket_reader.h"
#include "apps/validator/uplink.h"
#include "apps/validator/validator_metrics.h"
#include "libs/devices/pcsc_reader.h"
#include "libs/emv/errors.h"
#include "libs/emv/transit/stored_deny_list.h"
#include "libs/rpc/client.h"
#include "libs/runtime/http.h"
#include "libs/runtime/log.h"

namespace plaza::validator {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

// Measures what a card takes to answer, and asks it no more once its time is over.
class TimedCard final : public emv::CardChannel {
 public:
  TimedCard(emv::CardChannel& card, milliseconds tap_time)
      : card_(card), end_(steady_clock::now() + tap_time) {}
  Result<Bytes> Transmit(ByteView command) override {
    const auto begin = steady_clock::now();
    if (begin >= end_) return Error(emv::errors::kCardRemoved, "the card took too long");
    Result<Bytes> answer = card_.Transmit(command);
    spent_ += steady_clock::now() - begin;
    return answer;
  }
  nanoseconds spent() const { return spent_; }

 private:
  emv::CardChannel& card_;
  steady_clock::time_point end_;
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

// Whole under another name first, so that nobody ever sees half of it. Not synced.
Result<void> WriteFile(const std::string& file, const std::string& text) {
  const std::string next = file + ".next";
  std::ofstream out(next);
  out << text << "\n";
  out.close();
  std::error_code failed;
  if (out) fs::rename(next, file, failed);
  if (!out || failed) return Error(kBadFolder, "the file cannot be written", file);
  return {};
}

// The Unix time in seconds that a file holds; 1970 if it holds none.
Instant ReadConfirmed(const std::string& file) {
  std::int64_t seconds = 0;
  std::ifstream in(file);
  if (!(in >> seconds)) return {};
  return {seconds * 1000};
}

}  // namespace

// Members are destroyed in reverse order: what works on the gate before the gate.
struct Daemon::Impl {
  Impl(const Config& settings, Display& to_rider, const Clock& time)
      : config(settings),
        display(to_rider),
        wall(time),
        confirmed_file(config.folder + "/deny_list_confirmed") {}

  const Config config;
  Display& display;
  const Clock& wall;
  runtime::Metrics metrics;
  ValidatorMetrics validator_metrics{metrics};
  GateShared shared;
  std::unique_ptr<Gate> gate;
  std::unique_ptr<emv::CardReader> reader;
  std::string reader_address;
  std::unique_ptr<CaKeysFile> ca_keys;
  std::string ca_keys_error;  // the last that was logged; of the uplink's thread
  std::unique_ptr<emv::StoredDenyList> deny_list;
  const std::string confirmed_file;
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
  Result<void> OpenCaKeys();
  void LookAtCaKeys();
  Result<void> OpenDenyList();
  Result<void> OpenUplink();
  Result<void> OpenReader();
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

// The copy that was kept goes first: by it the file's epoch is judged.
Result<void> Daemon::Impl::OpenCaKeys() {
  PLAZA_ASSIGN_OR_RETURN(auto trusted, TrustedListKeys(config));
  ca_keys = std::make_unique<CaKeysFile>(
      CaKeysFile::Options{config.ca_keys_file, config.folder + "/ca_keys", std::move(trusted)});
  const CaKeysFile::Table kept = ca_keys->Kept();
  if (kept != nullptr) {
    gate->SetCaKeys(kept);
    validator_metrics.CaKeys(*kept, ca_keys->epoch());
    LookAtCaKeys();
    return {};
  }
  PLAZA_ASSIGN_OR_RETURN(const CaKeysFile::Table first, ca_keys->Look());
  gate->SetCaKeys(first);
  validator_metrics.CaKeys(*first, ca_keys->epoch());
  return {};
}

void Daemon::Impl::LookAtCaKeys() {
  const Result<CaKeysFile::Table> found = ca_keys->Look();
  const std::string error = found.ok() ? "" : found.error().ToString();
  if (!found.ok()) {
    validator_metrics.CaKeysRefused(found.error());
    if (error != ca_keys_error) {
      runtime::Log(runtime::LogLevel::kError, "validator",
                   "the file of CA keys is not good; those in use stay", {{"error", error}});
    }
  } else if (*found != nullptr) {
    gate->SetCaKeys(*found);
    validator_metrics.CaKeys(**found, ca_keys->epoch());
    runtime::Log(runtime::LogLevel::kInfo, "validator", "new CA keys",
                 {{"epoch", static_cast<std::int64_t>(ca_keys->epoch())},
                  {"keys", static_cast<std::int64_t>((*found)->keys().size())}});
  }
  ca_keys_error = error;
}

Result<void> Daemon::Impl::OpenDenyList() {
  PLAZA_ASSIGN_OR_RETURN(
      deny_list,
      emv::StoredDenyList::Open(emv::PosixFiles(), {.folder = config.folder + "/deny_list"}));
  if (deny_list->damaged()) {
    runtime::Log(runtime::LogLevel::kError, "validator",
                 "the deny list is damaged: starting without one");
  }
  gate->SetDenyList(deny_list->view());
  const Instant confirmed = deny_list->epoch() > 0 ? ReadConfirmed(confirmed_file) : Instant{};
  validator_metrics.DenyList(*deny_list->view(), confirmed);
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
  uplink = std::make_unique<Uplink>(*client, uplink_options, *deny_list);
  return {};
}

Result<void> Daemon::Impl::OpenReader() {
  if (!config.reader_pcsc.empty()) {
    devices::PcscOptions options;
    if (config.reader_pcsc != "*") options.reader = config.reader_pcsc;
    options.on_away = [](const Error& error) {
      runtime::Log(runtime::LogLevel::kError, "reader", "there is no reader",
                   {{"error", error.ToString()}});
    };
    reader_address = "PC/SC " + config.reader_pcsc;
    reader = devices::MakePcscReader(std::move(options));
    return {};
  }
  SocketReaderOptions options;
  options.listen = config.reader_listen;
  options.apdu_time = milliseconds(config.apdu_ms);
  options.tap_time = milliseconds(config.tap_ms);
  PLAZA_ASSIGN_OR_RETURN(auto listening, ListenForCards(std::move(options)));
  reader_address = listening->address();
  reader = std::move(listening);
  return {};
}

void Daemon::Impl::TakeCards() {
  while (auto card = reader->WaitForCard()) TakeCard(std::move(card));
}

void Daemon::Impl::TakeCard(std::unique_ptr<emv::CardChannel> card) {
  TimedCard timed(*card, milliseconds(config.tap_ms));
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
  PLAZA_RETURN_IF_ERROR(uplink->FetchDenyList({gate.get()}));
  const Instant confirmed = wall.Now();
  validator_metrics.DenyList(*deny_list->view(), confirmed);
  // A power cut makes the list look older than it is, no more.
  return WriteFile(confirmed_file, std::to_string(confirmed.unix_ms / 1000));
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
      LookAtCaKeys();
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
  PLAZA_RETURN_IF_ERROR(impl.OpenCaKeys());
  PLAZA_RETURN_IF_ERROR(impl.OpenDenyList());
  PLAZA_RETURN_IF_ERROR(impl.OpenUplink());
  PLAZA_RETURN_IF_ERROR(impl.OpenReader());
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
  const nlohmann::json running{
      {"address", impl.reader_address},
      {"http", impl.config.http_host + ":" + std::to_string(impl.http_port)},
      {"pid", getpid()}};
  return WriteFile(impl.config.running_file, running.dump());
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

const std::string& Daemon::reader_address() const { return impl_->reader_address; }
int Daemon::http_port() const { return impl_->http_port; }

}  // namespace plaza::validator
