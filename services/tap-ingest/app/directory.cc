#include "services/tap-ingest/app/directory.h"

#include <utility>

namespace plaza::tap_ingest {

std::shared_ptr<const Directory::Snapshot> Directory::Now() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return snapshot_;
}

void Directory::Replace(std::int64_t version, std::span<const Validator> validators) {
  const auto before = Now();
  auto next = std::make_shared<Snapshot>();
  next->version = version;
  for (const Validator& validator : validators) {
    const std::string& id = validator.id.value();
    const auto known = before->validators.find(id);
    // A key follows from the id: those that are known are not derived again.
    const emv::MacKey key = known == before->validators.end()
                                ? emv::MacKey(emv::DeriveMacKey(mac_base_, id))
                                : known->second.mac_key;
    next->validators.emplace(id, EnrolledValidator{validator, key});
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (version > snapshot_->version) snapshot_ = std::move(next);
}

}  // namespace plaza::tap_ingest
