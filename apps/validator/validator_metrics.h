// The metrics of plaza-validator (README.md, "Metrics"). Thread-safe.
#pragma once
#include <chrono>

#include "apps/validator/gate.h"
#include "apps/validator/uplink.h"
#include "libs/base/civil.h"
#include "libs/rpc/server.h"
#include "libs/runtime/metrics.h"

namespace plaza::validator {

class ValidatorMetrics {
 public:
  explicit ValidatorMetrics(runtime::Metrics& metrics);

  void SetCertificates(const rpc::TlsFiles& tls);
  // `card`: of the time since the card came, what it took to answer.
  void Tapped(const TapResult& result, std::chrono::nanoseconds all, std::chrono::nanoseconds card);
  void OutOfService() { out_of_service_.Add(); }
  void Journal(emv::Journal& journal);
  void Uplinked(const UplinkCounts& now);  // since the uplink was made; one thread
  void DenyList(const emv::DenyListView& list, Instant confirmed);
  void CaKeys(const emv::CapkTable& keys, std::uint64_t epoch);
  void CaKeysRefused(const Error& error);

 private:
  runtime::Metrics& metrics_;
  runtime::Histogram& own_seconds_;
  runtime::Histogram& card_seconds_;
  runtime::Counter& out_of_service_;
  runtime::Gauge& unsent_;
  runtime::Gauge& oldest_unsent_;
  runtime::Counter& calls_;
  runtime::Counter& failed_calls_;
  runtime::Gauge& epoch_;
  runtime::Gauge& entries_;
  runtime::Gauge& confirmed_;
  UplinkCounts counted_;
};

}  // namespace plaza::validator
