#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace inlet {
namespace {

TEST(ErrorTable, TranslatesWhatSocketCallsSay) {
  const struct {
    int number;
    int wsa;
  } rows[] = {
      {EACCES, 10013},       {EPERM, 10013},        {EFAULT, 10014},        {EINVAL, 10022},       {EMFILE, 10024},
      {ENFILE, 10024},       {EAGAIN, 10035},       {EINPROGRESS, 10035},   {EALREADY, 10037},     {EBADF, 10038},
      {ENOTSOCK, 10038},     {EDESTADDRREQ, 10039}, {EMSGSIZE, 10040},      {ENOPROTOOPT, 10042},  {EOPNOTSUPP, 10045},
      {EAFNOSUPPORT, 10047}, {EADDRINUSE, 10048},   {EADDRNOTAVAIL, 10049}, {ENETDOWN, 10050},     {ENETUNREACH, 10051},
      {ECONNABORTED, 10053}, {ECONNRESET, 10054},   {ENOBUFS, 10055},       {ENOMEM, 10055},       {EISCONN, 10056},
      {ENOTCONN, 10057},     {ETIMEDOUT, 10060},    {ECONNREFUSED, 10061},  {EHOSTUNREACH, 10065}, {ECANCELED, 995}};
  for (const auto& row : rows) EXPECT_EQ(wsa_code(error_of_errno(row.number)), row.wsa) << "errno " << row.number;
}

TEST(ErrorTable, AnUnforeseenNumberIsNotSuccess) {
  EXPECT_EQ(error_of_errno(0), Error::none);
  EXPECT_EQ(error_of_errno(ENOTTY), Error::system_failure);
  EXPECT_EQ(error_of_errno(-1), Error::system_failure);
  EXPECT_EQ(text_of(static_cast<Error>(31999)), "Unknown error");
}

TEST(ErrorTable, InetCodesAreThePrefixAndTheNumber) {
  EXPECT_EQ(inet_code(Error::none), 0u);
  EXPECT_EQ(inet_code(Error::not_socket), 0x80042736u);
  EXPECT_EQ(inet_code(Error::address_in_use), 0x80042740u);
  EXPECT_EQ(inet_code(Error::host_not_found), 0x80042AF9u);
  for (int number = 10000; number < 11100; ++number)
    EXPECT_EQ(error_of_inet_code(inet_code(static_cast<Error>(number))), static_cast<Error>(number));
}

TEST(ErrorTable, NamesAreWinsocks) {
  EXPECT_EQ(name_of(Error::conn_reset), "WSAECONNRESET");
  EXPECT_EQ(name_of(Error::not_initialised), "WSANOTINITIALISED");
  EXPECT_EQ(name_of(static_cast<Error>(31999)), "");
}

}  // namespace
}  // namespace inlet
