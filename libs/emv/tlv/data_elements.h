// The data elements of one transaction: tag → value, with where each came from. One fixed block of
// memory, no allocation after construction; zeroised at its end, since it holds a PAN. Not
// thread-safe.
#pragma once
#include <memory>
#include <optional>

#include "libs/base/bytes.h"
#include "libs/emv/tlv/tag.h"

namespace plaza::emv {

enum class Source : std::uint8_t {
  kTerminal,    // the gate's own
  kCard,        // read from the card, not covered by offline data authentication
  kCardStatic,  // in a record that static data authentication covers (or the AIP, where 9F4A names
                // it)
};

class DataElements {
 public:
  DataElements();
  ~DataElements();
  DataElements(DataElements&&) noexcept;
  DataElements& operator=(DataElements&&) noexcept;

  // False if there is no room (kElementsMax, kElementBytesMax), or the tag is there already: EMV
  // Book 3, 10.2 forbids a data element twice.
  [[nodiscard]] bool Add(Tag tag, ByteView value, Source source);
  // As Add, but replaces. For the terminal's own elements.
  [[nodiscard]] bool Put(Tag tag, ByteView value, Source source);

  std::optional<ByteView> Find(Tag tag) const;  // valid until the object ends; not moved by Add
  ByteView Get(Tag tag) const { return Find(tag).value_or(ByteView{}); }  // empty if absent
  bool Has(Tag tag) const { return Find(tag).has_value(); }
  std::optional<Source> SourceOf(Tag tag) const;

  std::size_t size() const;
  Tag tag_at(std::size_t index) const;  // in order of addition
  ByteView value_at(std::size_t index) const;
  void Clear();  // zeroises

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::emv
