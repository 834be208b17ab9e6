#include "tests/support/pkcs11/soft_token.h"

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "libs/base/check.h"

namespace plaza::testing {

SoftToken::SoftToken(const std::string& mechanisms) {
  const std::filesystem::path tokens = folder_.path() / "tokens";
  std::filesystem::create_directory(tokens);
  const std::string config = (folder_.path() / "softhsm2.conf").string();
  std::ofstream(config) << "directories.tokendir = " << tokens.string()
                        << "\nobjectstore.backend = file\nlog.level = ERROR\nslots.mechanisms = "
                        << mechanisms << "\n";
  PLAZA_CHECK(setenv("SOFTHSM2_CONF", config.c_str(), 1) == 0);
  const std::string make = "softhsm2-util --init-token --free --label '" + options().token +
                           "' --so-pin 0815-test --pin " + options().pin + " >/dev/null";
  PLAZA_CHECK(std::system(make.c_str()) == 0);
  library_ = dlopen(kModule, RTLD_NOW | RTLD_LOCAL);
  PLAZA_CHECK(library_ != nullptr);
  const auto get = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library_, "C_GetFunctionList"));
  PLAZA_CHECK(get != nullptr && get(&api_) == CKR_OK);
}

SoftToken::~SoftToken() { dlclose(library_); }

void SoftToken::Restart() { PLAZA_CHECK(api_->C_Finalize(nullptr) == CKR_OK); }

unsigned long SoftToken::Slot() {
  std::array<CK_SLOT_ID, 8> slots{};  // the token, and one that is not initialised
  CK_ULONG count = slots.size();
  PLAZA_CHECK(api_->C_GetSlotList(CK_TRUE, slots.data(), &count) == CKR_OK && count > 0);
  return slots[0];
}

void SoftToken::CloseSessions() { PLAZA_CHECK(api_->C_CloseAllSessions(Slot()) == CKR_OK); }

// In a session of its own: who is logged in, is so for all of the process.
unsigned long SoftToken::ValueOf(ByteView id) {
  CK_SESSION_HANDLE session = 0;
  PLAZA_CHECK(api_->C_OpenSession(Slot(), CKF_SERIAL_SESSION, nullptr, nullptr, &session) ==
              CKR_OK);
  CK_ATTRIBUTE wanted{CKA_ID, const_cast<CK_BYTE*>(id.data()), id.size()};
  CK_OBJECT_HANDLE handle = 0;
  CK_ULONG found = 0;
  PLAZA_CHECK(api_->C_FindObjectsInit(session, &wanted, 1) == CKR_OK);
  PLAZA_CHECK(api_->C_FindObjects(session, &handle, 1, &found) == CKR_OK && found == 1);
  api_->C_FindObjectsFinal(session);
  std::array<CK_BYTE, 64> room{};
  CK_ATTRIBUTE value{CKA_VALUE, room.data(), room.size()};
  const CK_RV rv = api_->C_GetAttributeValue(session, handle, &value, 1);
  api_->C_CloseSession(session);
  return rv;
}

void SoftToken::Unplug() {
  Restart();
  std::filesystem::remove_all(folder_.path() / "tokens");
  std::filesystem::create_directory(folder_.path() / "tokens");
}

}  // namespace plaza::testing
