#include "libs/emv/entrypoint/entry_point.h"

#include <algorithm>

#include "libs/emv/errors.h"
#include "libs/emv/limits.h"
#include "libs/emv/tlv/reader.h"

namespace plaza::emv {
namespace {

constexpr std::string_view kPpse = "2PAY.SYS.DDF01";
constexpr std::size_t kAidBytesMin = 5;
constexpr std::size_t kAidBytesMax = 16;

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

// Book B, 3.3.2.5: an identifier of 00 in its lower six bits leaves the choice to the default; the
// upper bits say whether the identifier is an international one (00xxxxxx, 01xxxxxx) of one byte,
// else it has three.
Bytes RequestedKernel(const std::optional<ByteView>& kernel_id, ByteView adf_name) {
  if (!kernel_id || kernel_id->empty()) return DefaultKernelOf(adf_name);
  const std::uint8_t first = kernel_id->front();
  if ((first & 0x3FU) == 0 && (first & 0x80U) == 0) return DefaultKernelOf(adf_name);
  if ((first & 0x80U) == 0) return {static_cast<std::uint8_t>(first & 0x3FU)};
  if (kernel_id->size() < 3) return {};  // a domestic one is three bytes long
  return ToBytes(kernel_id->first(3));
}

bool NameMatches(const Combination& combination, ByteView adf_name) {
  if (adf_name.size() < combination.aid.size()) return false;
  if (!combination.partial_selection && adf_name.size() != combination.aid.size()) return false;
  return std::ranges::equal(combination.aid, adf_name.first(combination.aid.size()));
}

// One entry (61); none if it is malformed or matches nothing.
std::optional<DirectoryEntry> MatchEntry(ByteView content,
                                         const std::vector<Combination>& combinations) {
  const auto name = FindTlv(content, tag::kAid);
  const auto label = FindTlv(content, tag::kApplicationLabel);
  const auto priority = FindTlv(content, tag::kPriority);
  const auto kernel_id = FindTlv(content, tag::kKernelId);
  if (!name.ok() || !label.ok() || !priority.ok() || !kernel_id.ok() || !*name) return std::nullopt;
  const ByteView adf_name = **name;
  if (adf_name.size() < kAidBytesMin || adf_name.size() > kAidBytesMax) return std::nullopt;
  const Bytes requested = RequestedKernel(*kernel_id, adf_name);
  for (std::size_t i = 0; i < combinations.size(); ++i) {
    if (!NameMatches(combinations[i], adf_name) || combinations[i].kernel_id != requested) continue;
    DirectoryEntry entry;
    entry.adf_name = ToBytes(adf_name);
    if (*label) entry.label = ToBytes(**label);
    const bool has_priority = *priority && (*priority)->size() == 1;
    entry.priority = has_priority ? (*priority)->front() & 0x0FU : 0;
    entry.kernel_id = requested;
    entry.combination = i;
    return entry;
  }
  return std::nullopt;
}

// 1 is the highest priority, 15 the lowest but for 0, which means none (Book B, 3.3.3.1).
int Rank(const DirectoryEntry& entry) { return entry.priority == 0 ? 16 : entry.priority; }

Error BadDirectory(const Error& error) {
  return Error(errors::kCardError, error.what(), "PPSE, " + error.where());
}

}  // namespace

Result<std::vector<DirectoryEntry>> BuildCandidates(ByteView ppse_fci,
                                                    const std::vector<Combination>& combinations) {
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
    auto entry = MatchEntry(object.value, combinations);
    if (entry) candidates.push_back(std::move(*entry));
  }
  std::ranges::stable_sort(candidates, {}, Rank);
  return candidates;
}

Result<SelectedApplication> SelectApplication(CardChannel& channel,
                                              const std::vector<Combination>& combinations) {
  PLAZA_ASSIGN_OR_RETURN(const Response ppse, Exchange(channel, SelectByName(AsBytes(kPpse))));
  if (!ppse.ok()) return Error(errors::kNoApplication, "the card has no contactless directory");
  PLAZA_ASSIGN_OR_RETURN(std::vector<DirectoryEntry> candidates,
                         BuildCandidates(ppse.data, combinations));
  for (DirectoryEntry& candidate : candidates) {
    PLAZA_ASSIGN_OR_RETURN(Response selected, Exchange(channel, SelectByName(candidate.adf_name)));
    if (selected.ok()) return SelectedApplication{std::move(candidate), std::move(selected.data)};
  }
  return Error(errors::kNoApplication, "none of the card's applications is accepted here");
}

}  // namespace plaza::emv
