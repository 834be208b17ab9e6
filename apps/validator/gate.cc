#include "apps/validator/gate.h"

#include <algorithm>
#include <utility>

#include "apps/validator/errors.h"
#include "apps/validator/limits.h"

namespace plaza::validator {

Gate::Gate(GateOptions options, const GateShared& shared, std::unique_ptr<emv::Vsam> vsam,
           std::unique_ptr<emv::Journal> journal)
    : options_(std::move(options)),
      shared_(shared),
      vsam_(std::move(vsam)),
      journal_(std::move(journal)),
      pass_back_(shared.pass_back),
      deny_list_(std::make_shared<const emv::DenyList>()) {}

Result<std::unique_ptr<Gate>> Gate::Open(GateOptions options, const GateShared& shared,
                                         std::unique_ptr<emv::Vsam> vsam, emv::FileEnv& files) {
  if (options.stop_id.empty() == options.vehicle_id.empty()) {
    return Error(kBadPlace, "a stop and a vehicle, or neither", options.validator_id);
  }
  emv::JournalOptions journal_options;
  journal_options.folder = options.journal_folder;
  PLAZA_ASSIGN_OR_RETURN(auto journal, emv::Journal::Open(files, std::move(journal_options)));
  std::unique_ptr<Gate> gate(
      new Gate(std::move(options), shared, std::move(vsam), std::move(journal)));
  PLAZA_RETURN_IF_ERROR(gate->RememberUnsent());
  return gate;
}

// A gate that was restarted still knows who just went through: what is not acknowledged yet is read
// again.
Result<void> Gate::RememberUnsent() {
  const std::uint64_t next = journal_->next_sequence();
  const std::uint64_t recent = next > kPassBackReplayMax ? next - kPassBackReplayMax : 1;
  const std::uint64_t from = std::max(journal_->acknowledged() + 1, recent);
  if (from >= next) return {};
  PLAZA_ASSIGN_OR_RETURN(const auto entries, journal_->Read(from, kPassBackReplayMax));
  for (const emv::JournalEntry& entry : entries) {
    PLAZA_ASSIGN_OR_RETURN(const auto tap, emv::DecodeTapRecord(entry.record));
    if (tap.record.decision == emv::Decision::kAccepted && tap.record.token) {
      pass_back_.Accepted(*tap.record.token, tap.record.event_time);
    }
  }
  return {};
}

Result<TapResult> Gate::Tap(emv::CardChannel& card, Instant now) {
  if (!options_.vehicle_id.empty() && duty_.route_id.empty()) {
    return Error(kNoDuty, "not signed on", options_.validator_id);
  }
  const std::shared_ptr<const emv::DenyListView> list = deny_list();
  const std::shared_ptr<const emv::CapkTable> own_capks = ca_keys();
  emv::TapContext context;
  context.time = now;
  context.local = shared_.zone.ToLocal(now);
  context.unpredictable_number = options_.random();
  context.profile = &shared_.profile;
  context.capks = own_capks != nullptr ? own_capks.get() : &shared_.capks;
  context.deny_list = list.get();
  context.pass_back = &pass_back_;
  context.vsam = vsam_.get();
  context.issuer_keys = &issuer_keys_;
  const emv::TapOutcome outcome = emv::ProcessTap(card, context);

  TapResult result;
  result.reason = outcome.reason;
  result.retry = outcome.retry;
  result.detail = outcome.detail;
  if (outcome.action == emv::GateAction::kRetry) return result;

  emv::RecordInput input;
  input.validator_id = options_.validator_id;
  input.sequence = journal_->next_sequence();
  input.place = options_.vehicle_id.empty()
                    ? emv::Place{options_.stop_id, "", options_.route_id, ""}
                    : emv::Place{"", options_.vehicle_id, duty_.route_id, duty_.trip_id};
  const Bytes record = emv::MakeTapRecord(outcome, context, input);
  if (const auto kept = journal_->Append(input.sequence, record); !kept.ok()) {
    // The window was told of an accepted tap; the rider may try again.
    if (outcome.token && outcome.action == emv::GateAction::kAccept) {
      pass_back_.Withdraw(*outcome.token);
    }
    return kept.error();
  }
  // The record would survive a power cut from here on: now, and only now, the gate may open.
  result.recorded = true;
  result.sequence = input.sequence;
  result.opened = outcome.action == emv::GateAction::kAccept;
  return result;
}

void Gate::SignOn(Duty duty) { duty_ = std::move(duty); }
void Gate::SignOff() { duty_ = {}; }

void Gate::SetDenyList(std::shared_ptr<const emv::DenyListView> list) {
  const std::lock_guard lock(mutex_);
  deny_list_ = std::move(list);
}

void Gate::SetCaKeys(std::shared_ptr<const emv::CapkTable> keys) {
  const std::lock_guard lock(mutex_);
  ca_keys_ = std::move(keys);
}

std::shared_ptr<const emv::CapkTable> Gate::ca_keys() const {
  const std::lock_guard lock(mutex_);
  return ca_keys_;
}

std::shared_ptr<const emv::DenyListView> Gate::deny_list() const {
  const std::lock_guard lock(mutex_);
  return deny_list_;
}

}  // namespace plaza::validator
