#include "services/tap-ingest/app/memory.h"

#include <algorithm>
#include <utility>

#include "libs/base/check.h"

namespace plaza::tap_ingest {

Result<void> Memory::Load(store::Tx& tx) {
  validators_.clear();
  touched_.clear();
  media_ = {};
  store_.LockMemory(tx);
  writer_ = store_.NewWriter(tx);
  stamp_ = store_.ReadStamp(tx);
  synced_ = stamp_.count;
  return ReadWrittenAfter(tx, -1);
}

Result<void> Memory::ReadWrittenAfter(store::Tx& tx, std::int64_t stamp) {
  std::optional<Error> damage;
  store_.LoadWindows(tx, stamp, [&](const std::string& validator, Result<SequenceWindow> window) {
    if (!window.ok()) {
      damage = window.error();
      return;
    }
    validators_[validator] = {std::move(*window), {}};
  });
  if (damage.has_value()) return *damage;
  store_.LoadMedia(tx, stamp, media_);
  last_batch_seq_ = store_.LastBatchSeq(tx);
  return {};
}

Result<Memory::Step> Memory::Step::Begin(Memory& memory, store::Tx& tx) {
  std::unique_lock<std::mutex> lock(memory.mutex_);
  PLAZA_CHECK(memory.writer_ != 0);  // loaded
  memory.store_.LockMemory(tx);
  auto registry = memory.store_.AdvanceStamp(tx, memory.stamp_, memory.writer_);
  if (!registry.has_value()) {
    PLAZA_RETURN_IF_ERROR(memory.CatchUp(tx));
    registry = memory.store_.AdvanceStamp(tx, memory.stamp_, memory.writer_);
    PLAZA_CHECK(registry.has_value());
  }
  const std::int64_t mine = memory.stamp_.count + 1;
  memory.stamp_ = {mine, memory.writer_};
  memory.store_.AfterCommit(tx, [&memory, mine] { memory.Forget(mine); });
  return Step(memory, *registry, std::move(lock));
}

// If the last who wrote is another, then this transaction has written nothing yet, and whatever of
// ours is not known to be committed is no more under way: it may have been in vain.
Result<void> Memory::CatchUp(store::Tx& tx) {
  const Stamp stored = store_.ReadStamp(tx);
  const bool by_another = stored.writer != writer_;
  while (!touched_.empty() && (by_another || touched_.back().stamp > stored.count)) {
    PLAZA_RETURN_IF_ERROR(Reread(tx, touched_.back()));
    touched_.pop_back();
  }
  if (by_another) {
    PLAZA_RETURN_IF_ERROR(ReadWrittenAfter(tx, synced_));
    synced_ = stored.count;
  }
  last_batch_seq_ = store_.LastBatchSeq(tx);
  stamp_ = stored;
  return {};
}

Result<void> Memory::Reread(store::Tx& tx, const Touched& touched) {
  if (const auto* medium = std::get_if<TouchedMedium>(&touched.what)) {
    const auto row = store_.ReadMedium(tx, medium->id);
    if (row.has_value()) {
      media_.Put(medium->id, *row);
    } else {
      media_.Erase(medium->id);
    }
    return {};
  }
  if (const auto* alias = std::get_if<TouchedAlias>(&touched.what)) {
    const bool stored = store_.ReadAlias(tx, alias->alias.token_medium).has_value();
    if (!stored) media_.EraseAlias(alias->alias);
    return {};
  }
  const std::string& validator = std::get<TouchedValidator>(touched.what).id;
  PLAZA_ASSIGN_OR_RETURN(auto window, store_.ReadWindow(tx, validator));
  if (window.has_value()) {
    validators_[validator] = {std::move(*window), {}};
  } else {
    validators_.erase(validator);
  }
  return {};
}

void Memory::Forget(std::int64_t committed_stamp) {
  const std::lock_guard<std::mutex> lock(mutex_);
  synced_ = std::max(synced_, committed_stamp);
  while (!touched_.empty() && touched_.front().stamp <= committed_stamp) touched_.pop_front();
}

ValidatorMemory& Memory::Step::Of(const std::string& validator) {
  memory_->touched_.push_back({stamp(), TouchedValidator{validator}});
  return memory_->validators_[validator];
}

Holder Memory::Step::Accepted(const TokenRef& token, std::string_view par, MediaEffects& effects) {
  const std::size_t rows_before = effects.rows.size();
  const std::size_t aliases_before = effects.aliases.size();
  const Holder holder = memory_->media_.Accepted(token, par, effects);
  // A row of this batch that is only amended was touched when it was added.
  Touch(effects, rows_before, aliases_before);
  return holder;
}

void Memory::Step::Learned(const MediumId& medium, const TokenRef& card, std::string_view par,
                           MediaEffects& effects) {
  const std::size_t rows_before = effects.rows.size();
  const std::size_t aliases_before = effects.aliases.size();
  memory_->media_.Learned(medium, card, par, effects);
  Touch(effects, rows_before, aliases_before);
}

void Memory::Step::Touch(const MediaEffects& effects, std::size_t rows_before,
                         std::size_t aliases_before) {
  for (std::size_t i = rows_before; i < effects.rows.size(); ++i) {
    memory_->touched_.push_back({stamp(), TouchedMedium{effects.rows[i].id}});
  }
  for (std::size_t i = aliases_before; i < effects.aliases.size(); ++i) {
    memory_->touched_.push_back({stamp(), TouchedAlias{effects.aliases[i]}});
  }
}

}  // namespace plaza::tap_ingest
