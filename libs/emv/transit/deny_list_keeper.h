// Who holds a deny list and brings it up to date: in memory (MemoryDenyList) or on a gate's disk
// (StoredDenyList). One thread changes it; view() from any.
#pragma once
#include <memory>
#include <mutex>

#include "libs/emv/transit/deny_list.h"
#include "libs/emv/transit/deny_list_view.h"

namespace plaza::emv {

class DenyListKeeper {
 public:
  virtual ~DenyListKeeper() = default;
  virtual std::shared_ptr<const DenyListView> view() const = 0;
  std::uint64_t epoch() const { return view()->epoch(); }

  // Kept once it has returned. BAD_DENY_LIST if it does not follow this epoch, or makes the list
  // too long; JOURNAL_IO. Then the list is unchanged.
  virtual Result<void> Apply(const DenyListDelta& delta) = 0;

  // A whole list in pieces, each following the one before, from epoch 0. The old list is in use
  // until Commit(); dropping it leaves the old one. One at a time; the keeper must outlive it.
  class Replacement {
   public:
    virtual ~Replacement() = default;
    virtual std::uint64_t epoch() const = 0;
    virtual Result<void> Add(const DenyListDelta& delta) = 0;  // BAD_DENY_LIST, JOURNAL_IO
    virtual Result<void> Commit() = 0;
  };
  virtual std::unique_ptr<Replacement> Replace() = 0;
};

// For a depot of many simulated gates, which share it.
class MemoryDenyList final : public DenyListKeeper {
 public:
  std::shared_ptr<const DenyListView> view() const override;
  Result<void> Apply(const DenyListDelta& delta) override;
  std::unique_ptr<Replacement> Replace() override;

 private:
  class Whole;
  void Publish(DenyList list);

  mutable std::mutex mutex_;
  std::shared_ptr<const DenyList> list_ = std::make_shared<const DenyList>();
};

}  // namespace plaza::emv
