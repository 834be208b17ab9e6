#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>

#include "libs/rpc/errors.h"
#include "libs/rpc/identity.h"
#include "tests/unit/libs/rpc/fixture.h"

namespace plaza::rpc {
namespace {

using ::testing::UnorderedElementsAre;

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

mode_t Mode(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(stat(path.c_str(), &status), 0);
  return status.st_mode & 0777;
}

using DevCaTest = RpcTest;

TEST_F(DevCaTest, CertificatesCarryNamesRolesAndValidators) {
  const TlsFiles files = Certificate("depot", {"validator", "support"}, {"GDL-*", "ZAP-01"});
  const auto caller = CallerOf(ReadFile(files.cert_pem));
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ(caller->name, "depot");
  EXPECT_THAT(caller->roles, UnorderedElementsAre("validator", "support"));
  EXPECT_THAT(caller->validators, UnorderedElementsAre("GDL-*", "ZAP-01"));
  EXPECT_TRUE(caller->MaySpeakFor("GDL-0001"));
  EXPECT_TRUE(caller->MaySpeakFor("ZAP-01"));
  EXPECT_FALSE(caller->MaySpeakFor("ZAP-011"));
  EXPECT_FALSE(caller->MaySpeakFor("GD"));
}

TEST_F(DevCaTest, KeysAreForTheirOwnerOnly) {
  const TlsFiles files = Certificate("server", {});
  EXPECT_EQ(Mode(files.key_pem), 0600u);
  EXPECT_EQ(Mode(folder_ + "/ca/ca.key"), 0600u);
}

TEST_F(DevCaTest, WhatIsThereStaysAndWhatChangedIsMadeAgain) {
  const std::string first = ReadFile(Certificate("server", {"admin"}).cert_pem);
  EXPECT_EQ(ReadFile(Certificate("server", {"admin"}).cert_pem), first);
  EXPECT_NE(ReadFile(Certificate("server", {"support"}).cert_pem), first);
  // A damaged file is made again too.
  std::ofstream(folder_ + "/ca/server.pem") << "nonsense";
  EXPECT_TRUE(CallerOf(ReadFile(Certificate("server", {"support"}).cert_pem)).ok());
}

TEST_F(DevCaTest, NamesThatAreNotPlainAreRefused) {
  for (const char* name : {"", "../x", "a/b", "a,URI:plaza:validator:*", "ca"}) {
    const auto made = EnsureDevCertificate(folder_, name, {}, {});
    ASSERT_FALSE(made.ok()) << name;
    EXPECT_TRUE(made.error().Is(kBadDevCa));
  }
  EXPECT_FALSE(EnsureDevCertificate(folder_, "x", {}, {"A,DNS:evil"}).ok());
}

TEST_F(DevCaTest, AFolderThatCannotBeMadeIsNamed) {
  std::ofstream(folder_ + "/file") << "x";
  const auto made = EnsureDevCa(folder_ + "/file/ca");
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().where(), folder_ + "/file/ca");
}

TEST_F(DevCaTest, WhatIsNoCertificateIsNoIdentity) {
  for (const std::string& pem :
       {std::string(), std::string("-----BEGIN CERTIFICATE-----\nAAAA\n")}) {
    const auto caller = CallerOf(pem);
    ASSERT_FALSE(caller.ok());
    EXPECT_TRUE(caller.error().Is(kNoIdentity));
  }
}

}  // namespace
}  // namespace plaza::rpc
