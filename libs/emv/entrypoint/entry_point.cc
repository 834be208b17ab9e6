#include "libs/emv/entrypoint/entry_point.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/emv/dol/dol.h"
#include "libs/emv/errors.h"
#include "libs/emv/kernel/reading.h"
#include "libs/emv/limits.h"
#include "libs/emv/tlv/reader.h"

namespace plaza::emv {
namespace {

constexpr std::string_view kPpse = "2PAY.SYS.DDF01";
constexpr std::size_t kAidBytesMin = 5;
constexpr std::size_t kAidBytesMax = 16;
// The kernel identifier's first byte (Book B, Table 3-3).
constexpr std::size_t kKernelIdBytesMax = 8;
constexpr std::uint8_t kDomestic = 0x80;
constexpr std::uint8_t kShortKernelId = 0x3F;

// The default kernel by RID, where a card names none (Book B, Table 3-6).
struct DefaultKernel {
  std::array<std::uint8_t, 5> rid;
  std::uint8_t kernel;
};
constexpr DefaultKernel kDefaultKernels[] = {
    {{0xA0, 0x00, 0x00, 0x00, 0x04}, 0x02},  // Mastercard
    {{0xA0, 0x00, 0x00, 0x00, 0x03}, 0x03},  // Visa
    {{0xA0, 0x00, 0x00, 0x00, 0x25}, 0x04},  // American Express
    {{0xA0, 0x00, 0x00, 0x00, 0x65}, 0x05},  // JCB
    {{0xA0, 0x00, 0x00, 0x01, 0x52}, 0x06},  // Discover
    {{0xA0, 0x00, 0x00, 0x03, 0x33}, 0x07},  // UnionPay
};

Bytes DefaultKernelOf(ByteView adf_name) {
  for (const DefaultKernel& entry : kDefaultKernels) {
    if (std::ranges::equal(entry.rid, adf_name.first(entry.rid.size()))) return {entry.kernel};
  }
  return {};
}

// An international identifier counts by its first byte alone.
ByteView Significant(ByteView kernel_id) {
  const bool domestic = !kernel_id.empty() && (kernel_id[0] & kDomestic) != 0;
  return domestic ? kernel_id : kernel_id.first(std::min<std::size_t>(kernel_id.size(), 1));
}

bool Matches(const Combination& combination, ByteView adf_name, const RequestedKernel& requested) {
  if (adf_name.size() < combination.aid.size()) return false;
  if (!combination.partial_selection && adf_name.size() != combination.aid.size()) return false;
  if (!std::ranges::equal(combination.aid, adf_name.first(combination.aid.size()))) return false;
  return requested.id.empty() ||
         std::ranges::equal(requested.id, Significant(combination.kernel_id));
}

// The objects of an entry (61) that count; none if one cannot be read or there is no ADF name.
struct EntryObjects {
  ByteView adf_name;
  std::optional<ByteView> label, priority, kernel_id, extended_selection;
};
std::optional<EntryObjects> ReadEntry(ByteView content) {
  EntryObjects out;
  std::optional<ByteView> name;
  struct Wanted {
    Tag tag;
    std::optional<ByteView>* value;
  };
  for (const Wanted& wanted : {Wanted{tag::kAid, &name},
                               {tag::kApplicationLabel, &out.label},
                               {tag::kPriority, &out.priority},
                               {tag::kKernelId, &out.kernel_id},
                               {tag::kExtendedSelection, &out.extended_selection}}) {
    auto found = FindTlv(content, wanted.tag);
    if (!found.ok()) return std::nullopt;
    *wanted.value = *found;
  }
  if (!name || name->size() < kAidBytesMin || name->size() > kAidBytesMax) return std::nullopt;
  out.adf_name = *name;
  return out;
}

// Book B, 3.3.2.5, steps B to E: one candidate for each combination that the entry matches.
void AppendCandidates(ByteView content, const std::vector<Combination>& combinations,
                      const std::vector<Indicators>& indicators, std::vector<DirectoryEntry>& out) {
  const auto objects = ReadEntry(content);
  if (!objects) return;
  const RequestedKernel requested = RequestedKernelOf(objects->kernel_id, objects->adf_name);
  if (!requested.usable) return;
  for (std::size_t i = 0; i < combinations.size() && out.size() < kCandidatesMax; ++i) {
    if (indicators[i].contactless_not_allowed) continue;
    if (!Matches(combinations[i], objects->adf_name, requested)) continue;
    DirectoryEntry entry;
    entry.adf_name = ToBytes(objects->adf_name);
    if (objects->label) entry.label = ToBytes(*objects->label);
    const bool has_priority = objects->priority && objects->priority->size() == 1;
    entry.priority = has_priority ? objects->priority->front() & 0x0FU : 0;
    entry.kernel_id = combinations[i].kernel_id;
    if (objects->extended_selection && combinations[i].extended_selection) {
      entry.extended_selection = ToBytes(*objects->extended_selection);
    }
    entry.combination = i;
    out.push_back(std::move(entry));
  }
}

// 1 is the highest priority, 15 the lowest but for 0, which means none (Book B, 3.3.3.1).
int Rank(const DirectoryEntry& entry) { return entry.priority == 0 ? 16 : entry.priority; }

Error NoneAccepted() {
  return Error(errors::kNoApplication, "none of the card's applications is accepted here");
}

Error BadDirectory(const Error& error) {
  return Error(errors::kCardError, error.what(), "PPSE, " + error.where());
}

// Book B, 3.3.3.3: the ADF name, with the extended selection if that still is a name.
Bytes NameToSelect(const DirectoryEntry& candidate) {
  Bytes name = candidate.adf_name;
  if (name.size() + candidate.extended_selection.size() <= kAidBytesMax) {
    name.insert(name.end(), candidate.extended_selection.begin(),
                candidate.extended_selection.end());
  }
  return name;
}

// Book B, 3.3.3.6: a Visa application that kernel 3 is to run must ask for the TTQ.
bool IsUsable(const DirectoryEntry& candidate, ByteView fci) {
  constexpr std::uint8_t kVisaRid[] = {0xA0, 0x00, 0x00, 0x00, 0x03};
  const bool is_visa = std::ranges::equal(kVisaRid, ByteView(candidate.adf_name).first(5));
  if (!is_visa || candidate.kernel_id.front() != 0x03) return true;
  const auto pdol = FindPdol(fci);
  if (!pdol.ok() || !*pdol) return false;
  const auto entries = ParseDol(**pdol);
  return entries.ok() && std::ranges::find(*entries, tag::kTtq, &DolEntry::tag) != entries->end();
}

}  // namespace

RequestedKernel RequestedKernelOf(const std::optional<ByteView>& kernel_id, ByteView adf_name) {
  if (!kernel_id || kernel_id->empty()) return {true, DefaultKernelOf(adf_name)};
  if (kernel_id->size() > kKernelIdBytesMax) return {};
  const std::uint8_t first = kernel_id->front();
  if (first == 0) return {true, DefaultKernelOf(adf_name)};
  if ((first & kDomestic) == 0) return {true, {first}};
  // A domestic one has three bytes; what a short identifier of zero means is not specified.
  const bool whole = kernel_id->size() >= 3 && (first & kShortKernelId) != 0;
  return whole ? RequestedKernel{true, ToBytes(kernel_id->first(3))} : RequestedKernel{};
}

Result<std::vector<DirectoryEntry>> BuildCandidates(ByteView ppse_fci,
                                                    const std::vector<Combination>& combinations,
                                                    const std::vector<Indicators>& indicators) {
  PLAZA_CHECK(indicators.size() == combinations.size());
  ByteView level = ppse_fci;
  for (const Tag tag : {tag::kFci, tag::kFciProprietary, tag::kFciIssuerData}) {
    auto found = FindTlv(level, tag);
    if (!found.ok()) return BadDirectory(found.error());
    if (!*found) return Error(errors::kCardError, "the directory has no " + TagText(tag), "PPSE");
    level = **found;
  }
  std::vector<DirectoryEntry> candidates;
  TlvReader reader(level);
  Tlv object;
  for (std::size_t count = 0; count < kDirectoryEntriesMax; ++count) {
    auto more = reader.Next(object);
    if (!more.ok()) return BadDirectory(more.error());
    if (!*more) break;
    if (object.tag != tag::kDirectoryEntry) continue;
    AppendCandidates(object.value, combinations, indicators, candidates);
  }
  std::ranges::stable_sort(candidates, {}, Rank);
  return candidates;
}

Result<void> Selection::ReadDirectory() {
  PLAZA_ASSIGN_OR_RETURN(const Response ppse, Exchange(channel_, SelectByName(AsBytes(kPpse))));
  if (!ppse.ok()) return Error(errors::kNoApplication, "the card has no contactless directory");
  PLAZA_ASSIGN_OR_RETURN(candidates_, BuildCandidates(ppse.data, combinations_, indicators_));
  if (candidates_.empty()) return NoneAccepted();
  return {};
}

Result<SelectedApplication> Selection::Next() {
  while (next_ < candidates_.size()) {
    const DirectoryEntry& candidate = candidates_[next_++];
    PLAZA_ASSIGN_OR_RETURN(Response selected,
                           Exchange(channel_, SelectByName(NameToSelect(candidate))));
    if (selected.ok() && IsUsable(candidate, selected.data)) {
      return SelectedApplication{candidate, std::move(selected.data)};
    }
  }
  return NoneAccepted();
}

}  // namespace plaza::emv
