#include "services/tap-ingest/app/directory.h"

#include <utility>

namespace plaza::tap_ingest {

std::shared_ptr<const Directory::Snapshot> Directory::Now() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return snapshot_;
}

void Directory::Replace(std::span<const Validator> validators) {
  auto next = std::make_shared<Snapshot>(*Now());
  for (const Validator& validator : validators) {
    const std::string& id = validator.id.value();
    next->insert_or_assign(
        id, EnrolledValidator{validator, emv::MacKey(emv::DeriveMacKey(mac_base_, id))});
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  snapshot_ = std::move(next);
}

}  // namespace plaza::tap_ingest
