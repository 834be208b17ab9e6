#include "libs/emv/tlv/data_elements.h"

#include <algorithm>
#include <array>

#include "libs/base/check.h"
#include "libs/emv/crypto/secret.h"
#include "libs/emv/limits.h"

namespace plaza::emv {

struct DataElements::Impl {
  struct Element {
    Tag tag = 0;
    std::uint16_t offset = 0;
    std::uint16_t length = 0;
    Source source = Source::kTerminal;
  };
  std::array<Element, kElementsMax> elements;
  std::array<std::uint8_t, kElementBytesMax> values;
  std::size_t count = 0;
  std::size_t used = 0;

  ~Impl() { Zeroise({values.data(), used}); }
  Element* Find(Tag tag) {
    for (std::size_t i = 0; i < count; ++i) {
      if (elements[i].tag == tag) return &elements[i];
    }
    return nullptr;
  }
  // Values are never moved: a replaced one leaves a hole.
  bool Store(Element& element, ByteView value) {
    if (value.size() > values.size() - used) return false;
    std::copy(value.begin(), value.end(), values.begin() + static_cast<std::ptrdiff_t>(used));
    element.offset = static_cast<std::uint16_t>(used);
    element.length = static_cast<std::uint16_t>(value.size());
    used += value.size();
    return true;
  }
};

DataElements::DataElements() : impl_(std::make_unique_for_overwrite<Impl>()) {}
DataElements::~DataElements() = default;
DataElements::DataElements(DataElements&&) noexcept = default;
DataElements& DataElements::operator=(DataElements&&) noexcept = default;

bool DataElements::Add(Tag tag, ByteView value, Source source) {
  if (impl_->count == impl_->elements.size() || impl_->Find(tag) != nullptr) return false;
  Impl::Element& element = impl_->elements[impl_->count];
  if (!impl_->Store(element, value)) return false;
  element.tag = tag;
  element.source = source;
  ++impl_->count;
  return true;
}

bool DataElements::Put(Tag tag, ByteView value, Source source) {
  Impl::Element* element = impl_->Find(tag);
  if (element == nullptr) return Add(tag, value, source);
  element->source = source;
  return impl_->Store(*element, value);
}

std::optional<ByteView> DataElements::Find(Tag tag) const {
  const Impl::Element* element = impl_->Find(tag);
  if (element == nullptr) return std::nullopt;
  return ByteView(impl_->values.data() + element->offset, element->length);
}

std::optional<Source> DataElements::SourceOf(Tag tag) const {
  const Impl::Element* element = impl_->Find(tag);
  return element == nullptr ? std::nullopt : std::optional(element->source);
}

std::size_t DataElements::size() const { return impl_->count; }

Tag DataElements::tag_at(std::size_t index) const {
  PLAZA_CHECK(index < impl_->count);
  return impl_->elements[index].tag;
}

ByteView DataElements::value_at(std::size_t index) const {
  PLAZA_CHECK(index < impl_->count);
  return {impl_->values.data() + impl_->elements[index].offset, impl_->elements[index].length};
}

void DataElements::Clear() {
  Zeroise({impl_->values.data(), impl_->used});
  impl_->count = 0;
  impl_->used = 0;
}

}  // namespace plaza::emv
