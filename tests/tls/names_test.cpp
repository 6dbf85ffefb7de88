#include "tls/names.h"

#include <gtest/gtest.h>

#include "support/certificates.h"

namespace inlet::tls {
namespace {

TEST(Names, CoverOneLabelWithAWildcard) {
  EXPECT_TRUE(covers("a.example", "a.example"));
  EXPECT_TRUE(covers("*.example", "a.example"));
  EXPECT_FALSE(covers("*.example", "example"));
  EXPECT_FALSE(covers("*.example", ".example"));
  EXPECT_FALSE(covers("*.example", "a.b.example"));
  EXPECT_FALSE(covers("*", "example"));
  EXPECT_FALSE(covers("a*.example", "ab.example"));
  EXPECT_FALSE(covers("a.*.example", "a.b.example"));
}

TEST(Names, AreFolded) {
  EXPECT_EQ(folded("WWW.Example.COM."), "www.example.com");
  EXPECT_EQ(folded("."), ".");
  EXPECT_EQ(folded(""), "");
}

TEST(Names, ComeFromTheSanAndElseFromTheCommonName) {
  test::CertificatePlan plan;
  plan.common_name = "Common.example";
  EXPECT_EQ(host_names_of(test::Certificate(plan).x509()), std::vector<std::string>{"localhost"});
  plan.names = {"A.example", "*.b.example"};
  EXPECT_EQ(host_names_of(test::Certificate(plan).x509()), (std::vector<std::string>{"a.example", "*.b.example"}));
  plan.names.clear();
  EXPECT_EQ(host_names_of(test::Certificate(plan).x509()), std::vector<std::string>{"common.example"});
  plan.addresses = {"10.0.0.1"};
  EXPECT_TRUE(host_names_of(test::Certificate(plan).x509()).empty()) << "there is a SAN, so the common name is no host";
  plan.addresses.clear();
  plan.common_name.clear();
  EXPECT_TRUE(host_names_of(test::Certificate(plan).x509()).empty());
}

TEST(Names, AreFoundExactBeforeWildcard) {
  NameIndex index;
  index.add("*.example", 1);
  index.add("a.example", 2);
  index.add("a.example", 3);
  EXPECT_EQ(index.find("a.example"), 2u) << "the first one";
  EXPECT_EQ(index.find("A.EXAMPLE."), 2u);
  EXPECT_EQ(index.find("b.example"), 1u);
  for (const char* absent : {"", ".", "example", ".example", "a.b.example", "*"})
    EXPECT_FALSE(index.find(absent)) << absent;
  EXPECT_FALSE(index.find(std::string(256, 'a'))) << "longer than any host name";
}

}  // namespace
}  // namespace inlet::tls
