#include "libs/devices/pkcs11_key_store.h"

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <vector>

#include "libs/devices/errors.h"

namespace plaza::devices {
namespace {

constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kAesBlock = 16;
constexpr std::size_t kTokensMax = 64;
constexpr std::size_t kMechanismsMax = 1024;

std::string Code(CK_RV rv) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%lX", rv);
  return text;
}

Error TokenError(const char* call, CK_RV rv) {
  return Error(kTokenError, std::string(call) + " answered " + Code(rv));
}

// What the token answers when it, or our session with it, is not what it was.
bool IsSessionLost(CK_RV rv) {
  constexpr CK_RV kLost[] = {CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED,
                             CKR_USER_NOT_LOGGED_IN,     CKR_DEVICE_REMOVED,
                             CKR_DEVICE_ERROR,           CKR_TOKEN_NOT_PRESENT,
                             CKR_TOKEN_NOT_RECOGNIZED,   CKR_CRYPTOKI_NOT_INITIALIZED};
  return std::ranges::find(kLost, rv) != std::end(kLost);
}

struct Mechanism {
  CK_MECHANISM_TYPE type;
  const char* name;
};
constexpr Mechanism kMechanisms[] = {{CKM_SHA256_HMAC, "CKM_SHA256_HMAC"},
                                     {CKM_AES_CMAC, "CKM_AES_CMAC"},
                                     {CKM_AES_ECB, "CKM_AES_ECB"}};

// PKCS#11 takes what it only reads by pointers to what may be written.
CK_BYTE* Read(ByteView bytes) { return const_cast<CK_BYTE*>(bytes.data()); }

template <class T>
CK_ATTRIBUTE Attribute(CK_ATTRIBUTE_TYPE type, T& value) {
  return {type, &value, sizeof value};
}

class Pkcs11Keys final : public emv::KeyBackend {
 public:
  explicit Pkcs11Keys(Pkcs11Options options) : options_(std::move(options)) {}
  ~Pkcs11Keys() override;
  Pkcs11Keys(const Pkcs11Keys&) = delete;
  Pkcs11Keys& operator=(const Pkcs11Keys&) = delete;

  Result<void> Start();
  Result<emv::SecretBytes> Keep(emv::KeyRight right, ByteView key) override;
  Result<void> Forget(ByteView reference) override;
  Result<Sha256Digest> Hmac(ByteView reference, ByteView data) override;
  Result<emv::SecretBytes> Cmac(ByteView reference, ByteView message) override;
  Result<emv::SecretBytes> EncryptBlock(ByteView reference, ByteView block) override;

 private:
  Result<void> Connect();
  Result<CK_SLOT_ID> FindToken();
  Result<void> CheckMechanisms(CK_SLOT_ID slot);
  Result<void> LogIn();
  Result<void> Do(const char* call, const std::function<CK_RV()>& operation);
  CK_RV Find(ByteView reference, CK_OBJECT_HANDLE& handle);
  CK_RV Create(emv::KeyRight right, ByteView id, ByteView key);
  CK_RV Sign(CK_MECHANISM_TYPE type, ByteView reference, ByteView data,
             std::span<std::uint8_t> out);

  Pkcs11Options options_;
  void* library_ = nullptr;
  CK_FUNCTION_LIST* api_ = nullptr;
  CK_SESSION_HANDLE session_ = 0;
};

Pkcs11Keys::~Pkcs11Keys() {
  if (api_ != nullptr) api_->C_Finalize(nullptr);
  if (library_ != nullptr) dlclose(library_);
  emv::Zeroise({reinterpret_cast<std::uint8_t*>(options_.pin.data()), options_.pin.size()});
}

Result<void> Pkcs11Keys::Start() {
  library_ = dlopen(options_.module.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) return Error(kPkcs11Module, dlerror(), options_.module);
  const auto get = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library_, "C_GetFunctionList"));
  if (get == nullptr || get(&api_) != CKR_OK) {
    return Error(kPkcs11Module, "no C_GetFunctionList", options_.module);
  }
  return Connect();
}

Result<CK_SLOT_ID> Pkcs11Keys::FindToken() {
  std::array<CK_SLOT_ID, kTokensMax> slots{};
  CK_ULONG count = slots.size();
  const CK_RV rv = api_->C_GetSlotList(CK_TRUE, slots.data(), &count);
  if (rv != CKR_OK) return TokenError("C_GetSlotList", rv);
  std::string label = options_.token;
  label.resize(sizeof(CK_TOKEN_INFO::label), ' ');
  for (CK_ULONG i = 0; i < count; ++i) {
    CK_TOKEN_INFO info{};
    if (api_->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
        std::equal(label.begin(), label.end(), info.label)) {
      return slots[i];
    }
  }
  return Error(kTokenAway, "no token '" + options_.token + "' among " + std::to_string(count));
}

Result<void> Pkcs11Keys::CheckMechanisms(CK_SLOT_ID slot) {
  std::array<CK_MECHANISM_TYPE, kMechanismsMax> known{};
  CK_ULONG count = known.size();
  const CK_RV rv = api_->C_GetMechanismList(slot, known.data(), &count);
  if (rv != CKR_OK) return TokenError("C_GetMechanismList", rv);
  const auto end = known.begin() + static_cast<std::ptrdiff_t>(count);
  for (const Mechanism& mechanism : kMechanisms) {
    if (std::find(known.begin(), end, mechanism.type) == end) {
      return Error(kTokenMechanism, std::string("no ") + mechanism.name);
    }
  }
  return {};
}

// From whatever state: a new session, logged in.
Result<void> Pkcs11Keys::Connect() {
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.flags = CKF_OS_LOCKING_OK;
  const CK_RV rv = api_->C_Initialize(&arguments);
  if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED) return TokenError("C_Initialize", rv);
  if (session_ != 0) api_->C_CloseSession(session_);
  session_ = 0;
  PLAZA_ASSIGN_OR_RETURN(const CK_SLOT_ID slot, FindToken());
  PLAZA_RETURN_IF_ERROR(CheckMechanisms(slot));
  const CK_RV opened =
      api_->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session_);
  if (opened != CKR_OK) return TokenError("C_OpenSession", opened);
  return LogIn();
}

Result<void> Pkcs11Keys::LogIn() {
  const CK_RV rv =
      api_->C_Login(session_, CKU_USER, Read(AsBytes(options_.pin)), options_.pin.size());
  if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN) return {};
  if (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED || rv == CKR_PIN_LEN_RANGE ||
      rv == CKR_PIN_INVALID || rv == CKR_PIN_EXPIRED || rv == CKR_USER_PIN_NOT_INITIALIZED) {
    return Error(kTokenPin, "the token refused the PIN, C_Login answered " + Code(rv));
  }
  return TokenError("C_Login", rv);
}

// Again, once, if the session was lost.
Result<void> Pkcs11Keys::Do(const char* call, const std::function<CK_RV()>& operation) {
  CK_RV rv = operation();
  if (IsSessionLost(rv)) {
    PLAZA_RETURN_IF_ERROR(Connect());
    rv = operation();
  }
  if (rv == CKR_OK) return {};
  if (rv == CKR_OBJECT_HANDLE_INVALID) return Error(kTokenKeyAway, "no key of this reference");
  if (IsSessionLost(rv)) return Error(kTokenAway, std::string(call) + " answered " + Code(rv));
  return TokenError(call, rv);
}

// CKR_OBJECT_HANDLE_INVALID if there is none.
CK_RV Pkcs11Keys::Find(ByteView reference, CK_OBJECT_HANDLE& handle) {
  CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
  CK_ATTRIBUTE wanted[] = {Attribute(CKA_CLASS, secret),
                           {CKA_ID, Read(reference), reference.size()}};
  CK_RV rv = api_->C_FindObjectsInit(session_, wanted, std::size(wanted));
  if (rv != CKR_OK) return rv;
  CK_ULONG count = 0;
  rv = api_->C_FindObjects(session_, &handle, 1, &count);
  api_->C_FindObjectsFinal(session_);
  if (rv == CKR_OK && count == 0) return CKR_OBJECT_HANDLE_INVALID;
  return rv;
}

CK_RV Pkcs11Keys::Create(emv::KeyRight right, ByteView id, ByteView key) {
  using emv::KeyRight;
  CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
  CK_KEY_TYPE type = right == KeyRight::kHmac ? CKK_GENERIC_SECRET : CKK_AES;
  CK_BBOOL yes = CK_TRUE;
  CK_BBOOL no = CK_FALSE;
  CK_BBOOL sign = right == KeyRight::kDukpt ? CK_FALSE : CK_TRUE;
  const bool derives = right == KeyRight::kAn10922 || right == KeyRight::kDukpt;
  CK_BBOOL encrypt = derives ? CK_TRUE : CK_FALSE;
  std::string label = "plaza-vsam";
  CK_ATTRIBUTE attributes[] = {
      Attribute(CKA_CLASS, secret),    Attribute(CKA_KEY_TYPE, type),
      Attribute(CKA_TOKEN, yes),       Attribute(CKA_PRIVATE, yes),
      Attribute(CKA_SENSITIVE, yes),   Attribute(CKA_EXTRACTABLE, no),
      Attribute(CKA_SIGN, sign),       Attribute(CKA_VERIFY, no),
      Attribute(CKA_ENCRYPT, encrypt), Attribute(CKA_DECRYPT, no),
      Attribute(CKA_WRAP, no),         Attribute(CKA_UNWRAP, no),
      Attribute(CKA_DERIVE, no),       {CKA_LABEL, label.data(), label.size()},
      {CKA_ID, Read(id), id.size()},   {CKA_VALUE, Read(key), key.size()}};
  CK_OBJECT_HANDLE handle = 0;
  return api_->C_CreateObject(session_, attributes, std::size(attributes), &handle);
}

Result<emv::SecretBytes> Pkcs11Keys::Keep(emv::KeyRight right, ByteView key) {
  emv::SecretBytes id{Bytes(kIdBytes)};
  emv::RandomBytes(id.span());
  PLAZA_RETURN_IF_ERROR(Do("C_CreateObject", [&] { return Create(right, id.view(), key); }));
  return id;
}

Result<void> Pkcs11Keys::Forget(ByteView reference) {
  return Do("C_DestroyObject", [&]() -> CK_RV {
    CK_OBJECT_HANDLE handle = 0;
    const CK_RV found = Find(reference, handle);
    if (found == CKR_OBJECT_HANDLE_INVALID) return CKR_OK;
    return found == CKR_OK ? api_->C_DestroyObject(session_, handle) : found;
  });
}

CK_RV Pkcs11Keys::Sign(CK_MECHANISM_TYPE type, ByteView reference, ByteView data,
                       std::span<std::uint8_t> out) {
  CK_OBJECT_HANDLE handle = 0;
  CK_RV rv = Find(reference, handle);
  if (rv != CKR_OK) return rv;
  CK_MECHANISM mechanism{type, nullptr, 0};
  rv = api_->C_SignInit(session_, &mechanism, handle);
  if (rv != CKR_OK) return rv;
  CK_BYTE nothing = 0;  // modules refuse a null pointer, also for no data
  CK_ULONG size = out.size();
  return api_->C_Sign(session_, data.empty() ? &nothing : Read(data), data.size(), out.data(),
                      &size);
}

Result<Sha256Digest> Pkcs11Keys::Hmac(ByteView reference, ByteView data) {
  Sha256Digest digest{};
  PLAZA_RETURN_IF_ERROR(
      Do("C_Sign", [&] { return Sign(CKM_SHA256_HMAC, reference, data, digest); }));
  return digest;
}

Result<emv::SecretBytes> Pkcs11Keys::Cmac(ByteView reference, ByteView message) {
  emv::SecretBytes mac{Bytes(kAesBlock)};
  PLAZA_RETURN_IF_ERROR(
      Do("C_Sign", [&] { return Sign(CKM_AES_CMAC, reference, message, mac.span()); }));
  return mac;
}

Result<emv::SecretBytes> Pkcs11Keys::EncryptBlock(ByteView reference, ByteView block) {
  emv::SecretBytes out{Bytes(kAesBlock)};
  PLAZA_RETURN_IF_ERROR(Do("C_Encrypt", [&]() -> CK_RV {
    CK_OBJECT_HANDLE handle = 0;
    CK_RV rv = Find(reference, handle);
    if (rv != CKR_OK) return rv;
    CK_MECHANISM mechanism{CKM_AES_ECB, nullptr, 0};
    rv = api_->C_EncryptInit(session_, &mechanism, handle);
    if (rv != CKR_OK) return rv;
    CK_ULONG size = out.size();
    return api_->C_Encrypt(session_, Read(block), block.size(), out.span().data(), &size);
  }));
  return out;
}

}  // namespace

Result<std::unique_ptr<emv::KeyBackend>> OpenPkcs11Keys(Pkcs11Options options) {
  auto keys = std::make_unique<Pkcs11Keys>(std::move(options));
  PLAZA_RETURN_IF_ERROR(keys->Start());
  return std::unique_ptr<emv::KeyBackend>(std::move(keys));
}

}  // namespace plaza::devices
