#include "apps/citysim/recording.h"

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "apps/citysim/errors.h"
#include "apps/citysim/limits.h"
#include "apps/citysim/recording_header.h"
#include "libs/base/digest.h"

namespace plaza::citysim {
namespace {

constexpr std::string_view kMagic = "PLZTAPS\n";
constexpr std::size_t kFrameBytes = 5;  // type, length
constexpr std::size_t kEndBytes = 8 + 32;

void AppendBigEndian(Bytes& out, std::uint64_t value, int octets) {
  for (int i = octets - 1; i >= 0; --i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint64_t BigEndian(ByteView data) {
  std::uint64_t value = 0;
  for (const std::uint8_t octet : data) value = value << 8 | octet;
  return value;
}

Error Damaged(std::string what, std::uint64_t offset) {
  return Error(kRecordingDamaged, std::move(what), "offset " + std::to_string(offset));
}

struct Frame {
  char type = 0;
  Bytes payload;
  std::uint64_t offset = 0;
};

// Reads the next frame. False at the very end of the file.
Result<bool> ReadFrame(std::ifstream& in, std::uint64_t& offset, Frame& frame) {
  std::array<char, kFrameBytes> head{};
  in.read(head.data(), head.size());
  if (in.gcount() == 0 && in.eof()) return false;
  if (in.gcount() != static_cast<std::streamsize>(head.size())) {
    return Error(kRecordingUnfinished, "it ends within an entry",
                 "offset " + std::to_string(offset));
  }
  frame.type = head[0];
  frame.offset = offset;
  const std::uint64_t length = BigEndian(AsBytes(std::string_view(head.data() + 1, 4)));
  const std::size_t length_max =
      frame.type == 'H' ? kRecordingHeaderBytesMax : kRecordingEntryBytesMax;
  if (length > length_max) {
    return Damaged("an entry of " + std::to_string(length) + " octets", offset);
  }
  frame.payload.resize(length);
  in.read(reinterpret_cast<char*>(frame.payload.data()), static_cast<std::streamsize>(length));
  if (in.gcount() != static_cast<std::streamsize>(length)) {
    return Error(kRecordingUnfinished, "it ends within an entry",
                 "offset " + std::to_string(offset));
  }
  offset += kFrameBytes + length;
  return true;
}

Bytes EncodeFrame(char type, ByteView payload) {
  Bytes out = {static_cast<std::uint8_t>(type)};
  AppendBigEndian(out, payload.size(), 4);
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

Result<RecordingEntry> ParseEntry(Frame& frame) {
  switch (frame.type) {
    case 'T':
      return RecordingEntry(TapEntry{std::move(frame.payload)});
    case 'A':
      if (frame.payload.size() != 8) return Damaged("a clock mark of another length", frame.offset);
      return RecordingEntry(ClockMark{{static_cast<std::int64_t>(BigEndian(frame.payload))}});
    case 'W':
      if (!frame.payload.empty()) return Damaged("a window mark that is not empty", frame.offset);
      return RecordingEntry(WindowMark{});
    case 'C': {
      const Result<Date> day = Date::Parse(AsText(frame.payload));
      if (!day.ok()) return Damaged("a cut-off mark without a date", frame.offset);
      return RecordingEntry(CutOffMark{*day});
    }
    default:
      return Damaged("an entry of unknown type", frame.offset);
  }
}

}  // namespace

struct RecordingWriter::Impl {
  std::string path;
  std::string part;
  std::ofstream out;
  Sha256Hasher hasher;
  std::uint64_t taps = 0;
  bool finished = false;

  Result<void> Write(ByteView data) {
    out.write(reinterpret_cast<const char*>(data.data()),
              static_cast<std::streamsize>(data.size()));
    if (!out) return Error(kRecordingIo, "it could not be written", part);
    return {};
  }
  Result<void> WriteHashed(ByteView data) {
    hasher.Update(data);
    return Write(data);
  }
};

RecordingWriter::RecordingWriter() : impl_(std::make_unique<Impl>()) {}

RecordingWriter::~RecordingWriter() {
  if (impl_->finished) return;
  impl_->out.close();
  std::error_code ignored;  // the file is of no use either way
  std::filesystem::remove(impl_->part, ignored);
}

std::uint64_t RecordingWriter::taps() const { return impl_->taps; }

Result<std::unique_ptr<RecordingWriter>> RecordingWriter::Create(const std::string& path,
                                                                 const RecordingHeader& header) {
  std::unique_ptr<RecordingWriter> writer(new RecordingWriter);
  Impl& impl = *writer->impl_;
  impl.path = path;
  impl.part = path + ".part";
  impl.out.open(impl.part, std::ios::binary | std::ios::trunc);
  if (!impl.out) return Error(kRecordingIo, "it cannot be made", impl.part);
  PLAZA_RETURN_IF_ERROR(impl.WriteHashed(AsBytes(kMagic)));
  PLAZA_RETURN_IF_ERROR(impl.WriteHashed(EncodeFrame('H', AsBytes(EncodeHeader(header)))));
  return writer;
}

Result<void> RecordingWriter::Append(const RecordingEntry& entry) {
  if (const auto* tap = std::get_if<TapEntry>(&entry)) {
    ++impl_->taps;
    return impl_->WriteHashed(EncodeFrame('T', tap->record));
  }
  if (const auto* mark = std::get_if<ClockMark>(&entry)) {
    Bytes payload;
    AppendBigEndian(payload, static_cast<std::uint64_t>(mark->now.unix_ms), 8);
    return impl_->WriteHashed(EncodeFrame('A', payload));
  }
  if (const auto* mark = std::get_if<CutOffMark>(&entry)) {
    return impl_->WriteHashed(EncodeFrame('C', AsBytes(mark->business_day.ToText())));
  }
  return impl_->WriteHashed(EncodeFrame('W', {}));
}

Result<void> RecordingWriter::Finish() {
  Bytes payload;
  AppendBigEndian(payload, impl_->taps, 8);
  const Sha256Digest digest = impl_->hasher.Finish();
  payload.insert(payload.end(), digest.begin(), digest.end());
  PLAZA_RETURN_IF_ERROR(impl_->Write(EncodeFrame('E', payload)));
  impl_->out.close();
  if (!impl_->out) return Error(kRecordingIo, "it could not be written", impl_->part);
  std::error_code failed;
  std::filesystem::rename(impl_->part, impl_->path, failed);
  if (failed) return Error(kRecordingIo, failed.message(), impl_->path);
  impl_->finished = true;
  return {};
}

struct RecordingReader::Impl {
  std::ifstream in;
  std::uint64_t offset = 0;
  RecordingHeader header;
  std::uint64_t taps = 0;

  // Magic and header; leaves the file at the first entry.
  Result<void> Begin(Sha256Hasher* hasher) {
    std::string magic(kMagic.size(), '\0');
    in.read(magic.data(), static_cast<std::streamsize>(magic.size()));
    if (static_cast<std::size_t>(in.gcount()) != magic.size() || magic != kMagic) {
      return Error(kNotARecording, "it does not begin as a recording does", "offset 0");
    }
    offset = kMagic.size();
    Frame frame;
    PLAZA_ASSIGN_OR_RETURN(const bool more, ReadFrame(in, offset, frame));
    if (!more) return Error(kRecordingUnfinished, "there is no header");
    if (frame.type != 'H') return Damaged("the first entry is no header", frame.offset);
    if (hasher != nullptr) {  // what it says is read once the hash is known to be right
      hasher->Update(AsBytes(kMagic));
      hasher->Update(EncodeFrame('H', frame.payload));
      return {};
    }
    PLAZA_ASSIGN_OR_RETURN(header, ParseHeader(AsText(frame.payload)));
    return {};
  }

  // The whole file against its end entry.
  Result<void> Verify() {
    Sha256Hasher hasher;
    PLAZA_RETURN_IF_ERROR(Begin(&hasher));
    Frame frame;
    while (true) {
      PLAZA_ASSIGN_OR_RETURN(const bool more, ReadFrame(in, offset, frame));
      if (!more) return Error(kRecordingUnfinished, "there is no end entry");
      if (frame.type == 'E') break;
      hasher.Update(EncodeFrame(frame.type, frame.payload));
      if (frame.type == 'T' && ++taps > kRecordingTapsMax) {
        return Damaged("more taps than a recording may hold", frame.offset);
      }
      PLAZA_RETURN_IF_ERROR(ParseEntry(frame));
    }
    if (frame.payload.size() != kEndBytes) return Damaged("an end of another length", frame.offset);
    const Sha256Digest digest = hasher.Finish();
    if (BigEndian(ByteView(frame.payload).first(8)) != taps ||
        std::memcmp(frame.payload.data() + 8, digest.data(), digest.size()) != 0) {
      return Damaged("the content does not match its hash", frame.offset);
    }
    if (in.peek() != std::ifstream::traits_type::eof()) {
      return Damaged("something follows the end", offset);
    }
    return {};
  }
};

RecordingReader::RecordingReader() : impl_(std::make_unique<Impl>()) {}
RecordingReader::~RecordingReader() = default;
const RecordingHeader& RecordingReader::header() const { return impl_->header; }
std::uint64_t RecordingReader::taps() const { return impl_->taps; }

Result<std::unique_ptr<RecordingReader>> RecordingReader::Open(const std::string& path) {
  std::unique_ptr<RecordingReader> reader(new RecordingReader);
  Impl& impl = *reader->impl_;
  impl.in.open(path, std::ios::binary);
  std::error_code ignored;
  if (!impl.in || std::filesystem::is_directory(path, ignored)) {
    return Error(kRecordingIo, "it cannot be opened", path);
  }
  PLAZA_RETURN_IF_ERROR(impl.Verify());
  impl.in.clear();
  impl.in.seekg(0);
  PLAZA_RETURN_IF_ERROR(impl.Begin(nullptr));
  return reader;
}

Result<bool> RecordingReader::Next(RecordingEntry& entry) {
  Frame frame;
  PLAZA_ASSIGN_OR_RETURN(const bool more, ReadFrame(impl_->in, impl_->offset, frame));
  if (!more || frame.type == 'E') return false;
  PLAZA_ASSIGN_OR_RETURN(entry, ParseEntry(frame));
  return true;
}

}  // namespace plaza::citysim
