// A city behind gRPC doors that keeps everything in memory: TapIngest, Fare, Clock and Ops as far
// as gates and the simulation use them. It checks MACs, dedupes, and denies some tokens at the
// cut-off. For tests of the uplink and of the city day.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/base/result.h"
#include "libs/emv/journal/tap_record.h"
#include "libs/emv/vsam/vsam.h"
#include "libs/rpc/client.h"
#include "libs/rpc/server.h"
#include "plaza/tap_ingest/v1/tap_ingest.pb.h"

namespace plaza::testing {

class FakeCity {
 public:
  using TapKey = std::pair<std::string, std::uint64_t>;

  // `folder`: for its certificates. Listens from the start.
  FakeCity(const std::string& folder, emv::Key256 mac_base);
  ~FakeCity();

  const std::string& address() const { return address_; }
  const rpc::TlsFiles& admin() const { return admin_; }
  const rpc::TlsFiles& depot() const { return depot_; }
  std::unique_ptr<rpc::Client> Connect() const;

  void GoAway();    // as if killed: refuses connections, keeps what it had answered for
  void ComeBack();  // at the same address

  // Called for each record before anything else; an outcome that is given is the answer.
  void OnRecord(std::function<tap_ingest::v1::TapOutcome(const TapKey&)> on_record);
  void LoseAnswers(int calls);            // takes the records, then fails the call
  void DenyAtCutOff(std::uint8_t below);  // tokens of accepted taps whose first octet is below
  void Deny(const emv::Token& token, bool denied);
  void BeBusyFor(int polls) { busy_polls_ = polls; }  // so many answers of Ops are "not idle"
  void BeStuck() { busy_polls_ = -1; }

  std::map<TapKey, Bytes> taps() const;
  std::vector<TapKey> arrivals() const;      // of new records, in order of arrival
  std::vector<std::size_t> batches() const;  // sizes
  std::vector<std::int64_t> clock() const;
  std::vector<std::string> cut_offs() const;
  std::map<std::string, std::string> grants() const;  // account id → kind
  std::size_t validators() const;

 private:
  void Listen();
  Result<tap_ingest::v1::SubmitTapsResponse> Submit(
      const tap_ingest::v1::SubmitTapsRequest& request);
  tap_ingest::v1::TapOutcome Take(const std::string& octets);
  Result<tap_ingest::v1::GetDenyListResponse> DenyList(std::uint64_t since) const;
  void DenyLocked(const emv::Token& token, bool denied);

  emv::Key256 mac_base_;
  std::string address_ = "127.0.0.1:0";
  rpc::TlsFiles server_;
  rpc::TlsFiles admin_;
  rpc::TlsFiles depot_;
  std::unique_ptr<rpc::Server> rpc_;

  mutable std::mutex mutex_;  // all below
  std::function<tap_ingest::v1::TapOutcome(const TapKey&)> on_record_;
  int lose_answers_ = 0;
  int busy_polls_ = 0;
  std::uint8_t deny_below_ = 0;
  std::map<TapKey, Bytes> taps_;
  std::vector<TapKey> arrivals_;
  std::vector<std::size_t> batches_;
  std::set<emv::Token> accepted_tokens_;
  std::vector<std::pair<emv::Token, bool>> deny_list_;  // the entry of epoch n is at n - 1
  std::vector<std::int64_t> clock_;
  std::vector<std::string> cut_offs_;
  std::map<std::string, std::string> grants_;
  std::set<std::string> validators_;
};

}  // namespace plaza::testing
