#include "libs/emv/transit/stored_deny_list.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <optional>
#include <queue>

#include "libs/base/big_endian.h"
#include "libs/base/check.h"
#include "libs/base/digest.h"
#include "libs/emv/errors.h"
#include "libs/emv/transit/denied_run.h"

namespace plaza::emv {
namespace {

constexpr std::size_t kChangeBytes = kDeniedTokenBytes + 1;  // and whether it is denied
constexpr std::size_t kFrameHeadBytes = 20;                  // from, to, number of changes
constexpr std::uint64_t kSourceTokens = 1024;                // read at once

// One token's last state.
struct DenyChange {
  DeniedToken token;
  bool denied = false;
};

bool Before(const DenyChange& a, const DenyChange& b) { return FileOrder(a.token, b.token); }

// Of several changes of a token the last holds.
void SortLastWins(std::vector<DenyChange>& changes) {
  std::ranges::stable_sort(changes, Before);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (i + 1 < changes.size() && changes[i + 1].token == changes[i].token) continue;
    changes[kept++] = changes[i];
  }
  changes.resize(kept);
}

// Additions win over removals, as DenyList::Apply has it.
void AppendDelta(const DenyListDelta& delta, std::vector<DenyChange>& out) {
  for (const DeniedToken& token : delta.removed) out.push_back({token, false});
  for (const DeniedToken& token : delta.added) out.push_back({token, true});
}

void PutChange(Bytes& out, const DenyChange& change) {
  const DeniedTokenOctets octets = EncodeDeniedToken(change.token);
  out.insert(out.end(), octets.begin(), octets.end());
  out.push_back(change.denied ? 1 : 0);
}

DenyChange GetChange(ByteView octets) {
  return {DecodeDeniedToken(octets.first(kDeniedTokenBytes)), octets[kDeniedTokenBytes] == 1};
}

Bytes EncodeFrame(const DenyListDelta& delta) {
  std::vector<DenyChange> changes;
  AppendDelta(delta, changes);
  Bytes frame;
  AppendBigEndian(frame, delta.from_epoch, 8);
  AppendBigEndian(frame, delta.to_epoch, 8);
  AppendBigEndian(frame, changes.size(), 4);
  for (const DenyChange& change : changes) PutChange(frame, change);
  const Sha256Digest digest = Sha256(frame);
  frame.insert(frame.end(), digest.begin(), digest.end());
  return frame;
}

struct Frame {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::vector<DenyChange> changes;
  std::size_t octets = 0;
};

// The frame at the beginning; none if it is cut or its hash is wrong.
std::optional<Frame> DecodeFrame(ByteView data) {
  if (data.size() < kFrameHeadBytes) return std::nullopt;
  Frame frame;
  frame.from = GetBigEndian(data.first(8));
  frame.to = GetBigEndian(data.subspan(8, 8));
  const std::uint64_t count = GetBigEndian(data.subspan(16, 4));
  const std::size_t hashed = kFrameHeadBytes + count * kChangeBytes;
  frame.octets = hashed + sizeof(Sha256Digest);
  if (data.size() < frame.octets) return std::nullopt;
  if (!std::ranges::equal(Sha256(data.first(hashed)), data.subspan(hashed, sizeof(Sha256Digest)))) {
    return std::nullopt;
  }
  for (std::size_t at = kFrameHeadBytes; at < hashed; at += kChangeBytes) {
    frame.changes.push_back(GetChange(data.subspan(at, kChangeBytes)));
  }
  return frame;
}

Error DoesNotFollow(const DenyListDelta& delta, std::uint64_t epoch) {
  return Error(errors::kBadDenyList, "a delta from epoch " + std::to_string(delta.from_epoch) +
                                         " to " + std::to_string(delta.to_epoch) +
                                         " does not follow epoch " + std::to_string(epoch));
}

bool Follows(const DenyListDelta& delta, std::uint64_t epoch) {
  return delta.from_epoch == epoch && delta.to_epoch >= epoch;
}

// The number in "<kind>-<16 hex digits>"; none for any other name.
std::optional<std::uint64_t> NumberOf(const std::string& name, const std::string& kind) {
  std::uint64_t number = 0;
  if (!name.starts_with(kind + "-") || name.size() != kind.size() + 17 ||
      std::sscanf(name.c_str() + kind.size() + 1, "%16" SCNx64, &number) != 1) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

// The file's list, and above it what changed since.
class StoredDenyList::View final : public DenyListView {
 public:
  std::uint64_t epoch() const override { return epoch_; }
  std::size_t size() const override { return size_; }
  Result<bool> Contains(std::uint32_t token_epoch, const Token& token) const override {
    const DeniedToken wanted{token_epoch, token};
    const auto changed = std::ranges::lower_bound(changes_, wanted, FileOrder, &DenyChange::token);
    if (changed != changes_.end() && changed->token == wanted) return changed->denied;
    return run_ == nullptr ? false : run_->Contains(wanted);
  }
  // JOURNAL_IO: it cannot be told how many there are then.
  Result<void> Change(std::vector<DenyChange> changes, std::uint64_t to_epoch) {
    SortLastWins(changes);
    for (const DenyChange& change : changes) {
      PLAZA_ASSIGN_OR_RETURN(const bool was,
                             Contains(change.token.token_epoch, change.token.token));
      if (was && !change.denied) --size_;
      if (!was && change.denied) ++size_;
    }
    changes_.insert(changes_.end(), changes.begin(), changes.end());
    SortLastWins(changes_);
    epoch_ = to_epoch;
    return {};
  }
  void Use(std::shared_ptr<const DeniedRun> run) {
    run_ = std::move(run);
    epoch_ = run_->epoch();
    size_ = run_->size();
  }

  std::shared_ptr<const DeniedRun> run_;  // none: an empty list
  std::vector<DenyChange> changes_;       // in file order
  std::uint64_t epoch_ = 0;
  std::size_t size_ = 0;
};

// Entries in file order, each once.
class StoredDenyList::Source {
 public:
  virtual ~Source() = default;
  Result<bool> Next() {  // false: no more
    if (++at_ < chunk_.size()) return true;
    at_ = 0;
    PLAZA_ASSIGN_OR_RETURN(chunk_, Read());
    return !chunk_.empty();
  }
  const DenyChange& head() const { return chunk_[at_]; }

 protected:
  virtual Result<std::vector<DenyChange>> Read() = 0;  // the next few; none at the end

 private:
  std::vector<DenyChange> chunk_;
  std::size_t at_ = 0;
};

class StoredDenyList::RunSource final : public Source {
 public:
  explicit RunSource(std::shared_ptr<const DeniedRun> run) : run_(std::move(run)) {}

 private:
  Result<std::vector<DenyChange>> Read() override {
    PLAZA_ASSIGN_OR_RETURN(const auto tokens, run_->Read(next_, kSourceTokens));
    next_ += tokens.size();
    std::vector<DenyChange> changes;
    changes.reserve(tokens.size());
    for (const DeniedToken& token : tokens) changes.push_back({token, true});
    return changes;
  }
  std::shared_ptr<const DeniedRun> run_;
  std::uint64_t next_ = 0;
};

class StoredDenyList::SpilledSource final : public Source {
 public:
  explicit SpilledSource(JournalFile& file) : file_(file) {}

 private:
  Result<std::vector<DenyChange>> Read() override {
    PLAZA_ASSIGN_OR_RETURN(const Bytes octets, file_.ReadAt(next_, kSourceTokens * kChangeBytes));
    next_ += octets.size();
    std::vector<DenyChange> changes;
    for (std::size_t at = 0; at + kChangeBytes <= octets.size(); at += kChangeBytes) {
      changes.push_back(GetChange(ByteView(octets).subspan(at, kChangeBytes)));
    }
    return changes;
  }
  JournalFile& file_;
  std::uint64_t next_ = 0;
};

class StoredDenyList::MemorySource final : public Source {
 public:
  explicit MemorySource(std::vector<DenyChange> changes) : changes_(std::move(changes)) {
    SortLastWins(changes_);
  }

 private:
  Result<std::vector<DenyChange>> Read() override { return std::exchange(changes_, {}); }
  std::vector<DenyChange> changes_;
};

StoredDenyList::~StoredDenyList() = default;

std::string StoredDenyList::PathOf(const char* kind, std::uint64_t number) const {
  char name[64];
  std::snprintf(name, sizeof name, "%s-%016" PRIx64, kind, number);
  return options_.folder + "/" + name;
}

std::shared_ptr<const StoredDenyList::View> StoredDenyList::current() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return view_;
}

std::shared_ptr<const DenyListView> StoredDenyList::view() const { return current(); }

void StoredDenyList::Publish(std::shared_ptr<const View> view) {
  const std::lock_guard<std::mutex> lock(mutex_);
  view_ = std::move(view);
}

std::size_t StoredDenyList::memory_bytes() const {
  const auto view = current();
  return (view->run_ == nullptr ? 0 : view->run_->memory_bytes()) +
         view->changes_.capacity() * sizeof(DenyChange);
}

Result<std::unique_ptr<StoredDenyList>> StoredDenyList::Open(FileEnv& files, Options options) {
  std::unique_ptr<StoredDenyList> list(new StoredDenyList(files, std::move(options)));
  PLAZA_RETURN_IF_ERROR(files.MakeFolder(list->options_.folder));
  PLAZA_RETURN_IF_ERROR(list->Recover());
  return list;
}

// The newest file that is whole is the list: a newer one that is not was being written when the
// power went, and then the one before is still there.
Result<void> StoredDenyList::Recover() {
  auto view = std::make_shared<View>();
  PLAZA_ASSIGN_OR_RETURN(const auto names, files_.List(options_.folder));
  std::vector<std::uint64_t> generations;
  for (const std::string& name : names) {
    if (const auto number = NumberOf(name, "list")) generations.push_back(*number);
  }
  std::ranges::sort(generations, std::greater<>());
  for (const std::uint64_t generation : generations) {
    PLAZA_ASSIGN_OR_RETURN(auto file, files_.Open(PathOf("list", generation)));
    PLAZA_ASSIGN_OR_RETURN(auto run, DeniedRun::Open(std::move(file)));
    if (run == nullptr) continue;
    generation_ = generation;
    view->Use(std::move(run));
    break;
  }
  damaged_ = view->run_ == nullptr && !generations.empty();
  PLAZA_RETURN_IF_ERROR(RemoveAllBut(generation_));
  PLAZA_RETURN_IF_ERROR(ReplayChanges(*view));
  Publish(std::move(view));
  return {};
}

Result<void> StoredDenyList::RemoveAllBut(std::uint64_t generation) {
  PLAZA_ASSIGN_OR_RETURN(const auto names, files_.List(options_.folder));
  bool removed = false;
  for (const std::string& name : names) {
    const bool spilled = NumberOf(name, "incoming").has_value();
    const auto list = NumberOf(name, "list");
    const auto changes = NumberOf(name, "changes");
    const bool other = (list && *list != generation) || (changes && *changes != generation);
    if (!spilled && !other) continue;
    PLAZA_RETURN_IF_ERROR(files_.Remove(options_.folder + "/" + name));
    removed = true;
  }
  return removed ? files_.SyncFolder(options_.folder) : Result<void>();
}

Result<void> StoredDenyList::ReplayChanges(View& view) {
  PLAZA_ASSIGN_OR_RETURN(const auto names, files_.List(options_.folder));
  const std::string path = PathOf("changes", generation_);
  if (!std::ranges::binary_search(names, path.substr(options_.folder.size() + 1))) return {};
  PLAZA_ASSIGN_OR_RETURN(changes_, files_.Open(path));
  PLAZA_ASSIGN_OR_RETURN(const std::uint64_t octets, changes_->Size());
  PLAZA_ASSIGN_OR_RETURN(const Bytes data, changes_->ReadAt(0, octets));
  std::vector<DenyChange> changes;
  std::uint64_t epoch = view.epoch_;
  // A last frame that was cut short was never answered for: its delta comes again.
  while (auto frame = DecodeFrame(ByteView(data).subspan(changes_end_))) {
    if (frame->from != epoch || frame->to < epoch) break;
    changes.insert(changes.end(), frame->changes.begin(), frame->changes.end());
    epoch = frame->to;
    changes_end_ += frame->octets;
  }
  return view.Change(std::move(changes), epoch);
}

Result<void> StoredDenyList::AppendChanges(const DenyListDelta& delta) {
  if (changes_ == nullptr) {
    PLAZA_ASSIGN_OR_RETURN(changes_, files_.Open(PathOf("changes", generation_)));
    PLAZA_RETURN_IF_ERROR(files_.SyncFolder(options_.folder));
  }
  const Bytes frame = EncodeFrame(delta);
  PLAZA_RETURN_IF_ERROR(changes_->WriteAt(changes_end_, frame));
  PLAZA_RETURN_IF_ERROR(changes_->Sync());
  changes_end_ += frame.size();
  return {};
}

Result<void> StoredDenyList::Apply(const DenyListDelta& delta) {
  const auto view = current();
  if (!Follows(delta, view->epoch_)) return DoesNotFollow(delta, view->epoch_);
  std::vector<DenyChange> changes;
  AppendDelta(delta, changes);
  if (view->changes_.size() + changes.size() > options_.changes_max) {
    std::vector<std::unique_ptr<Source>> sources;
    if (view->run_ != nullptr) sources.push_back(std::make_unique<RunSource>(view->run_));
    sources.push_back(std::make_unique<MemorySource>(view->changes_));
    sources.push_back(std::make_unique<MemorySource>(std::move(changes)));
    return WriteList(std::move(sources), delta.to_epoch);
  }
  auto next = std::make_shared<View>(*view);
  PLAZA_RETURN_IF_ERROR(next->Change(std::move(changes), delta.to_epoch));
  PLAZA_RETURN_IF_ERROR(AppendChanges(delta));
  Publish(std::move(next));
  return {};
}

Result<void> StoredDenyList::WriteList(std::vector<std::unique_ptr<Source>> sources,
                                       std::uint64_t epoch) {
  const std::uint64_t generation = generation_ + 1;
  PLAZA_ASSIGN_OR_RETURN(auto file, files_.Open(PathOf("list", generation)));
  PLAZA_RETURN_IF_ERROR(file->Truncate(0));
  // Of equal tokens the latest source's comes first.
  const auto later = [&](std::size_t a, std::size_t b) {
    const DenyChange& x = sources[a]->head();
    const DenyChange& y = sources[b]->head();
    return x.token == y.token ? a < b : FileOrder(y.token, x.token);
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> next(later);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    PLAZA_ASSIGN_OR_RETURN(const bool any, sources[i]->Next());
    if (any) next.push(i);
  }
  DeniedRunWriter writer(*file, epoch);
  std::optional<DeniedToken> last;
  std::size_t tokens = 0;
  while (!next.empty()) {
    const std::size_t i = next.top();
    next.pop();
    const DenyChange change = sources[i]->head();
    if (change.token != last && change.denied) {
      if (++tokens > kDenyListTokensMax) {
        return Error(errors::kBadDenyList,
                     "more than " + std::to_string(kDenyListTokensMax) + " tokens");
      }
      PLAZA_RETURN_IF_ERROR(writer.Add(change.token));
    }
    last = change.token;
    PLAZA_ASSIGN_OR_RETURN(const bool any, sources[i]->Next());
    if (any) next.push(i);
  }
  PLAZA_RETURN_IF_ERROR(writer.Finish());
  PLAZA_RETURN_IF_ERROR(files_.SyncFolder(options_.folder));
  // Read again: what is used is what is on the disk.
  PLAZA_ASSIGN_OR_RETURN(auto run, DeniedRun::Open(std::move(file)));
  if (run == nullptr) {
    return Error(errors::kJournalIo, "what was written is not what is read",
                 PathOf("list", generation));
  }
  auto view = std::make_shared<View>();
  view->Use(std::move(run));
  generation_ = generation;
  changes_.reset();
  changes_end_ = 0;
  damaged_ = false;
  Publish(std::move(view));
  // Files of before are older news: what cannot be removed now is removed another time.
  static_cast<void>(RemoveAllBut(generation_));
  return {};
}

class StoredDenyList::Incoming final : public Replacement {
 public:
  explicit Incoming(StoredDenyList& list) : list_(list) {}
  // What cannot be removed now is removed when the list is opened again.
  ~Incoming() override {
    for (std::size_t i = 0; i < spilled_.size(); ++i) {
      static_cast<void>(list_.files_.Remove(list_.PathOf("incoming", i)));
    }
  }
  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;

  std::uint64_t epoch() const override { return epoch_; }

  Result<void> Add(const DenyListDelta& delta) override {
    if (!Follows(delta, epoch_)) return DoesNotFollow(delta, epoch_);
    AppendDelta(delta, changes_);
    epoch_ = delta.to_epoch;
    return changes_.size() < list_.options_.incoming_max ? Result<void>() : Spill();
  }

  Result<void> Commit() override {
    std::vector<std::unique_ptr<Source>> sources;
    for (const auto& file : spilled_) sources.push_back(std::make_unique<SpilledSource>(*file));
    sources.push_back(std::make_unique<MemorySource>(std::move(changes_)));
    return list_.WriteList(std::move(sources), epoch_);
  }

 private:
  Result<void> Spill() {
    if (spilled_.size() * list_.options_.incoming_max > 2 * kDenyListTokensMax) {
      return Error(errors::kBadDenyList, "a list without end");
    }
    PLAZA_ASSIGN_OR_RETURN(auto file, list_.files_.Open(list_.PathOf("incoming", spilled_.size())));
    SortLastWins(changes_);
    Bytes octets;
    octets.reserve(changes_.size() * kChangeBytes);
    for (const DenyChange& change : changes_) PutChange(octets, change);
    PLAZA_RETURN_IF_ERROR(file->Truncate(0));
    PLAZA_RETURN_IF_ERROR(file->WriteAt(0, octets));
    spilled_.push_back(std::move(file));
    changes_.clear();
    return {};
  }

  StoredDenyList& list_;
  std::uint64_t epoch_ = 0;
  std::vector<DenyChange> changes_;  // since the last spill, in order of arrival
  std::vector<std::unique_ptr<JournalFile>> spilled_;
};

std::unique_ptr<DenyListKeeper::Replacement> StoredDenyList::Replace() {
  return std::make_unique<Incoming>(*this);
}

}  // namespace plaza::emv
