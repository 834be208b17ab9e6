#include "libs/emv/transit/deny_list_keeper.h"

namespace plaza::emv {

class MemoryDenyList::Whole final : public Replacement {
 public:
  explicit Whole(MemoryDenyList& keeper) : keeper_(keeper) {}
  std::uint64_t epoch() const override { return list_.epoch(); }
  Result<void> Add(const DenyListDelta& delta) override { return list_.Apply(delta); }
  Result<void> Commit() override {
    keeper_.Publish(std::move(list_));
    return {};
  }

 private:
  MemoryDenyList& keeper_;
  DenyList list_;
};

std::shared_ptr<const DenyListView> MemoryDenyList::view() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return list_;
}

void MemoryDenyList::Publish(DenyList list) {
  const std::lock_guard<std::mutex> lock(mutex_);
  list_ = std::make_shared<const DenyList>(std::move(list));
}

Result<void> MemoryDenyList::Apply(const DenyListDelta& delta) {
  DenyList next = *list_;
  PLAZA_RETURN_IF_ERROR(next.Apply(delta));
  Publish(std::move(next));
  return {};
}

std::unique_ptr<DenyListKeeper::Replacement> MemoryDenyList::Replace() {
  return std::make_unique<Whole>(*this);
}

}  // namespace plaza::emv
