// The tariff's folder, read and compiled once at start.
#pragma once
#include <memory>
#include <string>

#include "libs/base/result.h"
#include "services/fare/core/tariff.h"

namespace plaza::fare {

// Every *.txt below `folder`, by its path relative to it. TARIFF_MISSING, TARIFF_TOO_LARGE.
Result<TariffFiles> ReadTariffFiles(const std::string& folder);

// A cap counts what was spent in a week, a month or longer: earlier days matter to later ones.
bool HasCaps(const TariffFiles& files);

// With the machine's zones. TARIFF_INVALID: the first error with file, line and column, and how
// many more there are.
Result<std::shared_ptr<const Tariff>> CompileFiles(const TariffFiles& files,
                                                   const std::string& folder);

// Reads and compiles.
Result<std::shared_ptr<const Tariff>> LoadTariff(const std::string& folder);

}  // namespace plaza::fare
