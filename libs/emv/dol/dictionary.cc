#include "libs/emv/dol/dictionary.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace plaza::emv {
namespace {

constexpr auto kN = Format::kNumeric;
constexpr auto kCn = Format::kCompressedNumeric;
constexpr auto kA = Format::kAlphabetic;
constexpr auto kAn = Format::kAlphanumeric;
constexpr auto kAns = Format::kSpecial;
constexpr auto kB = Format::kBinary;
constexpr auto kCard = Origin::kCard;
constexpr auto kTerminal = Origin::kTerminal;
constexpr auto kIssuer = Origin::kIssuer;
constexpr std::uint8_t kNoLimit = 255;

// Columns: tag, kernel, format, least, most, origin, template, name.
constexpr DataElement kRows[] = {
    {0x42, 0, kN, 3, 3, kCard, 0xBF0C, "Issuer Identification Number"},
    {0x4F, 0, kB, 5, 16, kCard, 0x61, "Application Dedicated File Name"},
    {0x50, 0, kAns, 1, 16, kCard, 0xA5, "Application Label"},
    {0x56, 2, kAns, 0, 76, kCard, 0x70, "Track 1 Data"},
    {0x57, 0, kB, 0, 19, kCard, 0, "Track 2 Equivalent Data"},
    {0x5A, 0, kCn, 0, 10, kCard, 0x70, "Application Primary Account Number"},
    {0x61, 0, kB, 0, 252, kCard, 0, "Application Template"},
    {0x6F, 0, kB, 0, 252, kCard, 0, "File Control Information Template"},
    {0x70, 0, kB, 0, 252, kCard, 0, "Read Record Response Message Template"},
    {0x77, 0, kB, 0, kNoLimit, kCard, 0, "Response Message Template Format 2"},
    {0x80, 0, kB, 0, kNoLimit, kCard, 0, "Response Message Template Format 1"},
    {0x81, 0, kB, 4, 4, kTerminal, 0, "Amount, Authorised (Binary)"},
    {0x82, 0, kB, 2, 2, kCard, 0x77, "Application Interchange Profile"},
    {0x83, 0, kB, 0, kNoLimit, kTerminal, 0, "Command Template"},
    {0x84, 0, kB, 5, 16, kCard, 0x6F, "Dedicated File Name"},
    {0x87, 0, kB, 1, 1, kCard, 0x61, "Application Priority Indicator"},
    {0x88, 0, kB, 1, 1, kCard, 0xA5, "Short File Identifier"},
    {0x89, 0, kAns, 6, 6, kIssuer, 0, "Authorisation Code"},
    {0x8A, 0, kAn, 2, 2, kIssuer, 0, "Authorisation Response Code"},
    {0x8C, 0, kB, 0, 252, kCard, 0x70, "Card Risk Management Data Object List 1"},
    {0x8D, 0, kB, 0, 252, kCard, 0x70, "Card Risk Management Data Object List 2"},
    {0x8E, 0, kB, 10, 252, kCard, 0x70, "Cardholder Verification Method List"},
    {0x8F, 0, kB, 1, 1, kCard, 0x70, "Certification Authority Public Key Index"},
    {0x90, 0, kB, 64, 248, kCard, 0x70, "Issuer Public Key Certificate"},
    {0x91, 0, kB, 8, 16, kIssuer, 0, "Issuer Authentication Data"},
    {0x92, 0, kB, 0, 248, kCard, 0x70, "Issuer Public Key Remainder"},
    {0x93, 0, kB, 64, 248, kCard, 0x70, "Signed Static Application Data"},
    {0x94, 0, kB, 0, 252, kCard, 0x77, "Application File Locator"},
    {0x95, 0, kB, 5, 5, kTerminal, 0, "Terminal Verification Results"},
    {0x97, 0, kB, 0, 252, kCard, 0x70, "Transaction Certificate Data Object List"},
    {0x98, 0, kB, 20, 20, kTerminal, 0, "Transaction Certificate Hash Value"},
    {0x9A, 0, kN, 3, 3, kTerminal, 0, "Transaction Date"},
    {0x9B, 0, kB, 2, 2, kTerminal, 0, "Transaction Status Information"},
    {0x9C, 0, kN, 1, 1, kTerminal, 0, "Transaction Type"},
    {0x9D, 0, kB, 5, 16, kCard, 0x61, "Directory Definition File Name"},
    {0xA5, 0, kB, 0, 252, kCard, 0x6F, "FCI Proprietary Template"},
    {0x5F20, 0, kAns, 0, 26, kCard, 0x70, "Cardholder Name"},
    {0x5F24, 0, kN, 3, 3, kCard, 0x70, "Application Expiration Date"},
    {0x5F25, 0, kN, 3, 3, kCard, 0x70, "Application Effective Date"},
    {0x5F28, 0, kN, 2, 2, kCard, 0x70, "Issuer Country Code"},
    {0x5F2A, 0, kN, 2, 2, kTerminal, 0, "Transaction Currency Code"},
    {0x5F2D, 0, kAn, 2, 8, kCard, 0xA5, "Language Preference"},
    {0x5F30, 0, kN, 2, 2, kCard, 0x70, "Service Code"},
    {0x5F34, 0, kN, 1, 1, kCard, 0, "Application PAN Sequence Number"},
    {0x5F36, 0, kN, 1, 1, kTerminal, 0, "Transaction Currency Exponent"},
    {0x5F50, 0, kAns, 0, kNoLimit, kCard, 0xBF0C, "Issuer URL"},
    {0x5F53, 0, kB, 0, 34, kCard, 0xBF0C, "International Bank Account Number"},
    {0x5F54, 0, kB, 8, 11, kCard, 0xBF0C, "Bank Identifier Code"},
    {0x5F55, 0, kA, 2, 2, kCard, 0xBF0C, "Issuer Country Code (alpha2)"},
    {0x5F56, 0, kA, 3, 3, kCard, 0xBF0C, "Issuer Country Code (alpha3)"},
    {0x5F57, 0, kN, 1, 1, kTerminal, 0, "Account Type"},
    {0x9F01, 0, kN, 6, 6, kTerminal, 0, "Acquirer Identifier"},
    {0x9F02, 0, kN, 6, 6, kTerminal, 0, "Amount, Authorised (Numeric)"},
    {0x9F03, 0, kN, 6, 6, kTerminal, 0, "Amount, Other (Numeric)"},
    {0x9F04, 0, kB, 4, 4, kTerminal, 0, "Amount, Other (Binary)"},
    {0x9F05, 0, kB, 1, 32, kCard, 0x70, "Application Discretionary Data"},
    {0x9F06, 0, kB, 5, 16, kTerminal, 0, "Application Identifier (Terminal)"},
    {0x9F07, 0, kB, 2, 2, kCard, 0x70, "Application Usage Control"},
    {0x9F08, 0, kB, 2, 2, kCard, 0x70, "Application Version Number (Card)"},
    {0x9F09, 0, kB, 2, 2, kTerminal, 0, "Application Version Number (Terminal)"},
    {0x9F0A, 0, kB, 0, kNoLimit, kCard, 0, "Application Selection Registered Proprietary Data"},
    {0x9F0B, 0, kAns, 27, 45, kCard, 0x70, "Cardholder Name Extended"},
    {0x9F0C, 0, kN, 3, 4, kCard, 0xBF0C, "Issuer Identification Number Extended"},
    {0x9F0D, 0, kB, 5, 5, kCard, 0x70, "Issuer Action Code - Default"},
    {0x9F0E, 0, kB, 5, 5, kCard, 0x70, "Issuer Action Code - Denial"},
    {0x9F0F, 0, kB, 5, 5, kCard, 0x70, "Issuer Action Code - Online"},
    {0x9F10, 0, kB, 0, 32, kCard, 0x77, "Issuer Application Data"},
    {0x9F11, 0, kN, 1, 1, kCard, 0xA5, "Issuer Code Table Index"},
    {0x9F12, 0, kAns, 1, 16, kCard, 0xA5, "Application Preferred Name"},
    {0x9F13, 0, kB, 2, 2, kCard, 0, "Last Online Application Transaction Counter Register"},
    {0x9F14, 0, kB, 1, 1, kCard, 0x70, "Lower Consecutive Offline Limit"},
    {0x9F15, 0, kN, 2, 2, kTerminal, 0, "Merchant Category Code"},
    {0x9F16, 0, kAns, 15, 15, kTerminal, 0, "Merchant Identifier"},
    {0x9F17, 0, kB, 1, 1, kCard, 0, "PIN Try Counter"},
    {0x9F19, 0, kN, 6, 6, kCard, 0x70, "Token Requestor ID"},
    {0x9F1A, 0, kN, 2, 2, kTerminal, 0, "Terminal Country Code"},
    {0x9F1B, 0, kB, 4, 4, kTerminal, 0, "Terminal Floor Limit"},
    {0x9F1C, 0, kAn, 8, 8, kTerminal, 0, "Terminal Identification"},
    {0x9F1D, 0, kB, 1, 8, kTerminal, 0, "Terminal Risk Management Data"},
    {0x9F1E, 0, kAn, 8, 8, kTerminal, 0, "Interface Device Serial Number"},
    {0x9F1F, 0, kAns, 0, kNoLimit, kCard, 0x70, "Track 1 Discretionary Data"},
    {0x9F20, 0, kCn, 0, kNoLimit, kCard, 0x70, "Track 2 Discretionary Data"},
    {0x9F21, 0, kN, 3, 3, kTerminal, 0, "Transaction Time"},
    {0x9F22, 0, kB, 1, 1, kTerminal, 0, "Certification Authority Public Key Index (Terminal)"},
    {0x9F23, 0, kB, 1, 1, kCard, 0x70, "Upper Consecutive Offline Limit"},
    {0x9F24, 0, kAn, 29, 29, kCard, 0x70, "Payment Account Reference"},
    {0x9F25, 0, kN, 2, 2, kCard, 0x70, "Last 4 Digits of PAN"},
    {0x9F26, 0, kB, 8, 8, kCard, 0x77, "Application Cryptogram"},
    {0x9F27, 0, kB, 1, 1, kCard, 0x77, "Cryptogram Information Data"},
    {0x9F29, 0, kB, 0, kNoLimit, kCard, 0x61, "Extended Selection"},
    {0x9F2A, 0, kB, 1, 8, kCard, 0x61, "Kernel Identifier"},
    {0x9F2D, 0, kB, 42, 248, kCard, 0x70, "ICC PIN Encipherment Public Key Certificate"},
    {0x9F2E, 0, kB, 1, 3, kCard, 0x70, "ICC PIN Encipherment Public Key Exponent"},
    {0x9F2F, 0, kB, 0, 248, kCard, 0x70, "ICC PIN Encipherment Public Key Remainder"},
    {0x9F32, 0, kB, 1, 3, kCard, 0x70, "Issuer Public Key Exponent"},
    {0x9F33, 0, kB, 3, 3, kTerminal, 0, "Terminal Capabilities"},
    {0x9F34, 0, kB, 3, 3, kTerminal, 0, "CVM Results"},
    {0x9F35, 0, kN, 1, 1, kTerminal, 0, "Terminal Type"},
    {0x9F36, 0, kB, 2, 2, kCard, 0x77, "Application Transaction Counter"},
    {0x9F37, 0, kB, 4, 4, kTerminal, 0, "Unpredictable Number"},
    {0x9F38, 0, kB, 0, 252, kCard, 0xA5, "Processing Options Data Object List"},
    {0x9F39, 0, kN, 1, 1, kTerminal, 0, "Point-of-Service Entry Mode"},
    {0x9F3A, 0, kB, 4, 4, kTerminal, 0, "Amount, Reference Currency"},
    {0x9F3B, 0, kN, 2, 8, kCard, 0x70, "Application Reference Currency"},
    {0x9F3C, 0, kN, 2, 2, kTerminal, 0, "Transaction Reference Currency Code"},
    {0x9F3D, 0, kN, 1, 1, kTerminal, 0, "Transaction Reference Currency Exponent"},
    {0x9F40, 0, kB, 5, 5, kTerminal, 0, "Additional Terminal Capabilities"},
    {0x9F41, 0, kN, 2, 4, kTerminal, 0, "Transaction Sequence Counter"},
    {0x9F42, 0, kN, 2, 2, kCard, 0x70, "Application Currency Code"},
    {0x9F43, 0, kN, 1, 4, kCard, 0x70, "Application Reference Currency Exponent"},
    {0x9F44, 0, kN, 1, 1, kCard, 0x70, "Application Currency Exponent"},
    {0x9F45, 0, kB, 2, 2, kCard, 0, "Data Authentication Code"},
    {0x9F46, 0, kB, 64, 248, kCard, 0x70, "ICC Public Key Certificate"},
    {0x9F47, 0, kB, 1, 3, kCard, 0x70, "ICC Public Key Exponent"},
    {0x9F48, 0, kB, 0, 248, kCard, 0x70, "ICC Public Key Remainder"},
    {0x9F49, 0, kB, 0, 252, kCard, 0x70, "Dynamic Data Authentication Data Object List"},
    {0x9F4A, 0, kB, 0, kNoLimit, kCard, 0x70, "Static Data Authentication Tag List"},
    {0x9F4B, 0, kB, 64, 248, kCard, 0, "Signed Dynamic Application Data"},
    {0x9F4C, 0, kB, 2, 8, kCard, 0, "ICC Dynamic Number"},
    {0x9F4D, 0, kB, 2, 2, kCard, 0xBF0C, "Log Entry"},
    {0x9F4E, 0, kAns, 0, kNoLimit, kTerminal, 0, "Merchant Name and Location"},
    {0x9F4F, 0, kB, 0, kNoLimit, kCard, 0, "Log Format"},
    {0x9F50, 2, kN, 6, 6, kCard, 0, "Offline Accumulator Balance"},
    {0x9F51, 2, kB, 0, 250, kCard, 0x70, "DRDOL"},
    {0x9F51, 3, kN, 2, 2, kCard, 0x70, "Application Currency Code"},
    {0x9F51, 7, kN, 2, 2, kCard, 0x70, "Application Currency Code"},
    {0x9F53, 2, kAn, 1, 1, kTerminal, 0, "Transaction Category Code"},
    {0x9F54, 2, kB, 0, 160, kCard, 0x77, "DS ODS Card"},
    {0x9F54, 3, kN, 6, 6, kCard, 0, "Cumulative Total Transaction Amount Limit"},
    {0x9F57, 3, kN, 2, 2, kCard, 0, "Issuer Country Code"},
    {0x9F5A, 3, kB, 1, 16, kCard, 0x77, "Application Program Identifier"},
    {0x9F5B, 2, kB, 0, kNoLimit, kCard, 0x70, "DSDOL"},
    {0x9F5C, 2, kB, 8, 8, kTerminal, 0, "DS Requested Operator ID"},
    {0x9F5C, 3, kN, 6, 6, kCard, 0, "Cumulative Total Transaction Amount Upper Limit"},
    {0x9F5D, 2, kB, 3, 3, kCard, 0xBF0C, "Application Capabilities Information"},
    {0x9F5D, 3, kN, 6, 6, kCard, 0x77, "Available Offline Spending Amount"},
    {0x9F5D, 7, kN, 6, 6, kCard, 0x77, "Available Offline Spending Amount"},
    {0x9F5E, 2, kB, 8, 11, kCard, 0xBF0C, "DS ID"},
    {0x9F5F, 2, kB, 0, kNoLimit, kCard, 0, "DS Slot Availability"},
    {0x9F60, 2, kB, 2, 2, kCard, 0x77, "CVC3 (Track1)"},
    {0x9F61, 2, kB, 2, 2, kCard, 0x77, "CVC3 (Track2)"},
    {0x9F62, 2, kB, 6, 6, kCard, 0x70, "PCVC3 (Track1)"},
    {0x9F63, 2, kB, 6, 6, kCard, 0x70, "PUNATC (Track1)"},
    {0x9F63, 7, kB, 16, 16, kCard, 0x70, "Card Product Identification Information"},
    {0x9F64, 2, kB, 1, 1, kCard, 0x70, "NATC (Track1)"},
    {0x9F65, 2, kB, 2, 2, kCard, 0x70, "PCVC3 (Track2)"},
    {0x9F66, 2, kB, 2, 2, kCard, 0x70, "PUNATC (Track2)"},
    {0x9F66, 3, kB, 4, 4, kTerminal, 0, "Terminal Transaction Qualifiers"},
    {0x9F66, 7, kB, 4, 4, kTerminal, 0, "Terminal Transaction Qualifiers"},
    {0x9F67, 2, kB, 1, 1, kCard, 0x70, "NATC (Track2)"},
    {0x9F69, 2, kB, 0, 252, kCard, 0x70, "UDOL"},
    {0x9F69, 3, kB, 5, 16, kCard, 0x70, "Card Authentication Related Data"},
    {0x9F69, 7, kB, 5, 16, kCard, 0x70, "Card Authentication Related Data"},
    {0x9F6A, 2, kN, 4, 4, kTerminal, 0, "Unpredictable Number (Numeric)"},
    {0x9F6B, 2, kB, 0, 19, kCard, 0x70, "Track 2 Data"},
    {0x9F6C, 3, kB, 2, 2, kCard, 0x77, "Card Transaction Qualifiers"},
    {0x9F6C, 7, kB, 2, 2, kCard, 0x77, "Card Transaction Qualifiers"},
    {0x9F6D, 2, kB, 2, 2, kTerminal, 0, "Mag-stripe Application Version Number (Reader)"},
    {0x9F6D, 4, kB, 1, 1, kTerminal, 0, "Contactless Reader Capabilities"},
    {0x9F6E, 2, kB, 5, 32, kCard, 0, "Third Party Data"},
    {0x9F6E, 3, kB, 4, 32, kCard, 0x77, "Form Factor Indicator"},
    {0x9F6E, 4, kB, 4, 4, kTerminal, 0, "Enhanced Contactless Reader Capabilities"},
    {0x9F6E, 7, kB, 4, 32, kCard, 0x77, "Form Factor Indicator"},
    {0x9F6F, 2, kB, 0, kNoLimit, kTerminal, 0, "DS Slot Management Control"},
    {0x9F70, 2, kB, 0, 192, kCard, 0xBF0C, "Protected Data Envelope 1"},
    {0x9F70, 4, kB, 2, 2, kCard, 0x70, "Card Interface Capabilities"},
    {0x9F71, 4, kB, 3, 3, kCard, 0, "Mobile CVM Results"},
    {0x9F73, 3, kN, 4, 4, kCard, 0, "Currency Conversion Parameters"},
    {0x9F74, 7, kAn, 6, 6, kCard, 0x77, "Electronic Cash Issuer Authorisation Code"},
    {0x9F75, 3, kN, 6, 6, kCard, 0, "Cumulative Total Transaction Amount Limit, Dual Currency"},
    {0x9F76, 3, kN, 2, 2, kCard, 0, "Secondary Application Currency Code"},
    {0x9F77, 3, kN, 6, 6, kCard, 0, "VLP Funds Limit"},
    {0x9F77, 7, kN, 6, 6, kCard, 0, "Electronic Cash Balance Limit"},
    {0x9F78, 3, kN, 6, 6, kCard, 0, "VLP Single Transaction Limit"},
    {0x9F78, 7, kN, 6, 6, kCard, 0, "Electronic Cash Single Transaction Limit"},
    {0x9F79, 3, kN, 6, 6, kCard, 0, "VLP Available Funds"},
    {0x9F79, 7, kN, 6, 6, kCard, 0, "Electronic Cash Balance"},
    {0x9F7A, 7, kN, 1, 1, kTerminal, 0, "Electronic Cash Terminal Support Indicator"},
    {0x9F7C, 2, kB, 20, 20, kTerminal, 0, "Merchant Custom Data"},
    {0x9F7C, 3, kB, 0, 32, kCard, 0x77, "Customer Exclusive Data"},
    {0x9F7D, 2, kB, 16, 16, kCard, 0xBF0C, "DS Summary 1"},
    {0x9F7E, 2, kB, 1, 1, kTerminal, 0, "Mobile Support Indicator"},
    {0x9F7F, 2, kB, 4, 4, kCard, 0xBF0C, "DS Unpredictable Number"},
    {0xBF0C, 0, kB, 0, 222, kCard, 0xA5, "FCI Issuer Discretionary Data"},
    {0xDF4B, 2, kB, 3, 3, kCard, 0x77, "POS Cardholder Interaction Information"},
    {0xDF8104, 2, kN, 6, 6, kTerminal, 0, "Balance Read Before Gen AC"},
    {0xDF8105, 2, kN, 6, 6, kTerminal, 0, "Balance Read After Gen AC"},
    {0xDF8117, 2, kB, 1, 1, kTerminal, 0, "Card Data Input Capability"},
    {0xDF8118, 2, kB, 1, 1, kTerminal, 0, "CVM Capability - CVM Required"},
    {0xDF8119, 2, kB, 1, 1, kTerminal, 0, "CVM Capability - No CVM Required"},
    {0xDF811B, 2, kB, 1, 1, kTerminal, 0, "Kernel Configuration"},
    {0xDF811F, 2, kB, 1, 1, kTerminal, 0, "Security Capability"},
    {0xDF8120, 2, kB, 5, 5, kTerminal, 0, "Terminal Action Code - Default"},
    {0xDF8121, 2, kB, 5, 5, kTerminal, 0, "Terminal Action Code - Denial"},
    {0xDF8122, 2, kB, 5, 5, kTerminal, 0, "Terminal Action Code - Online"},
    {0xDF8123, 2, kN, 6, 6, kTerminal, 0, "Reader Contactless Floor Limit"},
    {0xDF8124, 2, kN, 6, 6, kTerminal, 0,
     "Reader Contactless Transaction Limit (No On-device CVM)"},
    {0xDF8125, 2, kN, 6, 6, kTerminal, 0, "Reader Contactless Transaction Limit (On-device CVM)"},
    {0xDF8126, 2, kN, 6, 6, kTerminal, 0, "Reader CVM Required Limit"},
};

constexpr auto KeyOf(const DataElement& row) { return std::tuple(row.tag, row.kernel); }
static_assert(std::ranges::is_sorted(kRows, {}, KeyOf));
static_assert(std::size(kRows) >= 100);

}  // namespace

std::span<const DataElement> Dictionary() { return kRows; }

const DataElement* FindDataElement(Tag tag, std::uint8_t kernel) {
  const auto* const first = std::ranges::lower_bound(kRows, tag, {}, &DataElement::tag);
  const auto* const last = std::ranges::upper_bound(kRows, tag, {}, &DataElement::tag);
  if (first == last) return nullptr;
  const std::uint8_t wanted = kernel == kAnyKernel ? std::uint8_t{3} : kernel;
  const auto* const own = std::ranges::find(first, last, wanted, &DataElement::kernel);
  if (own != last) return own;
  const bool usable = first->kernel == kAnyKernel || kernel == kAnyKernel;
  return usable ? first : nullptr;
}

Format FormatOf(Tag tag, std::uint8_t kernel) {
  const DataElement* row = FindDataElement(tag, kernel);
  return row == nullptr ? Format::kBinary : row->format;
}

bool HasValidLength(Tag tag, std::size_t length, std::uint8_t kernel) {
  const DataElement* row = FindDataElement(tag, kernel);
  if (row == nullptr) return true;
  return length >= row->least && (length <= row->most || row->most == kNoLimit);
}

}  // namespace plaza::emv
