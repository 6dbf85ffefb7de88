// The library itself, and the error of the calling thread.
#include <thread>

#include "cases.h"
#include "inet_world.h"

namespace conformance {
namespace {

std::string initialize_with_size(DWORD size) {
  INITDATA data{};
  data.dwSize = size;
  if (!InetInitializeA("any key", &data)) return said(false);
  InetUninitialize();
  return data.dwVersionMajor > 0 || data.dwVersionMinor > 0 ? "ok" : "no version";
}

std::string error_of_another_thread() {
  InetSetLastError(ST_ERROR_NOT_CONNECTED);
  DWORD theirs = 1;
  std::thread([&] { theirs = InetGetLastError(); }).join();
  return say({inet_code_name(theirs), inet_code_name(InetGetLastError())});
}

std::string text_in_small_buffer() {
  char text[6] = "";
  const INT length = InetGetErrorStringA(ST_ERROR_OPERATION_TIMEOUT, text, sizeof text);
  return say({number(length), yes_no(text[5] == '\0')});
}

}  // namespace

void add_library_cases(Suite& suite) {
  suite.table("initialize", "InetInitialize",
              {{"no-data", "lpData is NULL", "ok", "sheet 5.1",
                [] {
                  const bool ok = InetInitializeA(nullptr, nullptr);
                  if (ok) InetUninitialize();
                  return said(ok);
                }},
               {"data", "dwSize is set", "ok", "sheet 5.1", [] { return initialize_with_size(sizeof(INITDATA)); }},
               {"data-size", "dwSize is not set", "ST_ERROR_INVALID_PARAMETER", "sheet 5.1",
                [] { return initialize_with_size(0); }}});
  suite.table(
      "last-error", "InetGetLastError",
      {{"per-thread", "another thread asks", "0, ST_ERROR_NOT_CONNECTED", "sheet 6.3", error_of_another_thread}});
  suite.table("last-error-set", "InetSetLastError", {{"clears", "0 clears it", "0", "sheet 6.3", [] {
                                                        InetSetLastError(ST_ERROR_NOT_CONNECTED);
                                                        InetSetLastError(0);
                                                        return inet_code_name(InetGetLastError());
                                                      }}});
  suite.table("error-text", "InetGetErrorString",
              {{"cut", "the buffer is too small", "5, yes", "sheet 6.3", text_in_small_buffer},
               {"no-buffer", "the buffer is NULL", "0", "sheet 6.3",
                [] { return number(InetGetErrorStringA(ST_ERROR_OPERATION_TIMEOUT, nullptr, 10)); }}});
  suite.table("credentials-delete", "InetDeleteSecurityCredentials",
              {{"null", "NULL is harmless", "0", "sheet 4.5", [] {
                  InetSetLastError(0);
                  InetDeleteSecurityCredentialsA(nullptr);
                  return inet_code_name(InetGetLastError());
                }}});
}

}  // namespace conformance
