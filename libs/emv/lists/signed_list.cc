#include "libs/emv/lists/signed_list.h"

#include <algorithm>
#include <charconv>

#include "libs/base/check.h"
#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"

namespace plaza::emv {
namespace {

constexpr std::string_view kFirstLine = "PLAZA-LIST 1\n";

// What is signed: it names the body by its hash.
std::string Statement(std::string_view kind, std::uint64_t epoch, const Sha256Digest& hash) {
  return std::string(kFirstLine) + "kind: " + std::string(kind) +
         "\nepoch: " + std::to_string(epoch) + "\nsha256: " + ToHex(hash) + "\n";
}

// The value of the next line, which must have this name; takes the line off. None if it is another.
std::optional<std::string_view> TakeLine(std::string_view& text, std::string_view name) {
  const std::size_t end = text.substr(0, kSignedListHeaderMax).find('\n');
  if (end == std::string_view::npos || !text.starts_with(name)) return std::nullopt;
  const std::string_view value = text.substr(name.size(), end - name.size());
  text.remove_prefix(end + 1);
  return value;
}

template <std::size_t kSize>
bool FromLine(std::optional<std::string_view> line, std::array<std::uint8_t, kSize>& out) {
  if (!line || line->size() != 2 * kSize) return false;
  const auto octets = FromHex(*line);
  if (!octets.ok()) return false;
  std::ranges::copy(*octets, out.begin());
  return true;
}

bool FromLine(std::optional<std::string_view> line, std::uint64_t& out) {
  if (!line || line->starts_with('0')) return false;
  const auto read = std::from_chars(line->data(), line->data() + line->size(), out);
  return read.ec == std::errc() && read.ptr == line->data() + line->size();
}

Error Bad(std::string what) { return Error(errors::kBadList, std::move(what), "the header"); }

}  // namespace

bool IsListKind(std::string_view kind) {
  return !kind.empty() && kind.size() <= 32 && std::ranges::all_of(kind, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::string SignList(std::string_view kind, std::uint64_t epoch, ByteView body, ByteView seed) {
  PLAZA_CHECK(IsListKind(kind) && epoch > 0);
  const std::string statement = Statement(kind, epoch, Sha256(body));
  return statement + "signature: " + ToHex(SignEd25519(seed, AsBytes(statement))) + "\n\n" +
         ToString(body);
}

Result<SignedList> OpenSignedList(ByteView file, std::string_view kind,
                                  std::span<const Ed25519PublicKey> trusted,
                                  const std::optional<ListInUse>& in_use) {
  std::string_view text = AsText(file);
  SignedList list;
  Ed25519Signature signature{};
  if (!text.starts_with(kFirstLine)) return Bad("this is no signed list of version 1");
  text.remove_prefix(kFirstLine.size());
  const auto found_kind = TakeLine(text, "kind: ");
  if (!found_kind || !IsListKind(*found_kind)) return Bad("the second line is not the list's kind");
  if (*found_kind != kind) {
    return Bad("a list of " + std::string(*found_kind) + ", not of " + std::string(kind));
  }
  if (!FromLine(TakeLine(text, "epoch: "), list.epoch)) {
    return Bad("the third line is not the list's epoch, a number from 1");
  }
  if (!FromLine(TakeLine(text, "sha256: "), list.hash)) {
    return Bad("the fourth line is not the SHA-256 of the list");
  }
  if (!FromLine(TakeLine(text, "signature: "), signature) || !text.starts_with('\n')) {
    return Bad("the fifth line is not a signature with an empty line after it");
  }
  list.body = AsBytes(text.substr(1));
  const std::string statement = Statement(kind, list.epoch, list.hash);
  const bool signed_by_us = std::ranges::any_of(trusted, [&](const Ed25519PublicKey& key) {
    return VerifyEd25519(key, AsBytes(statement), signature);
  });
  if (!signed_by_us) {
    return Error(errors::kListSignature, "it is not of a key that this gate trusts");
  }
  if (Sha256(list.body) != list.hash) {
    return Error(errors::kListHash, "the list is not the one that was signed");
  }
  const bool old = in_use && list.epoch < in_use->epoch;
  const bool other = in_use && list.epoch == in_use->epoch && list.hash != in_use->hash;
  if (old || other) {
    return Error(errors::kListEpoch, "epoch " + std::to_string(list.epoch) + ", but " +
                                         (other ? "another list of " : "") + "epoch " +
                                         std::to_string(in_use->epoch) + " is in use");
  }
  return list;
}

}  // namespace plaza::emv
