// Tags as numbers: 9F37 is 0x9F37. Names as EMV Book 3, Annex A, and Book C-3 have them.
#pragma once
#include <cstdint>
#include <string>

namespace plaza::emv {

using Tag = std::uint32_t;  // the tag's one to four octets, big-endian

// Bit 6 of the first octet: the value is itself a list of objects.
bool IsConstructed(Tag tag);
std::string TagText(Tag tag);  // "9F37"

namespace tag {
inline constexpr Tag kAid = 0x4F;  // ADF name in the directory
inline constexpr Tag kApplicationLabel = 0x50;
inline constexpr Tag kTrack2 = 0x57;
inline constexpr Tag kPan = 0x5A;
inline constexpr Tag kExpiry = 0x5F24;     // application expiration date, n6 YYMMDD
inline constexpr Tag kEffective = 0x5F25;  // application effective date
inline constexpr Tag kIssuerCountry = 0x5F28;
inline constexpr Tag kCurrency = 0x5F2A;  // transaction currency code
inline constexpr Tag kPanSequence = 0x5F34;
inline constexpr Tag kDirectoryEntry = 0x61;
inline constexpr Tag kFci = 0x6F;
inline constexpr Tag kRecord = 0x70;
inline constexpr Tag kFormat2 = 0x77;
inline constexpr Tag kFormat1 = 0x80;
inline constexpr Tag kAip = 0x82;
inline constexpr Tag kCommandTemplate = 0x83;
inline constexpr Tag kDfName = 0x84;
inline constexpr Tag kPriority = 0x87;
inline constexpr Tag kCdol1 = 0x8C;
inline constexpr Tag kCvmList = 0x8E;
inline constexpr Tag kCapkIndex = 0x8F;
inline constexpr Tag kIssuerCertificate = 0x90;
inline constexpr Tag kIssuerRemainder = 0x92;
inline constexpr Tag kSignedStaticData = 0x93;
inline constexpr Tag kAfl = 0x94;
inline constexpr Tag kTvr = 0x95;
inline constexpr Tag kDate = 0x9A;
inline constexpr Tag kTransactionType = 0x9C;
inline constexpr Tag kFciProprietary = 0xA5;
inline constexpr Tag kFciIssuerData = 0xBF0C;
inline constexpr Tag kAmount = 0x9F02;
inline constexpr Tag kAmountOther = 0x9F03;
inline constexpr Tag kUsageControl = 0x9F07;
inline constexpr Tag kVersionCard = 0x9F08;
inline constexpr Tag kVersionTerminal = 0x9F09;
inline constexpr Tag kIssuerApplicationData = 0x9F10;
inline constexpr Tag kTokenRequestor = 0x9F19;
inline constexpr Tag kTerminalCountry = 0x9F1A;
inline constexpr Tag kTerminalFloorLimit = 0x9F1B;
inline constexpr Tag kTime = 0x9F21;
inline constexpr Tag kPar = 0x9F24;
inline constexpr Tag kCryptogram = 0x9F26;
inline constexpr Tag kCid = 0x9F27;
inline constexpr Tag kExtendedSelection = 0x9F29;
inline constexpr Tag kKernelId = 0x9F2A;
inline constexpr Tag kIssuerExponent = 0x9F32;
inline constexpr Tag kTerminalCapabilities = 0x9F33;
inline constexpr Tag kCvmResults = 0x9F34;
inline constexpr Tag kTerminalType = 0x9F35;
inline constexpr Tag kAtc = 0x9F36;
inline constexpr Tag kUnpredictableNumber = 0x9F37;
inline constexpr Tag kPdol = 0x9F38;
inline constexpr Tag kAdditionalCapabilities = 0x9F40;
inline constexpr Tag kApplicationCurrency = 0x9F42;
inline constexpr Tag kIccCertificate = 0x9F46;
inline constexpr Tag kIccExponent = 0x9F47;
inline constexpr Tag kIccRemainder = 0x9F48;
inline constexpr Tag kSdaTagList = 0x9F4A;
inline constexpr Tag kSignedDynamicData = 0x9F4B;
inline constexpr Tag kMerchantName = 0x9F4E;
inline constexpr Tag kTtq = 0x9F66;                 // terminal transaction qualifiers
inline constexpr Tag kCardAuthData = 0x9F69;        // card authentication related data
inline constexpr Tag kCtq = 0x9F6C;                 // card transaction qualifiers
inline constexpr Tag kReaderCapabilities = 0x9F6D;  // kernel 4: contactless reader capabilities
// Kernel 3: form factor indicator. Kernel 2: third party data. Kernel 4: enhanced contactless
// reader capabilities, the terminal's.
inline constexpr Tag kFormFactor = 0x9F6E;
inline constexpr Tag kThirdPartyData = 0x9F6E;
inline constexpr Tag kEnhancedCapabilities = 0x9F6E;
}  // namespace tag

}  // namespace plaza::emv
