#include "libs/devices/pkcs11_key_store.h"
#include "tests/contract/vsam/backend.h"
#include "tests/support/pkcs11/soft_token.h"

namespace plaza::emv::contract {
namespace {

class Token final : public Place {
 public:
  KeyBackend& keys() override { return *keys_; }
  void Restart() override { token_.Restart(); }

 private:
  testing::SoftToken token_;
  std::unique_ptr<KeyBackend> keys_ = devices::OpenPkcs11Keys(token_.options()).value();
};

}  // namespace

std::unique_ptr<Place> MakePlace() { return std::make_unique<Token>(); }

}  // namespace plaza::emv::contract
