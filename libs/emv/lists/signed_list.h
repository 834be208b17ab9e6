// Lists that a gate believes because they are signed: CA public keys, configuration. A text header,
// an empty line, then the list itself, any octets (docs/formats/signed-list.md).
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libs/base/digest.h"
#include "libs/base/result.h"
#include "libs/emv/crypto/ed25519.h"

namespace plaza::emv {

struct SignedList {
  std::uint64_t epoch = 0;  // counts from 1; a later list of the same kind has a higher one
  Sha256Digest hash{};      // of the body
  ByteView body;            // in the octets that were given
};

// The list that a gate uses now.
struct ListInUse {
  std::uint64_t epoch = 0;
  Sha256Digest hash{};
};

bool IsListKind(std::string_view kind);  // 1 to 32 small letters, digits and hyphens
// Aborts unless IsListKind(kind); `seed`: of an Ed25519 key.
std::string SignList(std::string_view kind, std::uint64_t epoch, ByteView body, ByteView seed);

// What a gate does with a list that it was given: nothing of the body is looked at before the
// signature, by one of `trusted`, and the hash held. `in_use`: none if it has no list of this kind
// yet. BAD_LIST (the header is malformed, or of another kind), LIST_SIGNATURE, LIST_HASH,
// LIST_EPOCH (older than the one in use, or another list with the same epoch).
Result<SignedList> OpenSignedList(ByteView file, std::string_view kind,
                                  std::span<const Ed25519PublicKey> trusted,
                                  const std::optional<ListInUse>& in_use);

}  // namespace plaza::emv
