// The header of a key block (ASC X9 TR-31:2018, ANSI X9.143): what a key is for, in clear, bound to
// it by the MAC.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.h"
#include "libs/emv/crypto/block_cipher.h"

namespace plaza::emv {

// How a version binds and encrypts (X9.143, 7).
struct KeyBlockVersion {
  char id;
  CipherKind cipher;
  std::size_t mac_bytes;
  bool variant;  // A, C: keys are variants of the protection key, the MAC is of the ciphertext
  bool counter;  // E: counter mode, so that nothing need fill whole blocks
};
// KEY_BLOCK_VERSION if it is none of A to E.
Result<KeyBlockVersion> FindKeyBlockVersion(char id);

struct OptionalBlock {
  std::string id;    // two letters or digits
  std::string data;  // printable ASCII
  bool operator==(const OptionalBlock&) const = default;
};

struct KeyBlockHeader {
  char version = 'D';
  std::string usage = "00";           // X9.143, Table 2: "B0" a BDK, "K1" a key protection key …
  char algorithm = 'A';               // Table 3: A AES, T TDEA, D DES, H HMAC, R RSA …
  char mode = 'N';                    // Table 4: B E D both ways or one, C G V, X derive, N any …
  std::string version_number = "00";  // or "c" and a digit: a component of a key
  char exportability = 'N';           // Table 6: E under a trusted key, S, N not at all
  char context = '0';                 // 0 storage or exchange, 1 storage, 2 exchange
  std::vector<OptionalBlock> optional_blocks = {};  // without PB, which is only padding
  bool operator==(const KeyBlockHeader&) const = default;
};

// A header at the start of a whole block.
struct ParsedHeader {
  KeyBlockHeader header;
  KeyBlockVersion version;
  std::size_t size;  // in characters, with the optional blocks
};
// KEY_BLOCK_LENGTH, KEY_BLOCK_VERSION, KEY_BLOCK_HEADER, KEY_BLOCK_OPTIONAL, with the offset.
Result<ParsedHeader> ParseKeyBlockHeader(std::string_view block);
// The characters before the encrypted key; `rest` of them follow. PB is added where it is needed.
// The same errors.
Result<std::string> EncodeKeyBlockHeader(const KeyBlockHeader& header, std::size_t rest);

// What a caller is about to do with a key.
struct KeyUse {
  std::string_view usage;  // as in the header
  char algorithm;
  char mode;  // what must be allowed: E, D, G, V, S, X …; a header's B allows E and D
  bool to_export = false;  // wrapped again, for somebody else
};
// KEY_BLOCK_USAGE, KEY_BLOCK_ALGORITHM, KEY_BLOCK_MODE, KEY_BLOCK_EXPORTABILITY.
Result<void> CheckKeyUse(const KeyBlockHeader& header, const KeyUse& use);

}  // namespace plaza::emv
