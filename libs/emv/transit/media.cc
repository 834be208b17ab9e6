#include "libs/emv/transit/media.h"

#include <algorithm>

#include "libs/emv/kernel2/kernel2.h"

namespace plaza::emv {
namespace {

// Book C-3, Annex A, 9F6E: the form factor in byte 1, bits 5 to 1: 0 is a card, 1 a small card, all
// else something that is no card.
bool IsDeviceByFormFactor(ByteView value) {
  constexpr std::uint8_t kSmallCard = 0x01;
  return !value.empty() && (value[0] & 0x1FU) > kSmallCard;
}

// Book C-2, Annex A, 9F6E: country (2), unique identifier (2); if its first bit is 0 the device
// type follows, "00" for a card.
bool IsDeviceByThirdPartyData(ByteView value) {
  constexpr std::uint8_t kCard[] = {'0', '0'};
  const bool has_type = value.size() >= 6 && (value[2] & 0x80U) == 0;
  return has_type && !std::ranges::equal(value.subspan(4, 2), kCard);
}

}  // namespace

MediaKind MediaKindOf(const DataElements& card, ByteView kernel_id) {
  const ByteView value = card.Get(tag::kFormFactor);
  const bool by_third_party = !kernel_id.empty() && kernel_id.front() == kKernel2;
  const bool device =
      by_third_party ? IsDeviceByThirdPartyData(value) : IsDeviceByFormFactor(value);
  return device ? MediaKind::kEmvDevice : MediaKind::kEmvCard;
}

}  // namespace plaza::emv
