// keep_events: makes the .hex of each .json in tests/vectors/events that has none, with today's
// code. What is there is never written again: it stands for what older programs wrote.
#include <iostream>

#include "libs/base/bytes.h"
#include "libs/base/hex.h"
#include "tests/contract/events/landed_events.h"

int main() {
  using namespace plaza::landed_events;
  int kept = 0;
  for (const fs::path& stem : All()) {
    const fs::path hex = fs::path(stem).concat(".hex");
    if (fs::exists(hex)) continue;
    plaza::events::v1::Event event;
    const auto parsed =
        google::protobuf::util::JsonStringToMessage(ReadFile(stem, ".json"), &event);
    if (!parsed.ok()) {
      std::cerr << stem << ".json: " << parsed.ToString() << "\n";
      return 1;
    }
    std::ofstream(hex) << plaza::ToHex(plaza::AsBytes(event.SerializeAsString())) << "\n";
    std::ofstream(fs::path(stem).concat(".json")) << ToJson(event);
    std::cout << hex << "\n";
    ++kept;
  }
  std::cout << kept << " kept\n";
}
