// Kernel 3 (Visa qVSDC), the transit path: GET PROCESSING OPTIONS, READ RECORDs, checks of the
// data, then fDDA over an online cryptogram. EMV Contactless Book C-3. What the gate decides on top
// is in transit/. One thread at a time per channel; the elements hold card data: keep them no
// longer than the tap.
#pragma once
#include "libs/base/bytes.h"
#include "libs/base/civil.h"
#include "libs/base/result.h"
#include "libs/emv/apdu/apdu.h"
#include "libs/emv/oda/oda.h"
#include "libs/emv/tlv/data_elements.h"

namespace plaza::emv {

struct Kernel3Input {
  ByteView aid;  // the ADF name selected (84)
  ByteView fci;  // the answer to SELECT: 6F …, with the PDOL inside
  const DataElements* terminal =
      nullptr;  // 9F66 9F02 9F03 9F1A 95 5F2A 9A 9C 9F37 9F35 9F33 9F40 …
  const CapkTable* capks = nullptr;
  Date date;  // local
  IssuerKeyCache* issuer_keys = nullptr;
};

enum class Kernel3Verdict {
  kOnline,        // an ARQC, data complete and consistent: see `oda`
  kCardDeclined,  // AAC, or a TC where an ARQC was asked
  kPanMismatch,   // 5A and 57 name two cards
};

struct Kernel3Outcome {
  Kernel3Verdict verdict = Kernel3Verdict::kOnline;
  OdaOutcome oda;  // not attempted (kNotPossible, reason "not_attempted") unless verdict is kOnline
  DataElements data;  // all of the card's elements; what was authenticated has Source::kCardStatic
  Bytes static_data;
};

// CARD_REMOVED; CARD_ERROR: status words, malformed or missing data (Book C-3, 5.4 and 5.5): the
// rider presents again.
Result<Kernel3Outcome> RunKernel3(CardChannel& channel, const Kernel3Input& input);

}  // namespace plaza::emv
