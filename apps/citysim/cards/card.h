// Personalised test cards, and what a card does when it is held to a gate.
//
// A Card is immutable but for its certificate, which is made by the issuer's private key at the
// card's first tap (under a once-flag, so cards are thread-safe). A CardTap is one presentation: it
// answers APDUs as a chip does, one thread. The cryptogram is eight deterministic bytes under the
// card's own key, not yet a scheme's derivation: it proves nothing to an issuer, and nothing in
// Plaza checks it. The dynamic signature (fDDA, signed data format 95) is real. Sources: EMV Book 1
// (PPSE, SELECT), Book 2, 6 (certificates), Book C-3 (GET PROCESSING OPTIONS, fDDA).
#pragma once
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "apps/citysim/cards/pki.h"
#include "libs/emv/apdu/apdu.h"

namespace plaza::citysim {

enum class CardKind : std::uint8_t {
  kGood,
  kExpired,
  kNotYetValid,
  kForged,            // issuer certified by another authority
  kFlippedSignature,  // one bit of the dynamic signature turned
  kDeclining,         // the chip says no (AAC)
  kPanMismatch,       // track 2 names another PAN than the authenticated record
  kForeign,           // an application that this city does not accept
  kRefusedCountry,    // issued in a country whose cards this city does not accept
};
std::string_view CardKindName(CardKind kind);

struct CardSpec {
  std::uint64_t seed = 0;
  std::uint64_t account = 0;  // below kAccountNumbers: a phone and its card share it, and so a PAR
  Issuer issuer = Issuer::kPlastic;
  CardKind kind = CardKind::kGood;
  bool carries_par = false;  // 9F24 in an authenticated record
  Date today;                // expiry and start of validity are set around it
};

// 16 digits: BIN, nine digits of (seed, account) without repeats, check digit (ISO/IEC 7812-1,
// Annex B).
std::string PanOf(std::uint64_t seed, std::uint64_t account, Issuer issuer);
bool LuhnValid(std::string_view digits);
// What the test issuers (services/vault/gateway) tell of a PAN: "V0010013" and 21 characters of
// base32 of SHA-256("plaza test par " + PAN digits 7 to 15).
std::string TestPar(std::string_view pan);

class Card {
 public:
  explicit Card(const CardSpec& spec);
  const CardSpec& spec() const { return spec_; }
  // Digits, for the simulation's own account look-up; never to be logged.
  const std::string& pan() const { return pan_; }
  std::string par() const { return TestPar(pan_); }

 private:
  friend class CardTap;
  struct Personalised {
    Bytes static_record;  // covered by the certificate
    Bytes issuer_record;
    Bytes icc_record;  // without the part that changes
    std::uint32_t key_index = 0;
  };
  const Personalised& Personalise(const TestPki& pki, const CardCrypto& crypto) const;
  Bytes StaticData() const;

  CardSpec spec_;
  std::string pan_;
  Date expiry_;
  Date effective_;
  mutable std::once_flag once_;
  mutable Personalised data_;
};

class CardTap : public emv::CardChannel {
 public:
  // `atc`: the card's transaction counter for this presentation, from 1.
  CardTap(const Card& card, std::uint16_t atc, const TestPki& pki, const CardCrypto& crypto);
  Result<Bytes> Transmit(ByteView command) override;

 private:
  Bytes Select(ByteView name) const;
  Bytes ProcessingOptions(ByteView data);
  Bytes ReadRecord(std::uint8_t record, std::uint8_t reference) const;
  Bytes Cryptogram(ByteView pdol_data) const;
  Bytes SignDynamic(ByteView terminal_data) const;
  Bytes CardAuthData() const;

  const Card& card_;
  const Card::Personalised& data_;
  const CardCrypto& crypto_;
  std::uint16_t atc_;
  bool selected_ = false;
  bool signed_ = false;
};

}  // namespace plaza::citysim
