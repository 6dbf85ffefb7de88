// FormatMessage: the texts of errors, from the one table and a few more that only windows.h knows.
#include <cstdlib>
#include <cstring>
#include <string>

#include <windows.h>

#include "base/error.h"
#include "base/utf16.h"
#include "winsock/fail.h"

namespace inlet::winsock {
namespace {

// The errors of windows.h that are no errors of Winsock. The table of base/error.cpp comes first.
std::string_view own_text(DWORD code) {
  switch (code) {
    case ERROR_ACCESS_DENIED: return "Access is denied";
    case ERROR_GEN_FAILURE: return "The thread or device does not work any more";
    case ERROR_HANDLE_EOF: return "The end has been reached";
    case ERROR_NOT_SUPPORTED: return "The request is not supported";
    case ERROR_NETNAME_DELETED: return "The connection was reset by the peer";
    case ERROR_INVALID_PARAMETER: return "A parameter is not valid";
    case ERROR_INSUFFICIENT_BUFFER: return "The buffer is too small";
    case ERROR_INVALID_NAME: return "The name is not valid";
    case ERROR_ALREADY_EXISTS: return "There is an object of that name already";
    case ERROR_FILENAME_EXCED_RANGE: return "The name is too long";
    case WAIT_TIMEOUT: return "The time of the wait is over";
    case ERROR_MORE_DATA: return "There is more data";
    case ERROR_NOT_OWNER: return "The mutex is not held by the caller";
    case ERROR_TOO_MANY_POSTS: return "The semaphore would count above its maximum";
    case ERROR_MR_MID_NOT_FOUND: return "There is no text for that number";
    case ERROR_ABANDONED_WAIT_0: return "The completion port was closed during the wait";
    case ERROR_IO_INCOMPLETE: return "The overlapped operation is not complete yet";
    case ERROR_NOACCESS: return "The address is not valid";
    case ERROR_NOT_FOUND: return "There is no such operation";
    case ERROR_CONNECTION_REFUSED: return "The connection was refused";
    case ERROR_CONNECTION_ABORTED: return "The connection was aborted on this side";
    case ERROR_INVALID_WINDOW_HANDLE: return "The window handle is not valid";
    case ERROR_NO_SYSTEM_RESOURCES: return "The system has no more of them";
    case ERROR_TIMEOUT: return "The time is over";
    case ERROR_NOT_ENOUGH_QUOTA: return "The message queue is full";
    default: return {};
  }
}

// Inet's private numbers have no name and are none of the system's.
bool is_known(Error error) {
  return error == Error::none || !name_of(error).empty();
}

// What FormatMessage writes; empty when the number is not known.
std::string message_of(DWORD code, DWORD flags) {
  const auto error = static_cast<Error>(code);
  std::string text(is_known(error) ? text_of(error) : own_text(code));
  if (text.empty()) return text;
  const bool one_line = (flags & FORMAT_MESSAGE_MAX_WIDTH_MASK) != 0;
  return text + (one_line ? ". " : ".\r\n");
}

// The other form's text, in this form's characters.
void convert(std::string text, std::string* out) {
  *out = std::move(text);
}
void convert(const std::string& text, std::u16string* out) {
  *out = to_utf16(text);
}

template <class Character>
DWORD write_allocated(const std::basic_string<Character>& text, DWORD least, Character** to) {
  const size_t room = std::max<size_t>(text.size() + 1, least);
  auto* buffer = static_cast<Character*>(std::calloc(room, sizeof(Character)));
  if (buffer == nullptr) return fail(DWORD{0}, ERROR_NOT_ENOUGH_MEMORY);
  text.copy(buffer, text.size());
  *to = buffer;
  return static_cast<DWORD>(text.size());
}

template <class Character>
DWORD format(DWORD flags, DWORD code, Character* buffer, DWORD room) {
  return guarded(DWORD{0}, [&]() -> DWORD {
    if (buffer == nullptr || (flags & FORMAT_MESSAGE_FROM_SYSTEM) == 0) return fail(DWORD{0}, ERROR_INVALID_PARAMETER);
    std::basic_string<Character> text;
    convert(message_of(code, flags), &text);
    if (text.empty()) return fail(DWORD{0}, ERROR_MR_MID_NOT_FOUND);
    // By Windows' design the pointer's address travels as if it were a text's.
    if ((flags & FORMAT_MESSAGE_ALLOCATE_BUFFER) != 0)
      return write_allocated(text, room, reinterpret_cast<Character**>(buffer));
    if (text.size() >= room) return fail(DWORD{0}, ERROR_INSUFFICIENT_BUFFER);
    text.copy(buffer, text.size());
    buffer[text.size()] = 0;
    return static_cast<DWORD>(text.size());
  });
}

}  // namespace
}  // namespace inlet::winsock

DWORD WINAPI FormatMessageA(DWORD dwFlags, LPCVOID, DWORD dwMessageId, DWORD, LPSTR lpBuffer, DWORD nSize, va_list*) {
  return inlet::winsock::format(dwFlags, dwMessageId, lpBuffer, nSize);
}
DWORD WINAPI FormatMessageW(DWORD dwFlags, LPCVOID, DWORD dwMessageId, DWORD, LPWSTR lpBuffer, DWORD nSize, va_list*) {
  return inlet::winsock::format(dwFlags, dwMessageId, lpBuffer, nSize);
}

HLOCAL WINAPI LocalFree(HLOCAL hMem) {
  std::free(hMem);
  return nullptr;
}
