// A gate that accepts all four kernels, with fixed clock, number and keys.
#pragma once
#include <memory>

#include "libs/emv/oda/issuer_key_cache.h"
#include "libs/emv/transit/gate.h"
#include "tests/support/emv/test_card.h"

namespace plaza::emv::test {

struct TestGate {
  TestGate();
  TapOutcome Tap(CardChannel& card, TapTrace* trace = nullptr) {
    return ProcessTap(card, context, trace);
  }
  TapOutcome Tap(const TestCardSpec& spec, TapTrace* trace = nullptr) {
    TestCard card(spec);
    return Tap(card, trace);
  }

  GateProfile profile;
  CapkTable capks = TestCapks(Keys().ca);
  DenyList deny_list;
  PassBackWindow pass_back{Seconds(0)};
  std::unique_ptr<Vsam> vsam;
  IssuerKeyCache cache;
  TapContext context;  // points into this object: never copy it
};

}  // namespace plaza::emv::test
