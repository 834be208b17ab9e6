// What the conformance suite of libs/store needs of a back end. A new one joins by adding its
// factory to Backends().
#pragma once
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "libs/store/db.h"

namespace plaza::store::contract {

// One empty database; gone with the object.
class Backend {
 public:
  virtual ~Backend() = default;
  // Another Db on the same database each time.
  virtual Result<std::unique_ptr<Db>> Open(bool read_only = false) = 0;
};

struct BackendFactory {
  std::string name;
  std::function<std::unique_ptr<Backend>()> make;
};
std::vector<BackendFactory> Backends();
inline void PrintTo(const BackendFactory& factory, std::ostream* out) { *out << factory.name; }

}  // namespace plaza::store::contract
