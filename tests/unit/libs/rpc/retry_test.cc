#include "libs/rpc/retry.h"

#include <gtest/gtest.h>

#include "libs/rpc/errors.h"

namespace plaza::rpc {
namespace {

using std::chrono::milliseconds;

TEST(RetryTest, OnlyWhatMayPassIsTriedAgain) {
  constexpr ErrorKind kStoreAway{StatusCode::kUnavailable, "STORE_AWAY", ""};
  constexpr ErrorKind kTooMany{StatusCode::kResourceExhausted, "TOO_MANY_CALLS", ""};
  // As gRPC itself refuses a message that is too large.
  constexpr ErrorKind kBare{StatusCode::kResourceExhausted, "RESOURCE_EXHAUSTED", ""};
  const struct {
    const ErrorKind& kind;
    bool may_pass;
  } table[] = {{kUnreachable, true},    {kStoreAway, true},    {kOverloaded, true},
               {kTooMany, true},        {kBare, false},        {kDeadlinePassed, false},
               {kRoleNeeded, false},    {kNoIdentity, false},  {kInternalFault, false},
               {kCallCancelled, false}, {kRemoteError, false}, {kMalformedRequest, false}};
  for (const auto& row : table) {
    EXPECT_EQ(MayPass(Error(row.kind, "")), row.may_pass) << row.kind.reason;
  }
}

TEST(RetryTest, PausesDoubleAndKeepWithinTheDeadline) {
  const RetryLimits limits{
      .attempts_max = 6, .pause_first = milliseconds(100), .pause_max = milliseconds(500)};
  const struct {
    int attempt;
    double random;
    int left_ms;
    int pause_ms;  // -1: given up
  } table[] = {
      {1, 0, 10'000, 50},      {1, 0.5, 10'000, 75}, {1, 0.999, 10'000, 99}, {2, 0, 10'000, 100},
      {3, 0, 10'000, 200},     {4, 0, 10'000, 250},  {4, 0.5, 10'000, 375},  {5, 0, 10'000, 250},
      {5, 0.999, 10'000, 499}, {6, 0, 10'000, -1},   {7, 0, 10'000, -1},     {1, 0, 51, 50},
      {1, 0, 50, -1},          {1, 0, 0, -1},        {1, 0, -3, -1},
  };
  for (const auto& row : table) {
    const auto pause = PauseBeforeRetry(limits, row.attempt, row.random, milliseconds(row.left_ms));
    EXPECT_EQ(pause ? pause->count() : -1, row.pause_ms)
        << row.attempt << " " << row.random << " " << row.left_ms;
  }
}

// S: a call succeeds. F: one fails; then whether a retry may follow, 1 or 0.
TEST(RetryTest, TheBudgetEndsRetriesWhenHalfIsSpent) {
  const struct {
    const char* calls;
    const char* allowed;
  } table[] = {
      {"FFFFFF", "110000"},            // of 6, three are left after the third failure
      {"FFFFFFFFSSFF", "1100000000"},  // never below nothing: two successes are half a failure
      {"SSSSSSSSFFFF", "1100"},        // never above what it holds
      {"FFFSSSSFF", "11000"},          // four successes earn one failure, which the next one spends
      {"FFFSSSSSSSSFF", "11010"},
  };
  for (const auto& row : table) {
    RetryBudget budget({.budget = 6, .successes_a_failure = 4});
    std::string allowed;
    for (const char* call = row.calls; *call != '\0'; ++call) {
      if (*call == 'S') budget.Succeeded();
      if (*call == 'F') allowed += budget.Failed() ? '1' : '0';
    }
    EXPECT_EQ(allowed, row.allowed) << row.calls;
  }
}

}  // namespace
}  // namespace plaza::rpc
