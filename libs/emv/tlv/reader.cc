#include "libs/emv/tlv/reader.h"

#include "libs/emv/errors.h"
#include "libs/emv/limits.h"

namespace plaza::emv {
namespace {

Error Bad(const char* what, std::size_t offset) {
  return Error(errors::kBadTlv, what, "offset " + std::to_string(offset));
}

}  // namespace

Result<bool> TlvReader::Next(Tlv& out) {
  while (at_ < data_.size() && data_[at_] == 0x00) ++at_;  // Book 3, Annex B1
  if (at_ == data_.size()) return false;
  const std::size_t start = at_;
  PLAZA_ASSIGN_OR_RETURN(out.tag, ReadTag());
  PLAZA_ASSIGN_OR_RETURN(const std::size_t length, ReadLength());
  if (length > data_.size() - at_) return Bad("the value is cut short", base_ + at_);
  out.offset = base_ + start;
  out.value_offset = base_ + at_;
  out.value = data_.subspan(at_, length);
  at_ += length;
  return true;
}

Result<Tag> TlvReader::ReadTag() {
  const std::size_t start = at_;
  Tag tag = data_[at_++];
  if ((tag & 0x1FU) != 0x1FU) return tag;
  bool more = true;
  while (more) {
    if (at_ == data_.size()) return Bad("the tag is cut short", base_ + at_);
    if (at_ - start == kTagBytesMax) return Bad("the tag is longer than 4 bytes", base_ + start);
    const std::uint8_t octet = data_[at_++];
    more = (octet & 0x80U) != 0;
    tag = (tag << 8) | octet;
  }
  return tag;
}

Result<std::size_t> TlvReader::ReadLength() {
  if (at_ == data_.size()) return Bad("the length is missing", base_ + at_);
  const std::size_t start = at_;
  const std::uint8_t first = data_[at_++];
  if (first < 0x80) return std::size_t{first};
  if (first == 0x80) return Bad("the length is indefinite", base_ + start);
  const std::size_t octets = first & 0x7FU;
  if (octets > kTlvLengthBytesMax) return Bad("the length is too large", base_ + start);
  if (octets > data_.size() - at_) return Bad("the length is cut short", base_ + at_);
  std::size_t length = 0;
  for (std::size_t i = 0; i < octets; ++i) length = (length << 8) | data_[at_++];
  return length;
}

Result<std::optional<ByteView>> FindTlv(ByteView data, Tag tag) {
  TlvReader reader(data);
  Tlv object;
  while (true) {
    PLAZA_ASSIGN_OR_RETURN(const bool more, reader.Next(object));
    if (!more) return std::optional<ByteView>();
    if (object.tag == tag) return std::optional<ByteView>(object.value);
  }
}

}  // namespace plaza::emv
