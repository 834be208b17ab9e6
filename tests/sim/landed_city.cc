#include "tests/sim/landed_city.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>

#include "apps/citysim/recording.h"
#include "tests/sim/sim_city.h"

namespace plaza::testing {
namespace {

namespace fs = std::filesystem;

using Database = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;

Database Open(const fs::path& file) {
  sqlite3* db = nullptr;
  EXPECT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK) << file;
  return {db, &sqlite3_close};
}

void Query(sqlite3* db, const std::string& sql,
           const std::function<void(sqlite3_stmt*)>& each_row) {
  sqlite3_stmt* statement = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
      << sqlite3_errmsg(db);
  while (sqlite3_step(statement) == SQLITE_ROW) each_row(statement);
  sqlite3_finalize(statement);
}

std::string Text(sqlite3_stmt* row, int column) {
  return reinterpret_cast<const char*>(sqlite3_column_text(row, column));
}

// "quote(a) || ',' || quote(b)": a row's values as SQL.
std::string QuotedColumns(sqlite3* db, const std::string& table) {
  std::string quoted;
  Query(db, "SELECT name FROM pragma_table_info('" + table + "')", [&](sqlite3_stmt* row) {
    quoted += (quoted.empty() ? "quote(" : " || ',' || quote(") + Text(row, 0) + ")";
  });
  return quoted;
}

void Dump(const fs::path& store, const fs::path& sql_file) {
  const Database db = Open(store);
  std::ofstream sql(sql_file);
  std::vector<std::string> later;  // a trigger would act on the rows
  Query(db.get(),
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE "
        "'sqlite_%' ORDER BY name",
        [&](sqlite3_stmt* row) {
          const std::string name = Text(row, 1);
          if (Text(row, 0) != "table") {
            later.push_back(Text(row, 2));
            return;
          }
          sql << Text(row, 2) << ";\n";
          Query(db.get(), "SELECT " + QuotedColumns(db.get(), name) + " FROM " + name,
                [&](sqlite3_stmt* values) {
                  sql << "INSERT INTO " << name << " VALUES(" << Text(values, 0) << ");\n";
                });
        });
  for (const std::string& statement : later) sql << statement << ";\n";
}

}  // namespace

std::vector<LandedCity> LandedCities() {
  std::vector<LandedCity> cities;
  for (const auto& entry : fs::directory_iterator(PLAZA_SOURCE_DIR "/tests/vectors/city")) {
    if (entry.is_directory()) cities.push_back({entry.path()});
  }
  std::sort(cities.begin(), cities.end(),
            [](const LandedCity& a, const LandedCity& b) { return a.folder < b.folder; });
  return cities;
}

void DumpStores(const fs::path& stores, const fs::path& sql_folder) {
  fs::create_directories(sql_folder);
  for (const auto& entry : fs::directory_iterator(stores)) {
    if (entry.path().extension() != ".db") continue;
    Dump(entry.path(), sql_folder / entry.path().filename().replace_extension(".sql"));
  }
}

void RestoreStores(const fs::path& sql_folder, const fs::path& stores) {
  fs::create_directories(stores);
  for (const auto& entry : fs::directory_iterator(sql_folder)) {
    std::ifstream file(entry.path());
    const std::string sql{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const Database db = Open(stores / entry.path().filename().replace_extension(".db"));
    EXPECT_EQ(
        sqlite3_exec(db.get(), ("BEGIN;" + sql + "COMMIT;").c_str(), nullptr, nullptr, nullptr),
        SQLITE_OK)
        << entry.path() << ": " << sqlite3_errmsg(db.get());
  }
}

AuditReport ContinueCity(const fs::path& folder, const std::string& recording, bool resume) {
  const auto reader = citysim::RecordingReader::Open(recording);
  EXPECT_TRUE(reader.ok()) << reader.error().ToString();
  if (!reader.ok()) return {};
  SimulationOptions setting;
  setting.paths.data = folder / "city";
  setting.seed = (*reader)->header().seed;
  setting.program = Program();
  setting.resume = resume;
  const auto simulation = Simulation::Start(setting);
  EXPECT_TRUE(simulation.ok()) << simulation.error().ToString();
  if (!simulation.ok()) return {};
  const auto outcome =
      citysim::Replay(recording, {}, (*simulation)->doors(), [](const citysim::ProgressReport&) {});
  EXPECT_TRUE(outcome.ok()) << outcome.error().ToString();
  const auto audit = (*simulation)->StopAndAudit();
  EXPECT_TRUE(audit.ok()) << audit.error().ToString();
  return audit.ok() ? *audit : AuditReport();
}

}  // namespace plaza::testing
