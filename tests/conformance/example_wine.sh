#!/bin/sh
# Builds examples/socket_server.cpp for Windows and puts it through its test under Wine.
#
# Usage: example_wine.sh OUTPUT_FOLDER    leaves socket_server.exe there
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root="$here/../.."
out=${1:?say where to build}
compiler=${MINGW_CXX:-x86_64-w64-mingw32-g++-posix}
mkdir -p "$out"
program="$out/socket_server.exe"

if [ ! -e "$program" ] || [ "$root/examples/socket_server.cpp" -nt "$program" ]; then
  "$compiler" -std=c++20 -O1 -Wall -Wextra -Werror -static "$root/examples/socket_server.cpp" -o "$program" -lws2_32
fi
# shellcheck source=wine_prefix.sh
. "$here/wine_prefix.sh"
bash "$root/tests/tool/socket_server.sh" wine "$program"
