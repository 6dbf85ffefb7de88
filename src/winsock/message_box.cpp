#include <windows.h>

#include "base/utf16.h"
#include "winsock/fail.h"

namespace {

// NULL stays NULL.
struct Narrow {
  explicit Narrow(LPCWSTR wide) : missing(wide == nullptr) {
    if (!missing) text = inlet::to_utf8({wide, static_cast<size_t>(lstrlenW(wide))});
  }
  LPCSTR get() const { return missing ? nullptr : text.c_str(); }

  const bool missing;
  std::string text;
};

}  // namespace

int WINAPI MessageBoxA(HWND, LPCSTR lpText, LPCSTR lpCaption, UINT uType) {
  // One call, so that lines of several threads do not mix. Windows' own caption for none is "Error".
  fprintf(stderr, "%s: %s\n", lpCaption != nullptr ? lpCaption : "Error", lpText != nullptr ? lpText : "");
  switch (uType & MB_TYPEMASK) {
    case MB_YESNO:
    case MB_YESNOCANCEL: return IDYES;
    case MB_ABORTRETRYIGNORE: return IDABORT;
    case MB_RETRYCANCEL: return IDCANCEL;
    default: return IDOK;
  }
}

int WINAPI MessageBoxW(HWND hWnd, LPCWSTR lpText, LPCWSTR lpCaption, UINT uType) {
  return inlet::winsock::guarded(
      0, [&] { return MessageBoxA(hWnd, Narrow(lpText).get(), Narrow(lpCaption).get(), uType); });
}

void WINAPI OutputDebugStringA(LPCSTR lpOutputString) {
  if (lpOutputString != nullptr) fputs(lpOutputString, stderr);
}

void WINAPI OutputDebugStringW(LPCWSTR lpOutputString) {
  inlet::winsock::guarded(0, [&] {
    OutputDebugStringA(Narrow(lpOutputString).get());
    return 0;
  });
}
