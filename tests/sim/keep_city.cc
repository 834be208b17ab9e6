// keep_city FOLDER: makes a new dated folder of tests/vectors/city with today's code. What is there
// is never made again: it stands for what older programs left.
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include "apps/citysim/recording.h"
#include "tests/sim/landed_city.h"
#include "tests/sim/sim_city.h"

namespace plaza::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSeed = 12;
constexpr std::uint64_t kTaps = 150;
fs::path out;  // NOLINT: the program's one argument

// The days in one go, recorded.
AuditReport Reference(const fs::path& folder, const std::string& recording) {
  SimulationOptions setting;
  setting.paths.data = folder / "city";
  setting.seed = kSeed;
  setting.program = Program();
  const auto simulation = std::move(Simulation::Start(setting).value());
  citysim::Options options = SmallDay(folder, kSeed);
  options.taps = kTaps;
  options.record_file = recording;
  const auto day = citysim::RunDay(options, simulation->doors(), [](const auto&) {});
  EXPECT_TRUE(day.ok()) << day.error().ToString();
  return simulation->StopAndAudit().value();
}

// In two at the first window after the first cut-off that brings taps.
void Split(const std::string& recording, const std::string& first, const std::string& rest) {
  const auto reader = std::move(citysim::RecordingReader::Open(recording).value());
  auto writer = std::move(citysim::RecordingWriter::Create(first, reader->header()).value());
  bool cut_off = false;
  bool taps = false;
  bool split = false;
  citysim::RecordingEntry entry;
  while (reader->Next(entry).value()) {
    ASSERT_TRUE(writer->Append(entry).ok());
    cut_off |= std::holds_alternative<citysim::CutOffMark>(entry);
    taps |= cut_off && std::holds_alternative<citysim::TapEntry>(entry);
    if (split || !taps || !std::holds_alternative<citysim::WindowMark>(entry)) continue;
    ASSERT_TRUE(writer->Finish().ok());
    writer = std::move(citysim::RecordingWriter::Create(rest, reader->header()).value());
    split = true;
  }
  ASSERT_TRUE(split);
  std::cout << "the rest has " << writer->taps() << " taps\n";
  ASSERT_TRUE(writer->Finish().ok());
}

TEST(Keep, City) {
  const TempFolder whole;
  const TempFolder half;
  const std::string recording = (whole.path() / "day.rec").string();
  const std::string first = (half.path() / "first.rec").string();
  const AuditReport audit = Reference(whole.path(), recording);
  ASSERT_EQ(Broken(audit), "");
  const LandedCity kept{out};
  ASSERT_TRUE(fs::create_directories(out)) << "it is there already: " << out;
  Split(recording, first, kept.rest());
  ASSERT_EQ(Broken(ContinueCity(half.path(), first, /*resume=*/false)), "");
  DumpStores(half.path() / "city" / "stores", kept.folder / "stores");
  std::ofstream(kept.digests())
      << nlohmann::json({{"money", audit.money_digest}, {"book", audit.book_digest}}).dump(1)
      << "\n";
}

}  // namespace
}  // namespace plaza::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::cerr << "usage: keep_city FOLDER\n";
    return 2;
  }
  plaza::testing::out = argv[1];
  return RUN_ALL_TESTS();
}
