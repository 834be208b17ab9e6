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

// Book B, 3.3.2.5, step C.
TEST(EntryPointTest, RequestedKernel) {
  struct KernelCase {
    const char* kernel_id;  // "-": absent
    const char* aid;
    const char* expected;  // "pass": the entry is passed over; "any"
  };
  for (const KernelCase& c : {KernelCase{"-", "A0000000031010", "03"},
                              KernelCase{"-", "A0000000041010", "02"},
                              KernelCase{"-", "A00000002501", "04"},
                              KernelCase{"-", "A000000333010101", "07"},
                              KernelCase{"-", "A0000006581010", "any"},
                              KernelCase{"", "A0000000031010", "03"},
                              KernelCase{"00", "A0000000031010", "03"},
                              KernelCase{"0000", "A0000000031010", "03"},
                              KernelCase{"03", "A0000000041010", "03"},
                              KernelCase{"2A", "A0000000031010", "2A"},
                              KernelCase{"03AABBCCDDEEFF11", "A0000000031010", "03"},
                              KernelCase{"03AABBCCDDEEFF1122", "A0000000031010", "pass"},
                              KernelCase{"43", "A0000000031010", "43"},
                              KernelCase{"40", "A0000000031010", "40"},
                              KernelCase{"810484", "A0000000031010", "810484"},
                              KernelCase{"C10484FF", "A0000000031010", "C10484"},
                              KernelCase{"8104", "A0000000031010", "pass"},
                              KernelCase{"81", "A0000000031010", "pass"},
                              KernelCase{"800484", "A0000000031010", "pass"},
                              KernelCase{"C00484", "A0000000031010", "pass"}}) {
    const Bytes aid = Hex(c.aid);
    const Bytes value = std::string_view(c.kernel_id) == "-" ? Bytes() : Hex(c.kernel_id);
    const auto given =
        std::string_view(c.kernel_id) == "-" ? std::nullopt : std::optional<ByteView>(value);
    const RequestedKernel requested = RequestedKernelOf(given, aid);
    const std::string seen = !requested.usable      ? "pass"
                             : requested.id.empty() ? "any"
                                                    : ToHex(requested.id);
    EXPECT_EQ(seen, c.expected) << c.kernel_id << " " << c.aid;
  }
}

TEST(EntryPointTest, OneEntryForEachCombinationThatItMatches) {
  const std::vector<Combination> combinations = {
      {.aid = Hex("A0000006581010"), .kernel_id = {0x02}},
      {.aid = Hex("A000000658"), .kernel_id = Hex("810484")},
      {.aid = Hex("A0000006581010"), .kernel_id = Hex("030000")}};
  const auto kernels = [&](const Entry& entry, std::vector<Indicators> indicators) {
    const auto candidates = BuildCandidates(Directory({entry}), combinations, indicators);
    std::vector<std::string> out;
    for (const DirectoryEntry& c : *candidates) out.push_back(ToHex(c.kernel_id));
    return out;
  };
  using Ids = std::vector<std::string>;
  const std::vector<Indicators> all(3);
  EXPECT_EQ(kernels({"A0000006581010"}, all), (Ids{"02", "810484", "030000"}));
  EXPECT_EQ(kernels({"A0000006581010", "01", "810484"}, all), Ids{"810484"});
  EXPECT_EQ(kernels({"A0000006581010", "01", "03"}, all), Ids{"030000"});
  std::vector<Indicators> second_not_allowed(3);
  second_not_allowed[1].contactless_not_allowed = true;
  EXPECT_EQ(kernels({"A0000006581010"}, second_not_allowed), (Ids{"02", "030000"}));
}

TEST(EntryPointTest, ExtendedSelectionIsAppendedWhereItIsSupported) {
  const auto selected_name = [](bool supported, const char* extension) {
    Bytes entry = MakeTlv(tag::kAid, Hex("A0000000031010"));
    AppendTlv(entry, tag::kExtendedSelection, Hex(extension));
    Bytes fci = MakeTlv(tag::kFciProprietary,
                        MakeTlv(tag::kFciIssuerData, MakeTlv(tag::kDirectoryEntry, entry)));
    test::TestCardSpec spec;
    spec.ppse = MakeTlv(tag::kFci, fci);
    test::TestCard card(spec);
    auto combinations = Visa();
    combinations[0].extended_selection = supported;
    const std::vector<Indicators> indicators(1);
    Selection selection(card, combinations, indicators);
    EXPECT_TRUE(selection.ReadDirectory().ok());
    const auto selected = selection.Next();
    return ToHex(card.commands.back().data);
  };
  EXPECT_EQ(selected_name(true, "A1A2"), "A0000000031010A1A2");
  EXPECT_EQ(selected_name(false, "A1A2"), "A0000000031010");
  EXPECT_EQ(selected_name(true, "A1A2A3A4A5A6A7A8A9"), "A0000000031010A1A2A3A4A5A6A7A8A9");
  EXPECT_EQ(selected_name(true, "A1A2A3A4A5A6A7A8A9B0"), "A0000000031010");  // 17 bytes: no name
}

// Book B, 3.3.3.6.
TEST(EntryPointTest, AVisaApplicationWithoutTtqIsPassedOver) {
  for (const char* pdol : {"", "9F3704", "9F66"}) {
    test::TestCardSpec spec;
    spec.pdol = pdol;
    test::TestCard card(spec);
    const auto combinations = Visa();
    const std::vector<Indicators> indicators(1);
    Selection selection(card, combinations, indicators);
    ASSERT_TRUE(selection.ReadDirectory().ok());
    EXPECT_TRUE(selection.Next().error().Is(errors::kNoApplication)) << pdol;
  }
}

TEST(EntryPointTest, KernelsThatAreNotThere) {
  test::TestCard card{test::TestCardSpec{}};
  for (const char* kernel : {"", "05", "06", "810484"}) {
    EXPECT_TRUE(ActivateKernel(Hex(kernel), card, {}).error().Is(errors::kNoApplication)) << kernel;
  }
}

}  // namespace
}  // namespace plaza::emv
