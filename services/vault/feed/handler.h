// The vault's door for facts: taps that carry cards, and requests for money. What is of no concern
// to it (cut-offs, its own answers) is passed over; what cannot be read or opened is rejected with
// the reason, and the rest goes on.
#pragma once
#include <span>
#include <vector>

#include "libs/emv/vsam/vsam.h"
#include "libs/eventlog/consumer.h"
#include "libs/runtime/trace.h"
#include "services/vault/app/desk.h"
#include "services/vault/store/card_safe.h"
#include "services/vault/store/vault_store.h"
#include "services/vault/vault_metrics.h"

namespace plaza::vault {

class FactHandler : public eventlog::Handler {
 public:
  // All outlive the handler.
  FactHandler(const emv::Key256& data_base, const CardSafe& safe, const Acquirer& acquirer,
              VaultMetrics& metrics, const runtime::TraceSettings& traces = {})
      : data_base_(data_base),
        safe_(safe),
        acquirer_(acquirer),
        metrics_(metrics),
        traces_(traces) {}

  Result<std::vector<eventlog::Rejected>> Handle(
      store::Tx& tx, eventlog::Outbox& outbox, const eventlog::TopicPartition& from,
      std::span<const eventlog::StoredRecord> records) override;
  void Reset() override { cache_.Clear(); }

 private:
  const emv::Key256& data_base_;
  const CardSafe& safe_;
  const Acquirer& acquirer_;
  VaultMetrics& metrics_;
  const runtime::TraceSettings traces_;
  CardCache cache_;
};

}  // namespace plaza::vault
