// Store-and-forward: what gates have in their journals goes to tap-ingest, and the deny list comes
// back.
//
// One uplink serves many gates (a depot uploads for its vehicles): a batch mixes validators. It
// reads from each journal's acknowledged position and acknowledges only what tap-ingest has
// answered for, so a lost answer means that records are sent again, never that they are lost. A
// record refused for now stays where it is and holds back its own gate only. Lifecycle: the client
// and the gates must outlive it. One thread drives it; Stop() may come from another. Source:
// proto/plaza/tap_ingest/v1, docs/formats/journal.md.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/validator/gate.h"
#include "apps/validator/limits.h"
#include "libs/base/result.h"
#include "libs/base/trace_context.h"
#include "libs/emv/transit/deny_list_keeper.h"

namespace plaza::rpc {
class Client;
}

namespace plaza::validator {

// Of an upload: of all its taps the first one's, since a call has one trace only. How it was
// sampled is not the gate's business.
TraceContext UploadTrace(const TapId& first);

struct UplinkOptions {
  std::size_t batch_records = kBatchRecordsMax;
  std::chrono::milliseconds call_timeout = kCallTimeout;
  // Longest wait without any record getting through, or any page of the list arriving.
  std::chrono::milliseconds patience{60'000};
};

// Since the uplink was made. A record that was sent twice counts in each answer.
struct UplinkCounts {
  std::uint64_t calls = 0;
  std::uint64_t failed_calls = 0;  // the server was away, busy, or its answer was lost
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t conflicts = 0;
  std::uint64_t refused_for_now = 0;
  std::uint64_t refused = 0;  // for good
  UplinkCounts& operator+=(const UplinkCounts& other);
};

class Uplink {
 public:
  // The client calls once (rpc::kCallOnce): patience is the uplink's. `deny_list` outlives it.
  Uplink(rpc::Client& client, UplinkOptions options, emv::DenyListKeeper& deny_list);

  // Called with each record that tap-ingest has answered for good, in order per validator; before
  // it is acknowledged.
  void OnSettled(
      std::function<void(std::uint64_t sequence, const std::string& validator_id, ByteView record)>
          on_settled) {
    on_settled_ = std::move(on_settled);
  }

  // Sends until nothing is left in these gates' journals. UPLINK_AWAY, UPLINK_REFUSED (all that is
  // left is refused for now) after `patience`; UPLINK_STOPPED; BAD_UPLINK_ANSWER; other errors of
  // the server at once. Nothing is lost by any of them.
  Result<void> Drain(const std::vector<Gate*>& gates);

  // Sends records as a gate does whose answer was lost; their answers are counted, nothing is
  // acknowledged.
  Result<void> SendAgain(const std::vector<Bytes>& records);

  // Brings the list up to date (deltas, page by page) and gives it to these gates. Errors as above.
  Result<void> FetchDenyList(const std::vector<Gate*>& gates);
  std::uint64_t deny_list_epoch() const { return deny_list_.epoch(); }

  const UplinkCounts& counts() const { return counts_; }
  // What tap-ingest said of the last record that it refused for good, or as a conflict: "<tap id>:
  // <code>, <message>".
  const std::string& last_refusal() const { return last_refusal_; }
  std::uint64_t sent_again() const { return sent_again_; }  // records, by SendAgain()
  // Thread-safe; for good. Ends waits at once, and no further call begins.
  void Stop();

 private:
  struct Pending {
    Gate* gate;
    emv::JournalEntry entry;
  };
  class BackOff;
  Result<std::vector<Pending>> NextBatch(const std::vector<Gate*>& gates, std::size_t& turn) const;
  Result<bool> SubmitOnce(const std::vector<Pending>& batch, std::string& refusal);
  template <class Request, class Response>
  Result<Response> CallPatiently(const char* method, const Request& request,
                                 const std::optional<TraceContext>& trace = std::nullopt);
  bool WaitFor(std::chrono::milliseconds pause);  // false: stopped

  rpc::Client& client_;
  UplinkOptions options_;
  UplinkCounts counts_;
  std::uint64_t sent_again_ = 0;
  std::string last_refusal_;
  std::function<void(std::uint64_t, const std::string&, ByteView)> on_settled_;
  emv::DenyListKeeper& deny_list_;
  std::mutex mutex_;
  std::condition_variable stop_signal_;
  bool stopped_ = false;
};

}  // namespace plaza::validator
