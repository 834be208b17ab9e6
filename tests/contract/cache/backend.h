// What the conformance suite of libs/cache needs of a back end. A new one joins by adding its
// factory to Backends().
#pragma once
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "libs/cache/cache.h"

namespace plaza::cache::contract {

// One empty cache; gone with the object.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual Cache& cache() = 0;
  // A little later by the cache's clock.
  virtual void Pass() = 0;
};

struct BackendFactory {
  std::string name;
  std::function<std::unique_ptr<Backend>()> make;
};
std::vector<BackendFactory> Backends();
inline void PrintTo(const BackendFactory& factory, std::ostream* out) { *out << factory.name; }

}  // namespace plaza::cache::contract
