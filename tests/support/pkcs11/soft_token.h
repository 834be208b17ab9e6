// A token of SoftHSM2 in a temporary folder. One at a time in a process: SoftHSM2 is told its
// folder by the environment.
#pragma once
#include <string>

#include "libs/devices/pkcs11_key_store.h"
#include "tests/support/temp_folder.h"

struct _CK_FUNCTION_LIST;

namespace plaza::testing {

class SoftToken {
 public:
  static constexpr const char* kModule = "/usr/lib/softhsm/libsofthsm2.so";
  // `mechanisms`: as slots.mechanisms of softhsm2.conf. Aborts if SoftHSM2 is not installed.
  explicit SoftToken(const std::string& mechanisms = "ALL");
  ~SoftToken();
  SoftToken(const SoftToken&) = delete;
  SoftToken& operator=(const SoftToken&) = delete;

  devices::Pkcs11Options options() const { return {kModule, "plaza test", "4711-test"}; }
  void Restart();  // all sessions are gone, the keys are not
  void CloseSessions();
  // What reading CKA_VALUE of the object with this CKA_ID answers (CK_RV).
  unsigned long ValueOf(ByteView id);
  void Unplug();  // it is gone, with its keys

 private:
  unsigned long Slot();
  TempFolder folder_;
  void* library_ = nullptr;
  _CK_FUNCTION_LIST* api_ = nullptr;
};

}  // namespace plaza::testing
