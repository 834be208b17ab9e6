#include "services/fare/gateway/tariff_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "libs/runtime/zones.h"
#include "services/fare/core/errors.h"
#include "services/fare/errors.h"
#include "services/fare/limits.h"

namespace plaza::fare {
namespace {

namespace fs = std::filesystem;

Result<std::string> ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in || in.bad()) return Error(kTariffMissing, "the file cannot be read", path.string());
  return bytes;
}

}  // namespace

Result<TariffFiles> ReadTariffFiles(const std::string& folder) {
  std::error_code failed;
  fs::recursive_directory_iterator at(folder, failed);
  if (failed) return Error(kTariffMissing, failed.message(), folder);
  TariffFiles files;
  std::int64_t bytes = 0;
  for (const fs::recursive_directory_iterator end; at != end; at.increment(failed)) {
    if (failed) return Error(kTariffMissing, failed.message(), folder);
    if (!at->is_regular_file(failed) || at->path().extension() != ".txt") continue;
    PLAZA_ASSIGN_OR_RETURN(std::string text, ReadFile(at->path()));
    bytes += static_cast<std::int64_t>(text.size());
    files.emplace(at->path().lexically_relative(folder).generic_string(), std::move(text));
    if (files.size() > kTariffFilesMax || bytes > kTariffFileBytesMax) {
      return Error(kTariffTooLarge,
                   "more than " + std::to_string(kTariffFilesMax) + " files or " +
                       std::to_string(kTariffFileBytesMax) + " bytes",
                   folder);
    }
  }
  if (files.empty()) return Error(kTariffMissing, "there is no *.txt file", folder);
  return files;
}

bool HasCaps(const TariffFiles& files) {
  return std::any_of(files.begin(), files.end(), [](const auto& file) {
    return fs::path(file.first).filename() == "fare_capping.txt";
  });
}

Result<std::shared_ptr<const Tariff>> CompileFiles(const TariffFiles& files,
                                                   const std::string& folder) {
  const CompiledTariff compiled = CompileTariff(files, runtime::LoadZone);
  if (compiled.ok()) return compiled.tariff;
  const Error first = TariffError(compiled);
  std::string what = first.what();
  if (compiled.errors.size() > 1) {
    what += " (and " + std::to_string(compiled.errors.size() - 1) + " more)";
  }
  return Error(kTariffInvalid, what, (fs::path(folder) / first.where()).string());
}

Result<std::shared_ptr<const Tariff>> LoadTariff(const std::string& folder) {
  PLAZA_ASSIGN_OR_RETURN(const TariffFiles files, ReadTariffFiles(folder));
  return CompileFiles(files, folder);
}

}  // namespace plaza::fare
