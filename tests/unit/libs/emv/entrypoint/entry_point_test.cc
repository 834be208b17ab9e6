#include "libs/emv/entrypoint/entry_point.h"

#include <gmock/gmock.h>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "libs/emv/tlv/writer.h"
#include "tests/support/emv/test_card.h"

namespace plaza::emv {
namespace {

using test::Hex;

struct Entry {
  const char* aid;
  const char* priority = "";
  const char* kernel_id = "";
};

Bytes Directory(const std::vector<Entry>& entries) {
  Bytes list;
  for (const Entry& entry : entries) {
    Bytes content = MakeTlv(tag::kAid, Hex(entry.aid));
    if (*entry.priority != 0) AppendTlv(content, tag::kPriority, Hex(entry.priority));
    if (*entry.kernel_id != 0) AppendTlv(content, tag::kKernelId, Hex(entry.kernel_id));
    AppendTlv(list, tag::kDirectoryEntry, content);
  }
  Bytes fci = MakeTlv(tag::kDfName, AsBytes("2PAY.SYS.DDF01"));
  AppendTlv(fci, tag::kFciProprietary, MakeTlv(tag::kFciIssuerData, list));
  return MakeTlv(tag::kFci, fci);
}

std::vector<Combination> Visa() { return {{.aid = Hex("A0000000031010"), .kernel_id = {0x03}}}; }

struct Case {
  const char* name;
  std::vector<Entry> entries;
  std::vector<std::string> expected;  // ADF names, best first
};

TEST(EntryPointTest, Candidates) {
  const std::vector<Case> cases = {
      {"one", {{"A0000000031010"}}, {"A0000000031010"}},
      {"by priority",
       {{"A000000003101001", "02"}, {"A000000003101002", "01"}},
       {"A000000003101002", "A000000003101001"}},
      {"no priority goes last",
       {{"A000000003101001"}, {"A000000003101002", "0F"}},
       {"A000000003101002", "A000000003101001"}},
      {"ties in the card's order",
       {{"A000000003101002", "01"}, {"A000000003101001", "01"}},
       {"A000000003101002", "A000000003101001"}},
      {"the priority's upper bits do not count",
       {{"A000000003101001", "82"}, {"A000000003101002", "01"}},
       {"A000000003101002", "A000000003101001"}},
      {"another scheme", {{"A0000000041010"}}, {}},
      {"a shorter name", {{"A00000000310"}}, {}},
      {"kernel 3 by name", {{"A0000000031010", "01", "03"}}, {"A0000000031010"}},
      {"another kernel by name", {{"A0000000031010", "01", "02"}}, {}},
      {"kernel by default", {{"A0000000031010", "01", "00"}}, {"A0000000031010"}},
      {"a domestic kernel", {{"A0000000031010", "01", "810484"}}, {}},
      {"a domestic kernel cut short", {{"A0000000031010", "01", "81"}}, {}},
      {"a name too short", {{"A0000000", "01"}}, {}},
      {"a name too long", {{"A000000003101000000000000000000001"}}, {}},
  };
  for (const Case& c : cases) {
    const auto candidates = BuildCandidates(Directory(c.entries), Visa(), {{}});
    ASSERT_TRUE(candidates.ok()) << c.name;
    std::vector<std::string> names;
    for (const DirectoryEntry& entry : *candidates) names.push_back(ToHex(entry.adf_name));
    EXPECT_EQ(names, c.expected) << c.name;
  }
}

TEST(EntryPointTest, PartialSelectionCanBeForbidden) {
  auto combinations = Visa();
  combinations[0].partial_selection = false;
  const auto candidates =
      BuildCandidates(Directory({{"A000000003101001"}, {"A0000000031010"}}), combinations, {{}});
  ASSERT_TRUE(candidates.ok());
  ASSERT_EQ(candidates->size(), 1u);
  EXPECT_EQ(ToHex(candidates->front().adf_name), "A0000000031010");
}

TEST(EntryPointTest, AMalformedDirectoryIsACardError) {
  for (const char* fci :
       {"", "6F", "6F00", "6F02A500", "6F05A503BF0C", "7000", "6F07A505BF0C024F05"}) {
    const auto candidates = BuildCandidates(Hex(fci), Visa(), {{}});
    ASSERT_FALSE(candidates.ok()) << fci;
    EXPECT_TRUE(candidates.error().Is(errors::kCardError));
  }
}

TEST(EntryPointTest, ARefusedApplicationIsPassedOver) {
  test::TestCardSpec spec;
  spec.ppse = Directory({{"A000000003101099", "01"}, {"A0000000031010", "02"}});
  test::TestCard card(spec);
  const auto combinations = Visa();
  const std::vector<Indicators> indicators(1);
  Selection selection(card, combinations, indicators);
  ASSERT_TRUE(selection.ReadDirectory().ok());
  const auto selected = selection.Next();
  ASSERT_TRUE(selected.ok()) << selected.error().ToString();
  EXPECT_EQ(ToHex(selected->entry.adf_name), "A0000000031010");
  EXPECT_EQ(card.commands.size(), 3u);
}

}  // namespace
}  // namespace plaza::emv
