#include "libs/rpc/identity.h"

#include <fstream>
#include <vector>

#include "libs/rpc/errors.h"
#include "libs/rpc/limits.h"
#include "libs/rpc/openssl_handles.h"

namespace plaza::rpc {
namespace {

constexpr std::string_view kValidatorUri = "plaza:validator:";

std::vector<std::string> SubjectTexts(X509* certificate, int nid) {
  std::vector<std::string> texts;
  X509_NAME* subject = X509_get_subject_name(certificate);
  for (int at = X509_NAME_get_index_by_NID(subject, nid, -1); at >= 0;
       at = X509_NAME_get_index_by_NID(subject, nid, at)) {
    unsigned char* utf8 = nullptr;
    const int length =
        ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (length < 0) continue;
    texts.emplace_back(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(length));
    OPENSSL_free(utf8);
  }
  return texts;
}

std::vector<std::string> UriNames(X509* certificate) {
  std::vector<std::string> uris;
  const NamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      static_cast<std::size_t>(ASN1_STRING_length(uri)));
  }
  return uris;
}

Result<std::string> ReadPem(const std::string& path, const char* what) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error(kBadTls, std::string("cannot read the ") + what, path);
  std::string text(kPemBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kPemBytesMax) {
    return Error(kBadTls, std::string("too large for a ") + what, path);
  }
  return text;
}

}  // namespace

Result<Caller> CallerOf(const std::string& certificate_pem) {
  const OpensslErrors cleared;
  const X509Ptr certificate = ParseCertificate(certificate_pem);
  if (!certificate)
    return Error(kNoIdentity, "the call has no client certificate that can be read");
  Caller caller;
  const std::vector<std::string> names = SubjectTexts(certificate.get(), NID_commonName);
  if (names.size() != 1)
    return Error(kNoIdentity, "the client certificate has no single common name");
  caller.name = names.front();
  for (std::string& role : SubjectTexts(certificate.get(), NID_organizationalUnitName)) {
    caller.roles.insert(std::move(role));
  }
  for (const std::string& uri : UriNames(certificate.get())) {
    if (uri.starts_with(kValidatorUri)) caller.validators.insert(uri.substr(kValidatorUri.size()));
  }
  return caller;
}

Result<std::shared_ptr<const Caller>> CallerCache::Get(const std::string& certificate_pem) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = callers_.find(certificate_pem);
    if (found != callers_.end()) return found->second;
  }
  PLAZA_ASSIGN_OR_RETURN(Caller caller, CallerOf(certificate_pem));
  auto shared = std::make_shared<const Caller>(std::move(caller));
  const std::lock_guard lock(mutex_);
  if (callers_.size() >= kCallersCachedMax) callers_.clear();
  callers_.emplace(certificate_pem, shared);
  return shared;
}

Result<TlsTexts> ReadTls(const TlsFiles& files, OwnCertificate own) {
  TlsTexts texts;
  PLAZA_ASSIGN_OR_RETURN(texts.ca, ReadPem(files.ca_pem, "CA certificate"));
  if (!ParseCertificate(texts.ca)) return Error(kBadTls, "not a PEM certificate", files.ca_pem);
  if (own == OwnCertificate::kOptional && files.cert_pem.empty() && files.key_pem.empty()) {
    return texts;
  }
  PLAZA_ASSIGN_OR_RETURN(texts.cert, ReadPem(files.cert_pem, "certificate"));
  PLAZA_ASSIGN_OR_RETURN(texts.key, ReadPem(files.key_pem, "private key"));
  const X509Ptr certificate = ParseCertificate(texts.cert);
  if (!certificate) return Error(kBadTls, "not a PEM certificate", files.cert_pem);
  const KeyPtr key = ParseKey(texts.key);
  if (!key) return Error(kBadTls, "not a PEM private key", files.key_pem);
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return Error(kBadTls, "the key does not belong to " + files.cert_pem, files.key_pem);
  }
  return texts;
}

}  // namespace plaza::rpc
