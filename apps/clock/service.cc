#include "apps/clock/service.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "apps/clock/app/clock.h"
#include "apps/clock/errors.h"
#include "apps/clock/rpc/clock_rpc.h"
#include "apps/clock/store/clock_store.h"
#include "libs/runtime/log.h"
#include "libs/runtime/process.h"
#include "libs/runtime/zones.h"

namespace plaza::clock {

struct Service::Impl {
  Config config;
  const Clock* wall = nullptr;
  runtime::Gauge* now_seconds = nullptr;
  std::unique_ptr<eventlog::Participant> participant;
  std::unique_ptr<CityClock> clock;
  std::unique_ptr<ClockRpc> rpc;

  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  std::thread ticker;

  Result<void> FollowWall() {
    for (;;) {
      const Instant now = wall->Now();
      PLAZA_ASSIGN_OR_RETURN(const bool more, clock->FollowWall(now));
      now_seconds->Set(now.unix_ms / 1000);
      if (!more) return {};
    }
  }

  void RunTicker() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      lock.unlock();
      const Result<void> followed = FollowWall();
      if (!followed.ok()) {
        // What was due is owed still: the next tick catches up.
        runtime::Log(runtime::LogLevel::kError, "clock", "the clock could not write",
                     {{"error", followed.error().ToString()}});
      }
      lock.lock();
      wake.wait_for(lock, std::chrono::seconds(config.tick_s), [this] { return stopping; });
    }
  }
};

Service::Service() : impl_(std::make_unique<Impl>()) {}
Service::~Service() { Stop(); }

Result<std::unique_ptr<Service>> Service::Open(const Config& config, const Deps& deps) {
  static const runtime::WallClock kWall;
  return OpenWith(config, deps, kWall);
}

Result<std::unique_ptr<Service>> Service::OpenWith(const Config& config, const Deps& deps,
                                                   const Clock& wall) {
  if (config.mode != "sim" && config.mode != "wall") {
    return Error(kBadMode, "'" + config.mode + "'", "clock.mode");
  }
  Schedule schedule;
  PLAZA_ASSIGN_OR_RETURN(schedule.cut_off, TimeOfDay::Parse(config.cut_off));
  PLAZA_ASSIGN_OR_RETURN(schedule.zone, runtime::LoadZone(config.zone));

  std::unique_ptr<Service> service(new Service);
  Impl& impl = *service->impl_;
  impl.config = config;
  impl.wall = &wall;
  impl.now_seconds =
      &deps.metrics.AddGauge("plaza_clock_now_seconds", "The clock's moment, Unix time");
  eventlog::ParticipantOptions options;
  options.name = "clock";
  options.store.path = config.db_path;
  options.store.postgres = config.postgres;
  options.migrations = store::ClockMigrations();
  options.account_partitions = deps.account_partitions;
  PLAZA_ASSIGN_OR_RETURN(impl.participant,
                         eventlog::Participant::Open(deps.log, std::move(options)));
  impl.clock = std::make_unique<CityClock>(std::move(schedule), deps.account_partitions,
                                           impl.participant->db(), impl.participant->relay());
  impl.rpc = std::make_unique<ClockRpc>(*impl.clock, config.mode == "wall");
  return service;
}

void Service::Register(rpc::Server& server) { impl_->rpc->Register(server); }

void Service::Start() {
  impl_->participant->Start();
  if (impl_->config.mode != "wall" || impl_->ticker.joinable()) return;
  impl_->stopping = false;
  impl_->ticker = std::thread([this] { impl_->RunTicker(); });
}

void Service::Stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  if (impl_->ticker.joinable()) impl_->ticker.join();
  if (impl_->participant != nullptr) impl_->participant->Stop();
}

eventlog::Participant& Service::participant() { return *impl_->participant; }

Result<void> Service::FollowWallOnce() { return impl_->FollowWall(); }

Result<v1::AdvanceResponse> Service::Advance(const v1::AdvanceRequest& request) {
  return impl_->rpc->Advance(request);
}

Result<v1::CutOffResponse> Service::CutOff(const v1::CutOffRequest& request) {
  return impl_->rpc->CutOff(request);
}

}  // namespace plaza::clock
