#include "libs/rpc/dev_ca.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <openssl/rand.h>

#include "libs/rpc/dev_files.h"
#include "libs/rpc/errors.h"
#include "libs/rpc/identity.h"
#include "libs/rpc/limits.h"
#include "libs/rpc/openssl_handles.h"

namespace plaza::rpc {
namespace {

constexpr long kClockSkewSeconds = 300;  // a machine whose clock is a little behind accepts it too
constexpr long kDaySeconds = 24 * 60 * 60;

struct Pair {
  X509Ptr certificate;
  KeyPtr key;
};

// Two processes that start at once must not mix their halves of a pair.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder)
      : fd_(open((folder + "/.lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
    if (fd_ >= 0) flock(fd_, LOCK_EX);
  }
  ~FolderLock() {
    if (fd_ >= 0) close(fd_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  bool held() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::string Take(const BioPtr& bio) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(length));
}

Result<void> Save(const Pair& pair, const std::string& stem) {
  const BioPtr key(BIO_new(BIO_s_mem()));
  const BioPtr certificate(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PrivateKey(key.get(), pair.key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1 ||
      PEM_write_bio_X509(certificate.get(), pair.certificate.get()) != 1) {
    return Error(kBadDevCa, "cannot encode", stem);
  }
  PLAZA_RETURN_IF_ERROR(WriteWhole(stem + ".key", Take(key), 0600));
  return WriteWhole(stem + ".pem", Take(certificate), 0644);
}

// Null members if a file is missing or is not what its name says.
Pair LoadPair(const std::string& stem) {
  Pair pair;
  pair.certificate = ParseCertificate(ReadIfThere(stem + ".pem"));
  pair.key = ParseKey(ReadIfThere(stem + ".key"));
  const bool match = pair.certificate && pair.key &&
                     X509_check_private_key(pair.certificate.get(), pair.key.get()) == 1;
  return match ? std::move(pair) : Pair{};
}

bool AddName(X509_NAME* name, const char* field, const std::string& text) {
  return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1;
}

bool AddExtension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// A version 3 certificate with a key of its own, not signed yet.
Pair Draft(const std::string& common_name, const std::set<std::string>& roles, long days) {
  Pair pair{X509Ptr(X509_new()), KeyPtr(EVP_EC_gen("P-256"))};
  std::array<unsigned char, 16> serial{};
  if (!pair.certificate || !pair.key || RAND_bytes(serial.data(), serial.size()) != 1) return {};
  serial[0] &= 0x7F;  // RFC 5280, 4.1.2.2: positive
  X509* certificate = pair.certificate.get();
  BIGNUM* number = BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr);
  const bool numbered = number != nullptr &&
                        BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  bool good = numbered && X509_set_version(certificate, X509_VERSION_3) == 1 &&
              X509_set_pubkey(certificate, pair.key.get()) == 1;
  X509_gmtime_adj(X509_getm_notBefore(certificate), -kClockSkewSeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate), days * kDaySeconds);
  X509_NAME* name = X509_get_subject_name(certificate);
  good = good && AddName(name, "O", "Plaza development") && AddName(name, "CN", common_name);
  for (const std::string& role : roles) good = good && AddName(name, "OU", role);
  return good ? std::move(pair) : Pair{};
}

bool Sign(const Pair& pair, X509* issuer, EVP_PKEY* issuer_key) {
  return X509_set_issuer_name(pair.certificate.get(), X509_get_subject_name(issuer)) == 1 &&
         X509_sign(pair.certificate.get(), issuer_key, EVP_sha256()) > 0;
}

bool HasTimeLeft(X509* certificate, long seconds) {
  std::time_t then = std::time(nullptr) + seconds;
  return X509_cmp_time(X509_get0_notAfter(certificate), &then) > 0;
}

// Is what lies there still what is asked for?
bool StillGood(const Pair& pair, const Pair& ca, const std::string& name,
               const std::set<std::string>& roles, const std::set<std::string>& validators) {
  if (!pair.certificate ||
      X509_verify(pair.certificate.get(), X509_get0_pubkey(ca.certificate.get())) != 1) {
    return false;
  }
  if (!HasTimeLeft(pair.certificate.get(), kDevRenewSeconds)) return false;
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(bio.get(), pair.certificate.get()) != 1) return false;
  const Result<Caller> caller = CallerOf(Take(bio));
  return caller.ok() && caller->name == name &&
         std::set<std::string>(caller->roles.begin(), caller->roles.end()) == roles &&
         std::set<std::string>(caller->validators.begin(), caller->validators.end()) == validators;
}

// Names become file names and extension values: letters, digits and a few marks only.
bool IsPlain(const std::string& text) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_*";
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of(kAllowed) == std::string::npos;
}

Result<Pair> EnsureCaLocked(const std::string& folder) {
  Pair ca = LoadPair(folder + "/ca");
  if (ca.certificate && HasTimeLeft(ca.certificate.get(), kDevRenewSeconds)) return ca;
  ca = Draft("Plaza development CA", {}, kDevCaDays);
  const bool made =
      ca.certificate &&
      AddExtension(ca.certificate.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
      AddExtension(ca.certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
      AddExtension(ca.certificate.get(), NID_subject_key_identifier, "hash") &&
      Sign(ca, ca.certificate.get(), ca.key.get());
  if (!made) return Error(kBadDevCa, "OpenSSL could not make the CA", folder);
  PLAZA_RETURN_IF_ERROR(Save(ca, folder + "/ca"));
  return ca;
}

Result<void> EnsureFolder(const std::string& folder) {
  std::error_code failed;
  if (std::filesystem::create_directories(folder, failed)) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  }
  if (!std::filesystem::is_directory(folder, failed)) {
    return Error(kBadDevCa, "cannot make the folder", folder);
  }
  return {};
}

}  // namespace

Result<void> EnsureDevCa(const std::string& folder) {
  PLAZA_RETURN_IF_ERROR(EnsureFolder(folder));
  const FolderLock lock(folder);
  if (!lock.held()) return Error(kBadDevCa, "cannot write in the folder", folder);
  Result<Pair> ca = EnsureCaLocked(folder);
  if (!ca.ok()) return ca.error();
  return {};
}

Result<TlsFiles> EnsureDevCertificate(const std::string& folder, const std::string& name,
                                      const std::set<std::string>& roles,
                                      const std::set<std::string>& validators) {
  bool plain = IsPlain(name) && name != "ca";
  for (const std::string& role : roles) plain = plain && IsPlain(role);
  for (const std::string& validator : validators) plain = plain && IsPlain(validator);
  if (!plain) return Error(kBadDevCa, "names are letters, digits, - and _, and not 'ca'", name);
  PLAZA_RETURN_IF_ERROR(EnsureFolder(folder));
  const FolderLock lock(folder);
  if (!lock.held()) return Error(kBadDevCa, "cannot write in the folder", folder);
  PLAZA_ASSIGN_OR_RETURN(const Pair ca, EnsureCaLocked(folder));
  const std::string stem = folder + "/" + name;
  const TlsFiles files{folder + "/ca.pem", stem + ".pem", stem + ".key"};
  if (StillGood(LoadPair(stem), ca, name, roles, validators)) return files;

  std::string names = "DNS:localhost,IP:127.0.0.1";
  for (const std::string& validator : validators) names += ",URI:plaza:validator:" + validator;
  const Pair pair = Draft(name, roles, kDevCertificateDays);
  const bool made =
      pair.certificate &&
      AddExtension(pair.certificate.get(), NID_basic_constraints, "critical,CA:FALSE") &&
      AddExtension(pair.certificate.get(), NID_key_usage, "critical,digitalSignature") &&
      AddExtension(pair.certificate.get(), NID_ext_key_usage, "serverAuth,clientAuth") &&
      AddExtension(pair.certificate.get(), NID_subject_alt_name, names) &&
      Sign(pair, ca.certificate.get(), ca.key.get());
  if (!made) return Error(kBadDevCa, "OpenSSL could not make the certificate", stem);
  PLAZA_RETURN_IF_ERROR(Save(pair, stem));
  return files;
}

}  // namespace plaza::rpc
