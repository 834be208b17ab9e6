#include "libs/emv/journal/frame.h"

#include <algorithm>

#include "libs/base/big_endian.h"
#include "libs/base/check.h"
#include "libs/base/digest.h"

namespace plaza::emv {
namespace {

constexpr std::array<std::uint8_t, 8> kSegmentMagic = {'P', 'L', 'A', 'Z', 'A', 'J', 0x00, 0x01};
constexpr std::size_t kChecksumBytes = 4;
using Checksum = std::array<std::uint8_t, kChecksumBytes>;

Checksum ChecksumOf(ByteView first, ByteView second = {}) {
  thread_local Sha256Hasher hasher;
  hasher.Update(first);
  if (!second.empty()) hasher.Update(second);
  const Sha256Digest digest = hasher.Finish();
  Checksum checksum{};
  std::copy_n(digest.begin(), checksum.size(), checksum.begin());
  return checksum;
}

bool AllZero(ByteView data) {
  return std::ranges::all_of(data, [](std::uint8_t octet) { return octet == 0; });
}

}  // namespace

std::array<std::uint8_t, kSegmentHeaderBytes> EncodeSegmentHeader(std::uint64_t first_sequence) {
  std::array<std::uint8_t, kSegmentHeaderBytes> header{};
  std::ranges::copy(kSegmentMagic, header.begin());
  PutBigEndian(std::span(header).subspan(8, 8), first_sequence);
  std::ranges::copy(ChecksumOf(ByteView(header).first(16)), header.begin() + 16);
  return header;
}

std::optional<std::uint64_t> DecodeSegmentHeader(ByteView data) {
  if (data.size() < kSegmentHeaderBytes) return std::nullopt;
  const std::uint64_t first = GetBigEndian(data.subspan(8, 8));
  const auto expected = EncodeSegmentHeader(first);
  if (!std::ranges::equal(expected, data.first(kSegmentHeaderBytes))) return std::nullopt;
  return first;
}

void AppendFrame(Bytes& out, std::uint64_t sequence, ByteView record) {
  PLAZA_CHECK(!record.empty() && record.size() <= kFrameRecordBytesMax);
  std::array<std::uint8_t, kFrameHeaderBytes> header{};
  PutBigEndian(std::span(header).first(4), record.size());
  PutBigEndian(std::span(header).subspan(4, 8), sequence);
  std::ranges::copy(ChecksumOf(ByteView(header).first(12), record), header.begin() + 12);
  out.insert(out.end(), header.begin(), header.end());
  out.insert(out.end(), record.begin(), record.end());
}

std::optional<Frame> DecodeFrame(ByteView data) {
  if (data.size() < kFrameHeaderBytes) return std::nullopt;
  const std::uint64_t length = GetBigEndian(data.first(4));
  if (length == 0 || length > kFrameRecordBytesMax) return std::nullopt;
  if (length > data.size() - kFrameHeaderBytes) return std::nullopt;
  const ByteView record = data.subspan(kFrameHeaderBytes, length);
  if (!std::ranges::equal(ChecksumOf(data.first(12), record), data.subspan(12, 4))) {
    return std::nullopt;
  }
  return Frame{GetBigEndian(data.subspan(4, 8)), record, kFrameHeaderBytes + record.size()};
}

// Appends are synced one by one, so at most the last frame can be half there.
Tail JudgeTail(ByteView rest, std::uint64_t expected) {
  const auto last = std::ranges::find_if(rest.rbegin(), rest.rend(),
                                         [](std::uint8_t octet) { return octet != 0; });
  const auto used = static_cast<std::size_t>(rest.rend() - last);
  if (used == 0) return Tail::kClean;
  if (used > kFrameBytesMax) return Tail::kDamaged;
  for (std::size_t at = 0; at < used; ++at) {
    const auto frame = DecodeFrame(rest.subspan(at));
    if (frame && (at > 0 || frame->sequence != expected)) return Tail::kDamaged;
  }
  return Tail::kTorn;
}

std::array<std::uint8_t, kAckSlotBytes> EncodeAckSlot(std::uint64_t sequence) {
  std::array<std::uint8_t, kAckSlotBytes> slot{};
  PutBigEndian(std::span(slot).first(8), sequence);
  std::ranges::copy(ChecksumOf(AsBytes("acknowledged"), ByteView(slot).first(8)), slot.begin() + 8);
  return slot;
}

std::optional<std::uint64_t> DecodeAckSlot(ByteView data) {
  if (data.size() < kAckSlotBytes || AllZero(data.first(kAckSlotBytes))) return std::nullopt;
  const std::uint64_t sequence = GetBigEndian(data.first(8));
  const auto expected = EncodeAckSlot(sequence);
  if (!std::ranges::equal(expected, data.first(kAckSlotBytes))) return std::nullopt;
  return sequence;
}

}  // namespace plaza::emv
