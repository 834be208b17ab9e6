// A gate's own copy of the deny list: whole on its disk, compact in its memory (some 2.1 octets a
// token), so that a gate that starts without a network still refuses whom it has to.
//
// Most cards are not denied and cost one look into memory; a card that may be is looked up in the
// file. Changes since the file was written are kept beside it, synced one by one, and in memory;
// when there are too many, a new file is written. A power cut at any moment leaves either the list
// before or the one after (docs/formats/deny-list.md). One thread changes it; view() from any.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/emv/journal/file_env.h"
#include "libs/emv/limits.h"
#include "libs/emv/transit/deny_list_keeper.h"

namespace plaza::emv {

class DeniedRun;

class StoredDenyList final : public DenyListKeeper {
 public:
  struct Options {
    std::string folder;  // its own; made if absent
    std::size_t changes_max = kDenyChangesMax;
    std::size_t incoming_max = kDenyIncomingMax;
  };
  // JOURNAL_IO. A list that is damaged on disk is as none, at deny-list epoch 0: see damaged().
  static Result<std::unique_ptr<StoredDenyList>> Open(FileEnv& files, Options options);
  ~StoredDenyList() override;

  std::shared_ptr<const DenyListView> view() const override;
  // Something was there and could not be used: fetch the whole list.
  bool damaged() const { return damaged_; }
  std::size_t memory_bytes() const;  // of index and changes

  // Survives a power cut once it has returned.
  Result<void> Apply(const DenyListDelta& delta) override;
  std::unique_ptr<Replacement> Replace() override;

 private:
  class Incoming;
  class View;
  class Source;
  class RunSource;
  class SpilledSource;
  class MemorySource;
  StoredDenyList(FileEnv& files, Options options) : files_(files), options_(std::move(options)) {}
  std::string PathOf(const char* kind, std::uint64_t number) const;
  Result<void> Recover();
  Result<void> ReplayChanges(View& view);
  Result<void> RemoveAllBut(std::uint64_t generation);
  Result<void> AppendChanges(const DenyListDelta& delta);
  // Writes the next file from these, the later ones above the earlier, and uses it.
  Result<void> WriteList(std::vector<std::unique_ptr<Source>> sources, std::uint64_t epoch);
  void Publish(std::shared_ptr<const View> view);
  std::shared_ptr<const View> current() const;

  FileEnv& files_;
  const Options options_;
  bool damaged_ = false;
  std::uint64_t generation_ = 0;          // of the file in use; 0: none yet
  std::unique_ptr<JournalFile> changes_;  // of this generation, once there are any
  std::uint64_t changes_end_ = 0;         // octets in it
  mutable std::mutex mutex_;              // view_
  std::shared_ptr<const View> view_;
};

}  // namespace plaza::emv
