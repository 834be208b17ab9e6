#include "libs/rpc/certificate.h"

#include <gtest/gtest.h>

#include <ctime>
#include <fstream>

#include "libs/rpc/dev_ca.h"
#include "libs/rpc/errors.h"
#include "tests/support/temp_folder.h"

namespace plaza::rpc {
namespace {

TEST(Certificate, SaysWhenItCeasesToBeValid) {
  const testing::TempFolder folder;
  ASSERT_TRUE(EnsureDevCa(folder.path()).ok());
  const TlsFiles tls = EnsureDevCertificate(folder.path(), "fare", {"server"}, {}).value();
  const auto expiry = CertificateExpiry(tls.cert_pem);
  ASSERT_TRUE(expiry.ok()) << expiry.error().ToString();
  constexpr std::int64_t kDay = 24 * 60 * 60;
  const std::int64_t now = std::time(nullptr);
  EXPECT_GT(*expiry, now + 29 * kDay);  // dev_ca.h: valid for 30 days
  EXPECT_LT(*expiry, now + 31 * kDay);
}

TEST(Certificate, OfAFileThatIsNone) {
  const testing::TempFolder folder;
  const std::string file = folder.path() / "x.pem";
  EXPECT_TRUE(CertificateExpiry(file).error().Is(kBadTls));
  std::ofstream(file) << "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_TRUE(CertificateExpiry(file).error().Is(kBadTls));
}

}  // namespace
}  // namespace plaza::rpc
