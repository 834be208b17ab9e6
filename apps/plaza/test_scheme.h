// The test scheme of a city whose gates are processes: kept in <data>/cards/, so that the gates and
// who taps at them know one authority. For development; its cards are no real cards.
#pragma once
#include <filesystem>

#include "apps/citysim/cards/pki.h"
#include "apps/plaza/city.h"

namespace plaza {

// What gates trust, in the form of apps/validator/ca_keys.h.
std::filesystem::path CaKeysFile(const CityPaths& paths);

// Reads <data>/cards/scheme.json; makes it (mode 0600) and the file of CA keys if it is not there.
// BAD_FOLDER, BAD_TEST_SCHEME.
Result<citysim::TestPki> EnsureTestScheme(const CityPaths& paths);

}  // namespace plaza
