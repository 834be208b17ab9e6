#include "tests/contract/vsam/backend.h"

namespace plaza::emv::contract {
namespace {

class Memory final : public Place {
 public:
  KeyBackend& keys() override { return *keys_; }
  void Restart() override {}  // there is nothing in it: keys are in the sealed file

 private:
  std::unique_ptr<KeyBackend> keys_ = MakeSoftwareKeyBackend();
};

}  // namespace

std::unique_ptr<Place> MakePlace() { return std::make_unique<Memory>(); }

}  // namespace plaza::emv::contract
