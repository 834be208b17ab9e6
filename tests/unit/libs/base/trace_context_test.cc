#include "libs/base/trace_context.h"

#include <gtest/gtest.h>

namespace plaza {
namespace {

constexpr const char* kGood = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceContext, ReadsVersion00AndWritesItAgain) {
  const auto context = ParseTraceparent(kGood);
  ASSERT_TRUE(context.has_value());
  EXPECT_EQ(TraceText(context->trace), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(SpanText(context->span), "00f067aa0ba902b7");
  EXPECT_TRUE(context->sampled);
  EXPECT_EQ(FormatTraceparent(*context), kGood);
}

TEST(TraceContext, OfTheFlagsOnlySampledIsKnown) {
  const struct {
    const char* flags;
    bool sampled;
  } table[] = {{"00", false}, {"01", true},  {"02", false},
               {"03", true},  {"fe", false}, {"ff", true}};
  for (const auto& row : table) {
    const auto context = ParseTraceparent(std::string(kGood).substr(0, 53) + row.flags);
    ASSERT_TRUE(context.has_value()) << row.flags;
    EXPECT_EQ(context->sampled, row.sampled) << row.flags;
  }
}

TEST(TraceContext, RefusesWhatIsNotExactlyOne) {
  const std::string good = kGood;
  const std::string table[] = {
      "",
      "00",
      good.substr(0, 54),
      good + " ",
      good + "-00",
      "01" + good.substr(2),
      "ff" + good.substr(2),
      "0x" + good.substr(2),
      "00_" + good.substr(3),
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0 ",
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
      "00-\"}{\n4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba9-01",
      std::string(55, '\0'),
      std::string(1'000'000, '0'),
  };
  for (const std::string& text : table) {
    EXPECT_FALSE(ParseTraceparent(text).has_value()) << text.substr(0, 80);
  }
}

TEST(TraceContext, ATapHasOneTraceWhichAnybodyCanTell) {
  // Pinned: UUIDv5 of the tap id in UUIDv5(URL, "https://plaza.example/ids/trace").
  const TapId tap("GDL-S0119:41");
  EXPECT_EQ(TraceText(TraceIdOf(tap)), "d440a4ab102b59bc9d9b8d57cc128b21");
  EXPECT_EQ(FormatTraceparent(RecordedContext(tap, 1'000'000)),
            "00-d440a4ab102b59bc9d9b8d57cc128b21-9201fe828e6a55ad-01");
  EXPECT_NE(TraceIdOf(tap), TraceIdOf(TapId("GDL-S0119:42")));
}

TEST(TraceContext, AFactSaysItOnlyIfItIsSampled) {
  const TapId tap("GDL-S0119:41");
  EXPECT_EQ(TraceparentOfFact(RecordedContext(tap, 0)), "");
  EXPECT_EQ(TraceparentOfFact(RecordedContext(tap, 1'000'000)),
            "00-d440a4ab102b59bc9d9b8d57cc128b21-9201fe828e6a55ad-01");
}

TEST(TraceContext, AChildIsInTheTraceWithASpanOfItsOwn) {
  const TraceContext parent = RecordedContext(TapId("GDL-S0119:41"), 1'000'000);
  const TraceContext first = Child(parent, "charged/1");
  const TraceContext second = Child(parent, "charged/2");
  EXPECT_EQ(first.trace, parent.trace);
  EXPECT_TRUE(first.sampled);
  EXPECT_NE(first.span, parent.span);
  EXPECT_NE(first.span, second.span);
  EXPECT_EQ(first, Child(parent, "charged/1"));
  EXPECT_NE(first.span, Child(RecordedContext(TapId("GDL-S0119:42"), 0), "charged/1").span);
  EXPECT_EQ(ParseTraceparent(FormatTraceparent(second)), second);
}

TEST(TraceContext, SamplesAsManyAsWereAskedFor) {
  constexpr int kTaps = 20'000;
  const struct {
    std::int64_t per_million;
    int least, most;
  } table[] = {{0, 0, 0}, {10'000, 150, 250}, {500'000, 9'700, 10'300}, {1'000'000, kTaps, kTaps}};
  for (const auto& row : table) {
    int sampled = 0;
    for (int i = 1; i <= kTaps; ++i) {
      const TapId tap = MakeTapId(ValidatorId("GDL-S0001"), static_cast<std::uint64_t>(i));
      const bool one = IsSampled(TraceIdOf(tap), row.per_million);
      sampled += one;
      if (one) {
        EXPECT_TRUE(IsSampled(TraceIdOf(tap), row.per_million + 1));
      }
    }
    EXPECT_GE(sampled, row.least) << row.per_million;
    EXPECT_LE(sampled, row.most) << row.per_million;
  }
}

}  // namespace
}  // namespace plaza
