// A gate, the cards held to it, and the test scheme behind both; for tests of the gate program and
// of the simulated city.
#pragma once
#include <memory>
#include <string>

#include "apps/citysim/cards/card.h"
#include "apps/citysim/cards/limits.h"
#include "apps/citysim/cards/pki.h"
#include "apps/validator/gate.h"
#include "libs/base/check.h"

namespace plaza::testing {

inline Date Day(std::string_view text) {
  const Result<Date> day = Date::Parse(text);
  PLAZA_CHECK(day.ok());
  return *day;
}

// The keys of cards are slow to make, so all tests of a binary share them.
struct Scheme {
  citysim::TestPki pki;
  std::unique_ptr<citysim::CardCrypto> crypto;
  Date today = Day("2026-11-23");

  static Scheme& Get() {
    static Scheme scheme = [] {
      Scheme made;
      Result<citysim::TestPki> new_pki = citysim::MakeTestPki(made.today, 2);
      PLAZA_CHECK(new_pki.ok());
      made.pki = std::move(*new_pki);
      Result<citysim::CardCrypto> new_crypto = citysim::CardCrypto::Make(made.pki);
      PLAZA_CHECK(new_crypto.ok());
      made.crypto = std::make_unique<citysim::CardCrypto>(std::move(*new_crypto));
      return made;
    }();
    return scheme;
  }
};

inline emv::ValidatorKeys TestValidatorKeys(const std::string& validator_id) {
  emv::ValidatorKeys keys;
  keys.validator_id = validator_id;
  keys.token_key.fill(1);
  keys.mac_key = emv::DeriveMacKey(keys.token_key, validator_id);
  keys.data_key.fill(3);
  return keys;
}

inline validator::GateShared TestShared() {
  validator::GateShared shared;
  shared.profile.combinations = {{Bytes{0xA0, 0x00, 0x00, 0x00, 0x03, 0x10, 0x10}}};
  shared.profile.country = 484;
  shared.profile.currency = 484;
  shared.profile.amount_minor = 1100;
  shared.profile.refused_issuer_countries = {citysim::kRefusedCountry};
  PLAZA_CHECK(shared.capks.Add(Scheme::Get().pki.ca).ok());
  shared.pass_back = Seconds(300);
  return shared;
}

inline validator::GateOptions FixedGate(const std::string& id, const std::string& folder) {
  validator::GateOptions options;
  options.validator_id = id;
  options.stop_id = "L4-05";
  options.route_id = "L4";
  options.journal_folder = folder;
  options.random = [n = std::uint8_t{0}]() mutable {
    return validator::UnpredictableNumber{0x12, 0x34, 0x56, ++n};
  };
  return options;
}

inline std::unique_ptr<validator::Gate> OpenGate(validator::GateOptions options,
                                                 const validator::GateShared& shared) {
  const std::string id = options.validator_id;
  auto gate = validator::Gate::Open(
      std::move(options), shared, emv::MakeSoftwareVsam(TestValidatorKeys(id)), emv::PosixFiles());
  PLAZA_CHECK(gate.ok());
  return std::move(*gate);
}

inline citysim::CardSpec Spec(citysim::CardKind kind, std::uint64_t account = 7) {
  citysim::CardSpec spec;
  spec.seed = 1;
  spec.account = account;
  spec.kind = kind;
  spec.today = Scheme::Get().today;
  return spec;
}

// Noon of 2026-11-23, UTC, and seconds after it.
inline Instant Noon(std::int64_t seconds = 0) {
  return ToInstant(Scheme::Get().today, TimeOfDay{12 * 3600}, 0) + Seconds(seconds);
}

inline Result<validator::TapResult> Present(validator::Gate& gate, const citysim::Card& card,
                                            Instant now, std::uint16_t atc = 1) {
  citysim::CardTap tap(card, atc, Scheme::Get().pki, *Scheme::Get().crypto);
  return gate.Tap(tap, now);
}

}  // namespace plaza::testing
