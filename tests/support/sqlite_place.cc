#include "tests/support/store_place.h"

namespace plaza::store_place {

std::string ConninfoFor(const std::string& /*path*/) { return {}; }

}  // namespace plaza::store_place
