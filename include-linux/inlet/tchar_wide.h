/* What <tchar.h> means when UNICODE or _UNICODE is defined: the C library's text functions for WCHAR, which Linux lacks. Included by
 * <tchar.h> only.
 *
 * Shape    As the narrow functions of the same kind. Upper and lower case are those of ASCII.
 */
#ifndef INLET_TCHAR_WIDE_H
#define INLET_TCHAR_WIDE_H

#include <stdlib.h>
#include <string.h>

#include <inlet/wintypes.h>

#define INLET_WIDE(text) u##text
#ifndef TEXT
#define TEXT(text) INLET_WIDE(text)
#endif
#define _T(text) INLET_WIDE(text)
#define _TEXT(text) INLET_WIDE(text)
#define _TCHAR WCHAR
#define _TINT int
#define _TEOF (-1)

static inline size_t inlet_wide_length(const WCHAR* text) {
  size_t length = 0;
  while (text[length] != 0) ++length;
  return length;
}
static inline WCHAR* inlet_wide_copy(WCHAR* to, const WCHAR* from) {
  memcpy(to, from, (inlet_wide_length(from) + 1) * sizeof(WCHAR));
  return to;
}
/* Fills up with zeros; does not end the text when it does not fit. */
static inline WCHAR* inlet_wide_copy_at_most(WCHAR* to, const WCHAR* from, size_t count) {
  size_t i = 0;
  for (; i < count && from[i] != 0; ++i) to[i] = from[i];
  for (; i < count; ++i) to[i] = 0;
  return to;
}
static inline WCHAR* inlet_wide_append(WCHAR* to, const WCHAR* from) {
  inlet_wide_copy(to + inlet_wide_length(to), from);
  return to;
}
static inline WCHAR inlet_wide_lower(WCHAR character) {
  return character >= 'A' && character <= 'Z' ? (WCHAR)(character + ('a' - 'A')) : character;
}
static inline int inlet_wide_compare_at_most(const WCHAR* first, const WCHAR* second, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (first[i] != second[i]) return first[i] < second[i] ? -1 : 1;
    if (first[i] == 0) return 0;
  }
  return 0;
}
static inline int inlet_wide_compare(const WCHAR* first, const WCHAR* second) {
  return inlet_wide_compare_at_most(first, second, (size_t)-1);
}
static inline int inlet_wide_compare_caseless(const WCHAR* first, const WCHAR* second) {
  for (; inlet_wide_lower(*first) == inlet_wide_lower(*second); ++first, ++second)
    if (*first == 0) return 0;
  return inlet_wide_lower(*first) < inlet_wide_lower(*second) ? -1 : 1;
}
static inline WCHAR* inlet_wide_find(const WCHAR* text, int character) {
  for (; *text != (WCHAR)character; ++text)
    if (*text == 0) return NULL;
  return (WCHAR*)text;
}
static inline WCHAR* inlet_wide_find_last(const WCHAR* text, int character) {
  const WCHAR* found = NULL;
  for (;; ++text) {
    if (*text == (WCHAR)character) found = text;
    if (*text == 0) return (WCHAR*)found;
  }
}
static inline WCHAR* inlet_wide_find_text(const WCHAR* text, const WCHAR* wanted) {
  const size_t length = inlet_wide_length(wanted);
  for (;; ++text) {
    if (inlet_wide_compare_at_most(text, wanted, length) == 0) return (WCHAR*)text;
    if (*text == 0) return NULL;
  }
}
static inline WCHAR* inlet_wide_duplicate(const WCHAR* text) {
  WCHAR* copy = (WCHAR*)malloc((inlet_wide_length(text) + 1) * sizeof(WCHAR));
  return copy == NULL ? NULL : inlet_wide_copy(copy, text);
}
/* A number is digits of ASCII, so its text can be made narrow; what follows does not count. */
static inline long inlet_wide_to_long(const WCHAR* text) {
  char narrow[32];
  size_t length = 0;
  while (*text == ' ' || (*text >= '\t' && *text <= '\r')) ++text;
  for (; length < sizeof(narrow) - 1 && text[length] != 0 && text[length] < 0x80; ++length)
    narrow[length] = (char)text[length];
  narrow[length] = 0;
  return strtol(narrow, NULL, 10);
}
static inline int inlet_wide_to_int(const WCHAR* text) {
  return (int)inlet_wide_to_long(text);
}

#define _tcslen inlet_wide_length
#define _tcscpy inlet_wide_copy
#define _tcsncpy inlet_wide_copy_at_most
#define _tcscat inlet_wide_append
#define _tcscmp inlet_wide_compare
#define _tcsncmp inlet_wide_compare_at_most
#define _tcsicmp inlet_wide_compare_caseless
#define _tcschr inlet_wide_find
#define _tcsrchr inlet_wide_find_last
#define _tcsstr inlet_wide_find_text
#define _tcsdup inlet_wide_duplicate
#define _ttoi inlet_wide_to_int
#define _tstoi inlet_wide_to_int
#define _ttol inlet_wide_to_long
#define _tstol inlet_wide_to_long

#endif /* INLET_TCHAR_WIDE_H */
