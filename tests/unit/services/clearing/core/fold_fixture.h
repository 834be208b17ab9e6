// A policy, an account, and short ways to say what happens to it.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/clearing/core/account_fold.h"
#include "services/clearing/core/chart.h"

namespace plaza::clearing {

inline Date Day(const char* text) { return *Date::Parse(text); }
inline Instant At(const char* text) { return ParseMoment(text)->instant; }

inline Policy TestPolicy() {
  Policy policy;
  policy.zone = *ZoneRules::Make("Fixed", "test", -6 * 3600, {});
  policy.cut_off = TimeOfDay{3 * 3600};
  policy.currency = *Currency::Parse("MXN");
  policy.verify_first_use = true;
  policy.response_codes.approved = {"00"};
  policy.response_codes.retryable = {"51"};
  policy.response_codes.final_codes = {"41"};
  return policy;
}

inline Token TokenOf(char c) { return {1, std::string(32, c)}; }
inline AccountId AccountOf(const std::string& name) {
  return AccountId(Uuid::V5(id_space::Account(), name));
}

class FoldTest : public ::testing::Test {
 protected:
  FoldTest() { state.id = AccountOf("a"); }

  Context context() const { return {policy, open_from}; }

  Effects TapAt(const char* at, const std::string& id, char token = 'a') {
    Effects out;
    const Result<void> done =
        ApplyTap(context(), state, {TapId(id), At(at), TokenOf(token), "chip-" + id}, out);
    EXPECT_TRUE(done.ok()) << done.error().ToString();
    return out;
  }

  Charge ChargeOf(const std::string& leg, std::uint32_t revision, const char* at,
                  std::vector<Share> shares) const {
    std::int64_t sum = 0;
    for (const Share& share : shares) sum += share.amount_minor;
    return {TapId(leg), revision, At(at), Money(sum, policy.currency), std::move(shares), 0};
  }
  Effects Charged(const std::string& leg, std::uint32_t revision, const char* at,
                  std::vector<Share> shares) {
    Effects out;
    const Result<void> done =
        ApplyCharge(context(), state, ChargeOf(leg, revision, at, std::move(shares)), out);
    EXPECT_TRUE(done.ok()) << done.error().ToString();
    return out;
  }

  Effects Close(const char* day, std::vector<Tap> taps) {
    open_from = Day(day) + 1;
    Effects out;
    CloseAggregates(state, Day(day), taps, policy, out);
    return out;
  }

  Effects Answered(Purpose purpose, const char* code, std::uint32_t attempt = 1,
                   std::size_t aggregate = 0) {
    Answer answer;
    if (purpose != Purpose::kVerification) answer.aggregate = state.aggregates.at(aggregate).id;
    answer.purpose = purpose;
    answer.attempt = attempt;
    answer.response_code = code;
    answer.approved = std::string(code) == "00";
    answer.event_time = At("2026-11-24T09:00:01Z");
    Effects out;
    const Result<void> done = ApplyAnswer(context(), state, answer, out);
    EXPECT_TRUE(done.ok()) << done.error().ToString();
    return out;
  }

  // "debit>credit amount day" of each posting.
  static std::vector<std::string> Lines(const Effects& effects) {
    std::vector<std::string> lines;
    for (const Posting& p : effects.postings) {
      lines.push_back(p.debit + ">" + p.credit + " " + std::to_string(p.amount.amount_minor()) +
                      " " + p.business_day.ToText());
    }
    return lines;
  }
  // "purpose/attempt amount tap" of each request.
  static std::vector<std::string> Requests(const Effects& effects) {
    std::vector<std::string> lines;
    for (const AuthorisationRequest& r : effects.requests) {
      lines.push_back(std::string(PurposeName(r.purpose)) + "/" + std::to_string(r.attempt) + " " +
                      std::to_string(r.amount.amount_minor()) + " " + r.tap.value());
    }
    return lines;
  }
  // "+reason token" or "-reason token" of each deny-list change.
  static std::vector<std::string> DenyChanges(const Effects& effects) {
    std::vector<std::string> lines;
    for (const DenyChange& c : effects.deny_changes) {
      lines.push_back((c.denied ? "+" : "-") + c.reason + " " + c.token.bytes.substr(0, 1));
    }
    return lines;
  }

  Tap TapValue(const char* at, const std::string& id, char token = 'a') const {
    return {TapId(id), At(at), TokenOf(token), "chip-" + id};
  }

  Policy policy = TestPolicy();
  std::optional<Date> open_from;
  AccountState state;
};

}  // namespace plaza::clearing
