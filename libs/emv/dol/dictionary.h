// The data elements that kernels, gate and eval name: tag, format, length, source, template. From
// EMV Book 3, Annex A1, Contactless Books B, C-2, C-3, C-4 and C-7 (Annex A of each). Some tags
// mean one thing to one kernel and another to the next (9F6E), so a row may belong to one kernel.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "libs/emv/tlv/tag.h"

namespace plaza::emv {

enum class Format : std::uint8_t {
  kNumeric,            // n: two digits an octet, right-justified
  kCompressedNumeric,  // cn: two digits an octet, left-justified, padded with F
  kAlphabetic,         // a
  kAlphanumeric,       // an
  kSpecial,            // ans
  kBinary,             // b, and var.
};

enum class Origin : std::uint8_t { kCard, kTerminal, kIssuer };

inline constexpr std::uint8_t kAnyKernel = 0;

struct DataElement {
  Tag tag;
  std::uint8_t kernel;  // kAnyKernel, or the only one that reads the tag so
  Format format;
  std::uint8_t least;  // octets
  std::uint8_t most;   // octets; 255: as many as there are
  Origin origin;
  Tag in_template;  // the template that holds it; 0: several, or none
  std::string_view name;
};

// Sorted by tag, then kernel.
std::span<const DataElement> Dictionary();

// The row of `kernel`, else the common one. For kAnyKernel, where only kernels have rows: kernel
// 3's, else the first. Null for a tag that is not listed.
const DataElement* FindDataElement(Tag tag, std::uint8_t kernel = kAnyKernel);

// kBinary for a tag that is not listed.
Format FormatOf(Tag tag, std::uint8_t kernel = kAnyKernel);

// False if the tag is listed and the length is not one of its own.
bool HasValidLength(Tag tag, std::size_t length, std::uint8_t kernel = kAnyKernel);

}  // namespace plaza::emv
