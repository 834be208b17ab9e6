#include <gmock/gmock.h>

#include "libs/base/digest.h"
#include "libs/base/hex.h"
#include "libs/base/uuid.h"
#include "libs/runtime/log.h"

namespace plaza::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A card number of a test BIN: ISO/IEC 7812-1's check digit after a counted account number.
std::string TestPan(const std::string& bin, std::size_t length, unsigned account) {
  std::string digits = std::to_string(account);
  digits = bin + std::string(length - 1 - bin.size() - digits.size(), '0') + digits;
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 0 && (digit *= 2) > 9) digit -= 9;
    sum += digit;
  }
  return digits + static_cast<char>('0' + (10 - sum % 10) % 10);
}

std::string Grouped(const std::string& pan, char separator, std::size_t group) {
  std::string text;
  for (std::size_t i = 0; i < pan.size(); ++i) {
    if (i > 0 && i % group == 0) text.push_back(separator);
    text.push_back(pan[i]);
  }
  return text;
}

std::vector<std::string> TestPans() {
  std::vector<std::string> pans;
  for (unsigned account = 1; account < 200; account += 7) {
    pans.push_back(TestPan("476173", 16, account * 7919));
    pans.push_back(TestPan("476174", 16, account * 104729));
    pans.push_back(TestPan("541333", 16, account));
    pans.push_back(TestPan("222300", 16, account));
    pans.push_back(TestPan("374245", 15, account));
    pans.push_back(TestPan("506199", 19, account));
    pans.push_back(TestPan("476173", 13, account));
  }
  return pans;
}

TEST(RedactTest, MasksAPanInEveryForm) {
  for (const std::string& pan : TestPans()) {
    const std::string padded = pan.size() % 2 == 0 ? pan : pan + "F";
    const std::string length = ToHex(Bytes{static_cast<std::uint8_t>(padded.size() / 2)});
    for (const std::string& text : {
             pan,
             "card " + pan + ".",
             "card=" + pan + ";",
             "pan" + pan + "x",
             Grouped(pan, ' ', 4),
             Grouped(pan, '-', 4),
             "12 " + Grouped(pan, ' ', 4) + " 7",
             "5A" + length + padded + "5F2403271231",  // BCD in BER-TLV
             Grouped("5A" + length + padded + "5F24", ' ', 2),
             ";" + pan + "=27122010000012300000?",     // track 2
             "5711" + pan + "D27122010000012300000F",  // tag 57
             "{\"a\":\"" + pan + "\",\"b\":[" + pan + "]}",
             "0000" + pan,
         }) {
      const std::string clean = Redact(text);
      EXPECT_THAT(clean, HasSubstr("****")) << text;
      std::string digits;
      for (char c : clean) {
        if (c >= '0' && c <= '9') digits.push_back(c);
      }
      EXPECT_THAT(digits, Not(HasSubstr(pan.substr(0, 9)))) << text << " became " << clean;
      EXPECT_THAT(digits, Not(HasSubstr(pan.substr(6)))) << text << " became " << clean;
    }
  }
}

TEST(RedactTest, MasksWhatFollowsOnTrackTwo) {
  const std::string pan = TestPan("476173", 16, 4242);
  EXPECT_EQ(Redact(";" + pan + "=27122010000012300000?"), ";****?");
  EXPECT_EQ(Redact(pan + "D2712201"), "****");
}

TEST(RedactTest, LeavesOrdinaryTextAlone) {
  for (const std::string text : {
           "GDL-0001:123456",
           "tap GDL-0001:18467440737 of leg ZAP-12:9",
           "1764040453123",  // milliseconds since 1970
           "2026-11-25T03:14:13.123Z",
           "2026-11-25 2026-11-26 2026-11-27",
           "20261125031413",
           "amount_minor 950 of 1100 in 123456789 taps",
           "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
           "476173******0010",  // already masked: first six, last four
           "offset 999999999999",
           "+52 33 3818 1800",
           "4761739001010011",  // fails Luhn's check
           "",
       }) {
    EXPECT_EQ(Redact(text), text);
  }
}

TEST(RedactTest, LeavesDigestsAndIdsAloneNearlyAlways) {
  int touched = 0;
  const int count = 2000;
  for (int i = 0; i < count; ++i) {
    const std::string name = std::to_string(i);
    const std::string digest = ToHex(Sha256(AsBytes(name)));
    const std::string id = Uuid::V5(Uuid(), name).ToText();
    touched += Redact(digest) != digest ? 1 : 0;
    touched += Redact(id) != id ? 1 : 0;
  }
  EXPECT_LT(touched,
            count / 50);  // a digest may hold a run of digits that is a card number by chance
}

}  // namespace
}  // namespace plaza::runtime
