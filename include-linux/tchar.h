/* The generic-text names of Windows' C library, for Linux. Without UNICODE and _UNICODE they mean the narrow functions and text
 * is UTF-8; with them they mean functions for WCHAR (UTF-16, char16_t), as far as there are any.
 *
 * Differs  The C library of Linux reads, writes and formats no UTF-16, so with UNICODE there is no _tprintf, _tfopen, _tmain and
 *          their like: the names are not defined. _sntprintf always ends the text, as snprintf does; Windows' own leaves it open when it does not fit.
 * Source   Generic-Text Mappings, Windows C run-time reference
 */
#ifndef INLET_TCHAR_H
#define INLET_TCHAR_H

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <inlet/wintypes.h>

#if defined(UNICODE) || defined(_UNICODE)

#include <inlet/tchar_wide.h>

#else

#ifndef TEXT
#define TEXT(text) text
#endif
#define _T(text) text
#define _TEXT(text) text
#define _TCHAR char
#define _TINT int
#define _TEOF EOF

#define _tmain main
#define _tgetenv getenv
#define _tsystem system

#define _tprintf printf
#define _ftprintf fprintf
#define _stprintf sprintf
#define _sntprintf snprintf
#define _vtprintf vprintf
#define _vftprintf vfprintf
#define _vstprintf vsprintf
#define _vsntprintf vsnprintf
#define _tscanf scanf
#define _ftscanf fscanf
#define _stscanf sscanf

#define _tfopen fopen
#define _fgetts fgets
#define _fputts fputs
#define _putts puts
#define _puttchar putchar
#define _gettchar getchar
#define _fgettc fgetc
#define _fputtc fputc
#define _tperror perror

#define _tcslen strlen
#define _tcscpy strcpy
#define _tcsncpy strncpy
#define _tcscat strcat
#define _tcsncat strncat
#define _tcscmp strcmp
#define _tcsncmp strncmp
#define _tcsicmp strcasecmp
#define _tcsnicmp strncasecmp
#define _tcschr strchr
#define _tcsrchr strrchr
#define _tcsstr strstr
#define _tcspbrk strpbrk
#define _tcsspn strspn
#define _tcscspn strcspn
#define _tcstok strtok
#define _tcsdup strdup

#define _ttoi atoi
#define _tstoi atoi
#define _ttol atol
#define _tstol atol
#define _tstof atof
#define _tcstol strtol
#define _tcstoul strtoul
#define _tcstod strtod

#define _totupper toupper
#define _totlower tolower
#define _istalpha isalpha
#define _istdigit isdigit
#define _istalnum isalnum
#define _istspace isspace
#define _istupper isupper
#define _istlower islower
#define _istprint isprint

#endif

#endif /* INLET_TCHAR_H */
