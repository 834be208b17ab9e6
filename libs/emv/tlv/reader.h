// Reads BER-TLV as EMV Book 3, Annex B codes it. No copy, no allocation unless there is an error:
// values are views into the input, which must outlive them. Zero octets between objects are padding
// at every level; an indefinite length is an error; nothing is read past the end. Errors: BAD_TLV,
// with the offset in the data given.
#pragma once
#include <optional>

#include "libs/base/bytes.h"
#include "libs/base/result.h"
#include "libs/emv/tlv/tag.h"

namespace plaza::emv {

struct Tlv {
  Tag tag = 0;
  ByteView value;
  std::size_t offset = 0;  // of the tag's first octet, within the outermost data
  std::size_t value_offset = 0;
};

class TlvReader {
 public:
  explicit TlvReader(ByteView data, std::size_t base_offset = 0)
      : data_(data), base_(base_offset) {}
  // True and the next object, false at the end.
  Result<bool> Next(Tlv& out);

 private:
  Result<Tag> ReadTag();
  Result<std::size_t> ReadLength();

  ByteView data_;
  std::size_t base_;
  std::size_t at_ = 0;
};

// The first object `tag` among the objects of `data`, not looking inside templates. Checks all
// objects before it.
Result<std::optional<ByteView>> FindTlv(ByteView data, Tag tag);

}  // namespace plaza::emv
