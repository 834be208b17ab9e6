// What the conformance suite of the VSAM's key store needs of a place for keys.
#pragma once
#include <memory>

#include "libs/emv/vsam/key_backend.h"

namespace plaza::emv::contract {

class Place {
 public:
  virtual ~Place() = default;
  virtual KeyBackend& keys() = 0;
  // As when its power was off for a moment.
  virtual void Restart() = 0;
};
std::unique_ptr<Place> MakePlace();  // empty

}  // namespace plaza::emv::contract
