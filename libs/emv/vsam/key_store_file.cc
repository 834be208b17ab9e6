#include "libs/emv/vsam/key_store_file.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/emv/crypto/aead.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"

namespace plaza::emv {
namespace {

constexpr std::array<std::uint8_t, 8> kMagic = {'P', 'L', 'A', 'Z', 'A', 'K', 0x00, 0x01};
constexpr std::size_t kHeaderChars = 8;  // usage, algorithm, mode, version, exportability, context
constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

struct RightRow {
  KeyRight right;
  KeyUse use;
};
constexpr RightRow kRights[] = {
    {KeyRight::kHmac, {"M7", 'H', 'G'}},     {KeyRight::kMac, {"M6", 'A', 'G'}},
    {KeyRight::kAn10922, {"B3", 'A', 'X'}},  {KeyRight::kDukpt, {"B0", 'A', 'X'}},
    {KeyRight::kKeyBlock, {"K1", 'A', 'D'}},
};

std::string HeaderText(const KeyBlockHeader& header) {
  return header.usage + header.algorithm + header.mode + header.version_number +
         header.exportability + header.context;
}

KeyBlockHeader HeaderOf(std::string_view text) {
  KeyBlockHeader header;
  header.usage = text.substr(0, 2);
  header.algorithm = text[2];
  header.mode = text[3];
  header.version_number = text.substr(4, 2);
  header.exportability = text[6];
  header.context = text[7];
  return header;
}

// Into memory that is never moved, so that no copy of a key stays behind.
class Writer {
 public:
  explicit Writer(std::size_t bytes_max) : out_(Bytes(bytes_max)) {}
  void Number(std::uint64_t value, std::size_t bytes) {
    while (bytes-- > 0) Octet(static_cast<std::uint8_t>(value >> (8 * bytes)));
  }
  void Raw(ByteView bytes) {
    for (const std::uint8_t octet : bytes) Octet(octet);
  }
  void Text(ByteView bytes) {
    Number(bytes.size(), 2);
    Raw(bytes);
  }
  ByteView view() const { return out_.view().first(size_); }

 private:
  void Octet(std::uint8_t octet) {
    PLAZA_CHECK(size_ < out_.size());
    out_.span()[size_++] = octet;
  }
  SecretBytes out_;
  std::size_t size_ = 0;
};

// Of octets that the seal vouches for; still within them.
class Reader {
 public:
  explicit Reader(ByteView in) : in_(in) {}
  ByteView Raw(std::size_t bytes) {
    ok_ = ok_ && bytes <= in_.size();
    if (!ok_) return {};
    const ByteView taken = in_.first(bytes);
    in_ = in_.subspan(bytes);
    return taken;
  }
  std::uint64_t Number(std::size_t bytes) {
    std::uint64_t value = 0;
    for (const std::uint8_t octet : Raw(bytes)) value = value << 8 | octet;
    return value;
  }
  ByteView Text() { return Raw(Number(2)); }
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && in_.empty(); }

 private:
  ByteView in_;
  bool ok_ = true;
};

Error Damaged(const char* what) { return Error(errors::kKeyStoreDamaged, what, "keys"); }

bool ReadSlot(Reader& reader, std::map<std::string, KeySlot>& slots) {
  const std::string name = ToString(reader.Text());
  KeySlot slot;
  const ByteView header = reader.Raw(kHeaderChars);
  if (!reader.ok()) return false;
  slot.header = HeaderOf(AsText(header));
  const auto right = RightOf(slot.header);
  slot.key_bytes = reader.Number(2);
  slot.check_value = ToBytes(reader.Text());
  slot.reference = SecretBytes(ToBytes(reader.Text()));
  slot.uses = slot.uses_reserved = reader.Number(8);
  const std::uint64_t limit = reader.Number(8);
  if (limit != kNoLimit) slot.uses_max = limit;
  if (!reader.ok() || !right) return false;
  slot.right = *right;
  slots.emplace(name, std::move(slot));
  return true;
}

}  // namespace

std::optional<KeyRight> RightOf(const KeyBlockHeader& header) {
  for (const RightRow& row : kRights) {
    if (CheckKeyUse(header, row.use).ok()) return row.right;
  }
  return std::nullopt;
}

Bytes SealKeyStore(const Key256& sealing_key, const KeyStoreState& state) {
  Writer writer(kKeyStoreBytesMax);
  writer.Number(state.before.lines, 8);
  writer.Number(state.before.bytes, 8);
  writer.Raw(state.before.hash);
  writer.Text(AsBytes(state.line));
  writer.Number(state.slots.size(), 2);
  for (const auto& [name, slot] : state.slots) {
    writer.Text(AsBytes(name));
    writer.Raw(AsBytes(HeaderText(slot.header)));
    writer.Number(slot.key_bytes, 2);
    writer.Text(slot.check_value);
    writer.Text(slot.reference.view());
    writer.Number(slot.uses_reserved, 8);
    writer.Number(slot.uses_max.value_or(kNoLimit), 8);
  }
  GcmNonce nonce{};
  RandomBytes(nonce);
  const Bytes sealed = AesGcmSeal(sealing_key, nonce, kMagic, writer.view());
  Bytes file(kMagic.size() + nonce.size() + sealed.size());
  auto at = std::ranges::copy(kMagic, file.begin()).out;
  at = std::ranges::copy(nonce, at).out;
  std::ranges::copy(sealed, at);
  return file;
}

Result<KeyStoreState> OpenKeyStore(const Key256& sealing_key, ByteView file) {
  GcmNonce nonce{};
  const std::size_t head = kMagic.size() + nonce.size();
  if (file.size() < head + kGcmTagBytes || !std::ranges::equal(file.first(kMagic.size()), kMagic)) {
    return Damaged("no key store of version 1");
  }
  std::ranges::copy(file.subspan(kMagic.size(), nonce.size()), nonce.begin());
  auto opened = AesGcmOpen(sealing_key, nonce, kMagic, file.subspan(head));
  if (!opened) return Damaged("the seal does not open");
  const SecretBytes plain(std::move(*opened));
  Reader reader(plain.view());
  KeyStoreState state;
  state.before.lines = reader.Number(8);
  state.before.bytes = reader.Number(8);
  std::ranges::copy(reader.Raw(state.before.hash.size()), state.before.hash.begin());
  state.line = ToString(reader.Text());
  const std::uint64_t count = reader.Number(2);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!ReadSlot(reader, state.slots)) return Damaged("a slot cannot be read");
  }
  if (!reader.at_end() || state.line.empty()) return Damaged("it does not end where it should");
  return state;
}

}  // namespace plaza::emv
