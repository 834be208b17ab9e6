// What every kernel gets and gives back. A kernel is a function Result<KernelOutcome>(CardChannel&,
// const KernelInput&): one thread at a time for a channel; the elements hold card data, keep them
// no longer than the tap.
#pragma once
#include <string>

#include "libs/base/bytes.h"
#include "libs/base/civil.h"
#include "libs/base/result.h"
#include "libs/emv/apdu/apdu.h"
#include "libs/emv/kernel/outcome.h"
#include "libs/emv/oda/oda.h"
#include "libs/emv/tlv/data_elements.h"

namespace plaza::emv {

struct KernelInput {
  ByteView aid;  // the ADF name selected (84)
  ByteView fci;  // the answer to SELECT: 6F …, with the PDOL inside
  const DataElements* terminal =
      nullptr;  // 9F02 9F03 9F1A 95 5F2A 9A 9C 9F37 9F35 9F33 9F40 …; 9F66 for kernels 3 and 7
  const CapkTable* capks = nullptr;
  Date date;  // local
  IssuerKeyCache* issuer_keys = nullptr;
  bool floor_limit_exceeded = false;  // of Entry Point's pre-processing
  // A script that was recorded elsewhere, never at a gate: kernels 2 and 4 send the 95 of
  // `terminal` instead of computing one, and ask for CDA whoever can it.
  bool recorded = false;
};

enum class KernelVerdict {
  kOnline,               // an ARQC, data complete and consistent: see `oda`
  kOffline,              // a TC where none but the card wanted an ARQC: see `oda`
  kCardDeclined,         // AAC, or a TC where an ARQC was asked
  kPanMismatch,          // 5A and 57 name two cards
  kSelectNext,           // the application cannot be used: the next candidate
  kSeePhone,             // the holder confirms on the device, then presents it again
  kTryAnotherInterface,  // the card wants its contacts
};

struct KernelOutcome {
  KernelVerdict verdict = KernelVerdict::kOnline;
  std::string detail;  // of the last three: the step and its status words
  OdaOutcome
      oda;  // not attempted (kNotPossible, reason "not_attempted") unless kOnline or kOffline
  DataElements data;  // all of the card's elements; what was authenticated has Source::kCardStatic
  DataElements computed;  // terminal elements that the kernel made: 95 9F34
  Bytes static_data;
};

Outcome OutcomeOf(const KernelOutcome& outcome);

}  // namespace plaza::emv
