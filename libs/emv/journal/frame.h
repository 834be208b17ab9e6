// The octets of a journal's segment (docs/formats/journal.md): a header, then frames. Pure.
#pragma once
#include <array>
#include <optional>

#include "libs/base/bytes.h"

namespace plaza::emv {

inline constexpr std::size_t kSegmentHeaderBytes = 20;
inline constexpr std::size_t kFrameHeaderBytes = 16;
inline constexpr std::size_t kFrameRecordBytesMax = 1024;
inline constexpr std::size_t kFrameBytesMax = kFrameHeaderBytes + kFrameRecordBytesMax;

std::array<std::uint8_t, kSegmentHeaderBytes> EncodeSegmentHeader(std::uint64_t first_sequence);
std::optional<std::uint64_t> DecodeSegmentHeader(
    ByteView data);  // the first sequence; none if broken

void AppendFrame(Bytes& out, std::uint64_t sequence, ByteView record);

struct Frame {
  std::uint64_t sequence = 0;
  ByteView record;
  std::size_t size = 0;  // with its header
};
// The frame at the beginning of `data`; none if it is cut, empty, too long, or its checksum is
// wrong.
std::optional<Frame> DecodeFrame(ByteView data);

// What follows the last whole frame of a segment.
enum class Tail {
  kClean,    // zeros, or nothing
  kTorn,     // one frame that was not written to its end
  kDamaged,  // a whole frame later on, or more octets than one frame has: something was lost that
             // had been kept
};
// `expected`: the sequence that the next frame would have.
Tail JudgeTail(ByteView rest, std::uint64_t expected);

// The acknowledged position, in two slots written in turn.
inline constexpr std::size_t kAckSlotBytes = 12;
inline constexpr std::size_t kAckSlotDistance =
    512;  // a sector each: one torn write spares the other
std::array<std::uint8_t, kAckSlotBytes> EncodeAckSlot(std::uint64_t sequence);
std::optional<std::uint64_t> DecodeAckSlot(ByteView data);

}  // namespace plaza::emv
