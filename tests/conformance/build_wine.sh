#!/bin/sh
# Builds the Winsock part of the conformance suite for Windows.
#
# Usage: build_wine.sh OUTPUT_FOLDER    leaves conformance.exe there; compiles only what has changed
#
# The posix flavour of the compiler brings std::thread.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=${1:?say where to build}
compiler=${MINGW_CXX:-x86_64-w64-mingw32-g++-posix}
mkdir -p "$out"
out=$(cd "$out" && pwd)

is_stale() { [ ! -e "$2" ] || [ -n "$(find "$1" "$here"/*.h "$here"/winsock/*.h -newer "$2" -print -quit)" ]; }

stale=""
for source in "$here/suite.cpp" "$here/codes.cpp" "$here"/winsock/*.cpp; do
  ! is_stale "$source" "$out/$(basename "$source" .cpp).o" || stale="$stale $source"
done
# 0x0A00 is Windows 10: the newest calls and constants.
[ -z "$stale" ] || printf '%s\n' $stale | xargs -P "${JOBS:-2}" -I{} sh -c \
  '"$1" -std=c++20 -O1 -Wall -Wextra -D_WIN32_WINNT=0x0A00 -c "$3" -o "$2/$(basename "$3" .cpp).o"' sh "$compiler" "$out" {}
"$compiler" -static "$out"/*.o -o "$out/conformance.exe" -lws2_32 -lmswsock
