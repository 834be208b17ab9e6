// The file of the certification authorities' public keys that a gate trusts: JSON.
//
//     { "keys":    [ { "rid": "A000000003", "index": "F1", "modulus": "…hex…", "exponent":
//     "010001",
//                      "expiry": "2030-12-31" } ],
//       "revoked": [ { "rid": "A000000003", "index": "F1", "serial": "000001" } ] }
//
// `expiry` (the last day of use) and `revoked` may be left out. Source of the terms: EMV Book
// 2, 5.1 and 10.2.
#pragma once
#include <string>

#include <memory>
#include <optional>
#include <vector>

#include "libs/base/result.h"
#include "libs/emv/capk/capk.h"
#include "libs/emv/lists/signed_list.h"

namespace plaza::validator {

// BAD_CA_KEYS, with what is wrong and where in the file.
Result<emv::CapkTable> ReadCaKeys(const std::string& path);

inline constexpr std::string_view kCaKeysList = "ca-keys";  // as a signed list's kind

// The file as a gate follows it while it runs: another one is taken if it is good, else the one in
// use stays. A copy of what is in use is kept beside the journal, so that the gate starts with it,
// and believes nothing older, whatever has become of the file. One thread.
class CaKeysFile {
 public:
  struct Options {
    std::string path;
    std::string kept;  // the copy
    // The file is a list signed by one of these (docs/formats/signed-list.md); none: plain JSON, of
    // whoever may write it.
    std::vector<emv::Ed25519PublicKey> trusted;
  };
  explicit CaKeysFile(Options options) : options_(std::move(options)) {}

  using Table = std::shared_ptr<const emv::CapkTable>;
  // What is to be used from now on; null: what is in use already. BAD_CA_KEYS, or an error of
  // OpenSignedList: then nothing changes.
  Result<Table> Look();
  // The kept copy, to start with; null if there is none that is good.
  Table Kept();
  std::uint64_t epoch() const { return in_use_ ? in_use_->epoch : 0; }  // 0: not signed

 private:
  struct Opened {
    Table table;
    emv::ListInUse list;
    std::string text;
  };
  Result<Opened> Open(const std::string& path) const;

  const Options options_;
  std::optional<emv::ListInUse> in_use_;
};
// As a file holds it: for who hands keys out.
std::string CaKeysText(const std::vector<emv::CaKey>& keys);

}  // namespace plaza::validator
