#!/bin/sh
# Runs the conformance suite natively and under Wine, and prints where the two differ.
#
# Usage: run.sh FOLDER_OF_NATIVE_PROGRAMS conformance.exe
#
# Fails when a native case does not end as documented, or when a difference is not explained (see compare.sh).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
native=${1:?say where the native programs are}
foreign=${2:?say which program runs under Wine}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

echo "The table of the service provider, native:"
"$native/conformance_spi" || status=1

echo
echo "Winsock programs, native:"
"$native/conformance_winsock" || status=1

"$native/conformance_winsock" --list >"$work/list"
"$native/conformance_winsock" --results >"$work/native" || true
"$here/run_wine.sh" "$foreign" >"$work/wine"

echo
echo "Here and under Wine:"
"$here/compare.sh" "$work/list" "$work/native" "$work/wine" || status=1
exit $status
