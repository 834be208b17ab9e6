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

void SetExpiryMetrics(runtime::Metrics& metrics, const TlsFiles& tls, const std::string& own) {
  const std::pair<std::string, const std::string&> files[] = {{"ca", tls.ca_pem},
                                                              {own, tls.cert_pem}};
  for (const auto& [name, file] : files) {
    const auto expiry = CertificateExpiry(file);
    if (!expiry.ok()) continue;
    metrics
        .AddGauge("plaza_certificate_expiry_seconds",
                  "When a certificate ceases to be valid, Unix time", {{"certificate", name}})
        .Set(*expiry);
  }
}

}  // namespace plaza::rpc
