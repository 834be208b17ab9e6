#include "libs/emv/vsam/key_block_header.h"

#include <algorithm>
#include <array>
#include <optional>

#include "libs/emv/errors.h"
#include "libs/emv/limits.h"

namespace plaza::emv {
namespace {

constexpr std::size_t kFixedChars = 16;
constexpr std::string_view kPaddingId = "PB";
constexpr std::size_t kShortOptionalMax = 0xFF;  // longer ones have an extended length

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetterOrDigit(char c) {
  return IsDigit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
bool IsPrintable(char c) { return c >= 0x20 && c <= 0x7E; }
bool AllOf(std::string_view text, bool (*is)(char)) { return std::ranges::all_of(text, is); }
// A letter of the table, or a digit, which is for proprietary use.
bool IsCode(char c, std::string_view letters) {
  return IsDigit(c) || letters.find(c) != std::string_view::npos;
}

std::optional<std::size_t> ReadNumber(std::string_view digits, std::size_t base) {
  std::size_t value = 0;
  for (const char c : digits) {
    const std::size_t found = std::string_view("0123456789ABCDEF").find(c);
    if (found >= base) return std::nullopt;  // also npos
    value = value * base + found;
  }
  return value;
}

std::string Number(std::size_t value, std::size_t base, std::size_t width) {
  std::string out(width, '0');
  for (std::size_t i = width; i-- > 0; value /= base) out[i] = "0123456789ABCDEF"[value % base];
  return out;
}

Error At(const ErrorKind& kind, std::string what, std::size_t offset) {
  return Error(kind, std::move(what), "offset " + std::to_string(offset));
}

Result<void> CheckFixed(std::string_view block) {
  struct Field {
    std::size_t at;
    bool good;
    const char* name;
  };
  const std::array<Field, 8> fields = {
      {{5, AllOf(block.substr(5, 2), IsLetterOrDigit), "key usage"},
       {7, IsCode(block[7], "ADEHRST"), "algorithm"},
       {8, IsCode(block[8], "BCDEGNSTVXY"), "mode of use"},
       {9, AllOf(block.substr(9, 2), IsLetterOrDigit), "key version number"},
       {11, std::string_view("ENS").find(block[11]) != std::string_view::npos, "exportability"},
       {12, AllOf(block.substr(12, 2), IsDigit), "number of optional blocks"},
       {14, block[14] >= '0' && block[14] <= '2', "key context"},
       {15, block[15] == '0', "reserved field"}}};
  for (const Field& field : fields) {
    if (!field.good) return At(errors::kKeyBlockHeader, std::string("bad ") + field.name, field.at);
  }
  return {};
}

struct Optional {
  OptionalBlock block;
  std::size_t size;  // with id and length
};

// X9.143, 6.2, Table 1: two digits of length over id, length and data; 00 says that two digits
// follow with the number of bytes of an extended length, two digits each.
Result<Optional> ParseOptional(std::string_view block, std::size_t at) {
  const std::string_view rest = block.substr(at);
  const auto bad = [&](const char* what) {
    return At(errors::kKeyBlockOptional, std::string("an optional block with ") + what, at);
  };
  if (rest.size() < 4) return bad("no room for id and length");
  if (!AllOf(rest.substr(0, 2), IsLetterOrDigit)) return bad("a bad id");
  std::size_t head = 4;
  auto size = ReadNumber(rest.substr(2, 2), 16);
  if (size == std::size_t{0}) {
    const auto width = ReadNumber(rest.substr(4, 2), 16);
    constexpr std::size_t kWidthMax = 4;  // far above any block
    if (rest.size() < 6 || !width || *width == 0 || *width > kWidthMax) {
      return bad("a bad extended length");
    }
    head = 6 + 2 * *width;
    if (rest.size() < head) return bad("no room for its extended length");
    size = ReadNumber(rest.substr(6, 2 * *width), 16);
  }
  if (!size || *size < head) return bad("a bad length");
  if (*size > rest.size()) return bad("a length beyond the block");
  const std::string_view data = rest.substr(head, *size - head);
  if (!AllOf(data, IsPrintable)) return bad("data that is no printable ASCII");
  return Optional{{std::string(rest.substr(0, 2)), std::string(data)}, *size};
}

// Moves `at` behind the optional blocks.
Result<std::vector<OptionalBlock>> ParseOptionals(std::string_view block, std::size_t count,
                                                  std::size_t cipher_block, std::size_t& at) {
  std::vector<OptionalBlock> blocks;
  const std::size_t begin = at;
  for (std::size_t i = 0; i < count; ++i) {
    PLAZA_ASSIGN_OR_RETURN(Optional parsed, ParseOptional(block, at));
    const std::string& id = parsed.block.id;
    const bool padding = id == kPaddingId;
    if (padding && i + 1 != count) return At(errors::kKeyBlockOptional, "PB is not the last", at);
    if (std::ranges::find(blocks, id, &OptionalBlock::id) != blocks.end()) {
      return At(errors::kKeyBlockOptional, "optional block " + id + " twice", at);
    }
    at += parsed.size;
    if (!padding) blocks.push_back(std::move(parsed.block));
  }
  // TR-31:2018, A.2; ISO 20038:2017, A.2.1 makes no exception for version E.
  if ((at - begin) % cipher_block != 0) {
    return At(errors::kKeyBlockOptional,
              "optional blocks of " + std::to_string(at - begin) + " characters, no multiple of " +
                  std::to_string(cipher_block),
              begin);
  }
  return blocks;
}

std::string EncodeOptional(std::string_view id, std::string_view data) {
  std::string out(id);
  if (data.size() + 4 <= kShortOptionalMax) {
    out += Number(data.size() + 4, 16, 2);
  } else {
    out += "0002" + Number(data.size() + 10, 16, 4);
  }
  return out.append(data);
}

bool Allows(char allowed, char wanted) {
  if (allowed == wanted || allowed == 'N') return true;
  switch (allowed) {
    case 'B':
      return wanted == 'E' || wanted == 'D';
    case 'C':
      return wanted == 'G' || wanted == 'V';
    case 'T':
      return wanted == 'S' || wanted == 'D';
    default:
      return false;
  }
}

}  // namespace

Result<KeyBlockVersion> FindKeyBlockVersion(char id) {
  switch (id) {
    case 'A':
    case 'C':
      return KeyBlockVersion{id, CipherKind::kTdea, 4, /*variant=*/true, /*counter=*/false};
    case 'B':
      return KeyBlockVersion{id, CipherKind::kTdea, 8, /*variant=*/false, /*counter=*/false};
    case 'D':
      return KeyBlockVersion{id, CipherKind::kAes, 16, /*variant=*/false, /*counter=*/false};
    case 'E':
      return KeyBlockVersion{id, CipherKind::kAes, 16, /*variant=*/false, /*counter=*/true};
    default:
      return At(errors::kKeyBlockVersion, "an unknown version of key block", 0);
  }
}

Result<ParsedHeader> ParseKeyBlockHeader(std::string_view block) {
  if (block.size() < kFixedChars || block.size() > kKeyBlockCharsMax) {
    return At(errors::kKeyBlockLength,
              "a key block of " + std::to_string(block.size()) + " characters", block.size());
  }
  PLAZA_ASSIGN_OR_RETURN(const KeyBlockVersion version, FindKeyBlockVersion(block[0]));
  if (ReadNumber(block.substr(1, 4), 10) != block.size()) {
    return At(errors::kKeyBlockLength,
              "the length field is not " + std::to_string(block.size()) + ", as long as the block",
              1);
  }
  PLAZA_RETURN_IF_ERROR(CheckFixed(block));
  ParsedHeader parsed{{}, version, kFixedChars};
  KeyBlockHeader& header = parsed.header;
  header.version = block[0];
  header.usage = block.substr(5, 2);
  header.algorithm = block[7];
  header.mode = block[8];
  header.version_number = block.substr(9, 2);
  header.exportability = block[11];
  header.context = block[14];
  PLAZA_ASSIGN_OR_RETURN(header.optional_blocks,
                         ParseOptionals(block, *ReadNumber(block.substr(12, 2), 10),
                                        BlockBytes(version.cipher), parsed.size));
  return parsed;
}

Result<std::string> EncodeKeyBlockHeader(const KeyBlockHeader& header, std::size_t rest) {
  PLAZA_ASSIGN_OR_RETURN(const KeyBlockVersion version, FindKeyBlockVersion(header.version));
  if (header.usage.size() != 2 || header.version_number.size() != 2) {
    return Error(errors::kKeyBlockHeader, "usage and version number have two characters");
  }
  std::string optionals;
  std::size_t count = header.optional_blocks.size();
  for (const OptionalBlock& block : header.optional_blocks) {
    if (block.id == kPaddingId) {
      return Error(errors::kKeyBlockOptional, "PB is added where it is needed");
    }
    if (block.id.size() != 2 || block.data.size() > kKeyBlockCharsMax) {
      return Error(errors::kKeyBlockOptional,
                   "optional block '" + block.id.substr(0, 8) + "' has a bad id or is too long");
    }
    optionals += EncodeOptional(block.id, block.data);
  }
  const std::size_t cipher_block = BlockBytes(version.cipher);
  if (const std::size_t over = optionals.size() % cipher_block; over != 0) {
    std::size_t fill = cipher_block - over;
    if (fill < 4) fill += cipher_block;  // id and length alone take four
    optionals += EncodeOptional(kPaddingId, std::string(fill - 4, '0'));
    ++count;
  }
  const std::size_t size = kFixedChars + optionals.size() + rest;
  if (count > kKeyBlockOptionalsMax || size > kKeyBlockCharsMax) {
    return Error(errors::kKeyBlockLength, "a key block of " + std::to_string(size) +
                                              " characters with " + std::to_string(count) +
                                              " optional blocks");
  }
  std::string out = header.version + Number(size, 10, 4) + header.usage + header.algorithm +
                    header.mode + header.version_number + header.exportability +
                    Number(count, 10, 2) + header.context + '0' + optionals;
  // What would not be read is not written.
  const auto again = ParseKeyBlockHeader(out + std::string(rest, '0'));
  if (!again.ok()) return again.error();
  return out;
}

Result<void> CheckKeyUse(const KeyBlockHeader& header, const KeyUse& use) {
  if (header.usage != use.usage) {
    return Error(errors::kKeyBlockUsage,
                 "a key of usage " + header.usage + ", not " + std::string(use.usage));
  }
  if (header.algorithm != use.algorithm) {
    return Error(errors::kKeyBlockAlgorithm,
                 std::string("a key of algorithm ") + header.algorithm + ", not " + use.algorithm);
  }
  if (!Allows(header.mode, use.mode)) {
    return Error(errors::kKeyBlockMode,
                 std::string("mode of use ") + header.mode + " does not allow " + use.mode);
  }
  if (use.to_export && header.exportability == 'N') {
    return Error(errors::kKeyBlockExportability, "the key is not exportable");
  }
  return {};
}

}  // namespace plaza::emv
