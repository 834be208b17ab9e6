#include "libs/rpc/certificate.h"

#include <ctime>
#include <fstream>
#include <iterator>

#include "libs/rpc/errors.h"
#include "libs/rpc/openssl_handles.h"

namespace plaza::rpc {

Result<std::int64_t> CertificateExpiry(const std::string& pem_file) {
  std::ifstream in(pem_file, std::ios::binary);
  const std::string pem((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const X509Ptr certificate = ParseCertificate(pem);
  std::tm until{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &until) != 1) {
    return Error(kBadTls, "no certificate in PEM", pem_file);
  }
  return std::int64_t{timegm(&until)};
}

}  // namespace plaza::rpc
