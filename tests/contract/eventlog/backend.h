// What the conformance suite of libs/eventlog needs of a log. A new one joins by adding its factory
// to Backends().
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "libs/eventlog/log.h"

namespace plaza::eventlog::contract {

// One empty log; gone with the object.
class Backend {
 public:
  virtual ~Backend() = default;
  // Ends the one that was open before, so that what is read next was kept.
  virtual Result<Log*> Reopen() = 0;
};

struct BackendFactory {
  std::string name;
  std::function<std::unique_ptr<Backend>()> make;
};
std::vector<BackendFactory> Backends();
inline void PrintTo(const BackendFactory& factory, std::ostream* out) { *out << factory.name; }

inline std::string BackendName(const ::testing::TestParamInfo<BackendFactory>& info) {
  return info.param.name;
}

constexpr std::chrono::milliseconds kNow{0};
constexpr std::chrono::milliseconds kPatience{
    20'000};  // for what must happen; never reached when all is well

}  // namespace plaza::eventlog::contract
