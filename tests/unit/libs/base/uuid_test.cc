#include "libs/base/uuid.h"

#include <gtest/gtest.h>

namespace plaza {
namespace {

TEST(Uuid, Version5OfTheDnsNameOfTheRfc) {
  // RFC 9562, appendix A.4: UUIDv5 of "www.example.com" in the DNS namespace.
  const Uuid dns = Uuid::Parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8").value();
  EXPECT_EQ(Uuid::V5(dns, "www.example.com").ToText(), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

}  // namespace
}  // namespace plaza
