// WSPAddressToString and WSPStringToAddress.
#include <vector>

#include "conformance/spi/cases.h"
#include "conformance/spi/table.h"

namespace conformance::spi {
namespace {

std::vector<WCHAR> wide(const char* text) {
  std::vector<WCHAR> result;
  for (const char* at = text; *at != 0; ++at) result.push_back(static_cast<WCHAR>(*at));
  result.push_back(0);
  return result;
}

std::string print(const Name& name, DWORD room, DWORD size_of_name = 0) {
  std::vector<WCHAR> text(room + 1);
  DWORD length = room;
  int error = 0;
  Name copy = name;
  const DWORD size = size_of_name == 0 ? static_cast<DWORD>(name.size) : size_of_name;
  const int result = wsp.lpWSPAddressToString(copy.get(), size, nullptr, text.data(), &length, &error);
  std::string narrow;
  if (result == 0)
    for (const WCHAR* at = text.data(); *at != 0; ++at) narrow += static_cast<char>(*at);
  return say({result == 0 ? narrow : code_name(error), std::to_string(length)});
}

std::string parse(int family, const char* text, int room = sizeof(sockaddr_in6)) {
  std::vector<WCHAR> copy = wide(text);
  Name name;
  int size = room;
  int error = 0;
  const int result = wsp.lpWSPStringToAddress(copy.data(), family, nullptr, name.get(), &size, &error);
  if (result != 0) return say({code_name(error), std::to_string(size)});
  return say({std::to_string(ntohs(name.v4.sin_port)), std::to_string(size)});
}

}  // namespace

void add_text_cases(Suite& suite) {
  suite.table("spi.WSPAddressToString", "WSPAddressToString",
              {
                  {"v4", "IPv4", "127.0.0.1, 10", "spi:addresstostring", [] { return print(loopback(), 64); }},
                  {"v4-port", "IPv4 with a port", "127.0.0.1:80, 13", "spi:addresstostring",
                   [] { return print(loopback(AF_INET, htons(80)), 64); }},
                  {"v6", "IPv6", "::1, 4", "spi:addresstostring", [] { return print(loopback(AF_INET6), 64); }},
                  {"v6-port", "IPv6 with a port", "[::1]:80, 9", "spi:addresstostring",
                   [] { return print(loopback(AF_INET6, htons(80)), 64); }},
                  {"EFAULT-room", "no room: the length says what is needed", "WSAEFAULT, 10", "spi:addresstostring",
                   [] { return print(loopback(), 9); }},
                  {"EFAULT-room-0", "no room at all", "WSAEFAULT, 10", "spi:addresstostring",
                   [] { return print(loopback(), 0); }},
                  {"exact", "exact room", "127.0.0.1, 10", "spi:addresstostring", [] { return print(loopback(), 10); }},
                  {"EINVAL-family", "an unknown family", "WSAEINVAL, 64", "spi:addresstostring",
                   [] { return print(with_family(loopback(), 250), 64); }},
                  {"EFAULT-null", "the address is NULL", "WSAEFAULT", "spi:addresstostring",
                   [] {
                     WCHAR text[64];
                     DWORD length = 64;
                     int error = 0;
                     return answer(wsp.lpWSPAddressToString(nullptr, 16, nullptr, text, &length, &error), error);
                   }},
                  {"EFAULT-null-length", "the length pointer is NULL", "WSAEFAULT", "spi:addresstostring",
                   [] {
                     WCHAR text[64];
                     Name name = loopback();
                     int error = 0;
                     return answer(wsp.lpWSPAddressToString(name.get(), 16, nullptr, text, nullptr, &error), error);
                   }},
                  {"null-errno", "it fails and lpErrno is NULL", "fails", "sheet 1.1",
                   [] {
                     DWORD length = 0;
                     Name name = loopback();
                     return std::string(wsp.lpWSPAddressToString(name.get(), 16, nullptr, nullptr, &length, nullptr) ==
                                                SOCKET_ERROR
                                            ? "fails"
                                            : "succeeds");
                   }},
              });
  suite.table(
      "spi.WSPStringToAddress", "WSPStringToAddress",
      {
          {"v4", "IPv4: port, length", "0, 16", "spi:stringtoaddress", [] { return parse(AF_INET, "127.0.0.1"); }},
          {"v4-port", "IPv4 with a port", "80, 16", "spi:stringtoaddress",
           [] { return parse(AF_INET, "127.0.0.1:80"); }},
          {"v6", "IPv6", "0, 28", "spi:stringtoaddress", [] { return parse(AF_INET6, "::1"); }},
          {"v6-port", "IPv6 with a port", "80, 28", "spi:stringtoaddress", [] { return parse(AF_INET6, "[::1]:80"); }},
          {"EFAULT-room", "no room: the length says what is needed", "WSAEFAULT, 16", "spi:stringtoaddress",
           [] { return parse(AF_INET, "127.0.0.1", 15); }},
          {"EFAULT-room-v6", "no room, IPv6", "WSAEFAULT, 28", "spi:stringtoaddress",
           [] { return parse(AF_INET6, "::1", 16); }},
          {"EINVAL-text", "no address", "WSAEINVAL, 28", "spi:stringtoaddress",
           [] { return parse(AF_INET, "nonsense"); }},
          {"EINVAL-family", "an unknown family", "WSAEINVAL, 28", "spi:stringtoaddress",
           [] { return parse(250, "127.0.0.1"); }},
          {"EFAULT-null", "the address is NULL", "WSAEFAULT", "spi:stringtoaddress",
           [] {
             std::vector<WCHAR> text = wide("127.0.0.1");
             int size = 16;
             int error = 0;
             return answer(wsp.lpWSPStringToAddress(text.data(), AF_INET, nullptr, nullptr, &size, &error), error);
           }},
      });
}

}  // namespace conformance::spi
