// The transit decision: one tap of one card at one gate. Clock, random number, lists and keys come
// in as arguments.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "libs/base/civil.h"
#include "libs/base/result.h"
#include "libs/emv/apdu/apdu.h"
#include "libs/emv/capk/capk.h"
#include "libs/emv/crypto/secret.h"
#include "libs/emv/entrypoint/entry_point.h"
#include "libs/emv/journal/tap_record.h"
#include "libs/emv/oda/oda.h"
#include "libs/emv/transit/decision.h"
#include "libs/emv/transit/deny_list.h"
#include "libs/emv/transit/passback.h"
#include "libs/emv/vsam/vsam.h"

namespace plaza::emv {

// What a gate accepts and says of itself. All from the city's policy and the gate's configuration.
struct GateProfile {
  std::vector<Combination> combinations;
  std::uint16_t country = 0;      // ISO 3166-1 numeric: 484
  std::uint16_t currency = 0;     // ISO 4217 numeric: 484
  std::int64_t amount_minor = 0;  // authorised amount inside the cryptogram (9F02)
  std::uint8_t transaction_type = 0x00;
  std::int64_t unit_minor = 100;  // one unit of the currency
  // TTQ of combinations of kernels 3 and 7 without one: EMV mode, online capable, offline data
  // authentication for online authorisations supported (byte 1, bit 1), online cryptogram required
  // (byte 2, bit 8): the gate always wants one, whatever the amount.
  Ttq ttq{0x21, 0x80, 0x00, 0x00};
  std::uint8_t terminal_type = 0x25;  // unattended, online with offline capability
  std::array<std::uint8_t, 3> terminal_capabilities{0x00, 0x08, 0x08};
  // Kernel 4: contactless reader capabilities (9F6D), and the enhanced ones (9F6E): EMV partial
  // online, mobile; exempt from no-CVM checks, delayed authorisation, transit (byte 4).
  std::uint8_t reader_capabilities = 0xC0;
  std::array<std::uint8_t, 4> enhanced_capabilities{0x18, 0x00, 0x00, 0xE0};
  // Cards that are refused with not_accepted: by issuer country (5F28), by the application's
  // currency (9F42), by product (an ADF name that begins so); empty: none.
  std::vector<std::uint16_t> refused_issuer_countries;
  std::vector<std::uint16_t> refused_currencies;
  std::vector<Bytes> refused_products;
};

struct TapContext {
  Instant time;
  LocalTime local;                                     // of `time`, at the gate
  std::array<std::uint8_t, 4> unpredictable_number{};  // fresh for each attempt
  const GateProfile* profile = nullptr;
  const CapkTable* capks = nullptr;
  const DenyListView* deny_list = nullptr;
  PassBackWindow* pass_back = nullptr;  // told of an accepted tap
  const Vsam* vsam = nullptr;
  IssuerKeyCache* issuer_keys = nullptr;  // may be null
  // Scripts recorded elsewhere, never at a gate: these elements win over the gate's own
  // (KernelInput::recorded).
  const DataElements* recorded_terminal = nullptr;
};

struct TapOutcome {
  GateAction action = GateAction::kRetry;
  Reason reason = Reason::kNone;  // of a denial
  RetryReason retry =
      RetryReason::kNone;  // of a retry: nothing is recorded, the rider presents again
  std::string detail;      // for the gate's log: step and status word or oda reason; no card data
  // For the tap record; absent in a retry.
  std::optional<Token> token;
  std::string par;
  MediaKind media_kind = MediaKind::kEmvCard;
  Bytes chip_data;        // BER-TLV
  SecretBytes card_data;  // BER-TLV of 5A 5F24 5F34 57, to be sealed
  OdaOutcome oda;
  Outcome outcome;  // what the reader shows and does, of the kernel or of Entry Point
};

// All that a tap went through, for eval and tests. Holds card data.
struct TapTrace {
  DirectoryEntry selected;
  Bytes fci;
  DataElements terminal;  // with what the kernel computed
  DataElements card;
};

// Runs the whole tap on the card. Never fails: what goes wrong is a retry. `trace` may be null.
TapOutcome ProcessTap(CardChannel& channel, const TapContext& context, TapTrace* trace = nullptr);

// Where the gate stands.
struct Place {
  std::string stop_id{};
  std::string vehicle_id{};
  std::string route_id{};
  std::string trip_id{};
};

// The record of an accepted or denied tap: fills, seals, signs. `outcome` must not be a retry
// (checked).
struct RecordInput {
  std::string validator_id{};
  std::uint64_t sequence = 0;
  bool clock_doubtful = false;
  Place place{};
};
Bytes MakeTapRecord(const TapOutcome& outcome, const TapContext& context, const RecordInput& input);

}  // namespace plaza::emv
