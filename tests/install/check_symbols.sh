#!/bin/sh
# Fails when a shared library exports a name, or needs a library, that is not on the lists beside this script.
#
# Usage: check_symbols.sh LIBRARY
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
library="$1"

# Prints the lines of standard input that match no expression of the list.
strangers() { grep -v '^#' "$here/$1" | sed 's/.*/^&$/' >"$work/list" && grep -vEf "$work/list" || true; }

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
LC_ALL=C nm -D --defined-only "$library" | awk '{ print $NF }' | sed 's/@.*//' >"$work/names"
LC_ALL=C readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' >"$work/needed"
# An empty list would pass everything that follows.
for list in names needed; do
  [ -s "$work/$list" ] || { echo "$library: no $list found in it"; exit 1; }
done

strangers exported-symbols.txt <"$work/names" >"$work/bad_names"
strangers needed-libraries.txt <"$work/needed" >"$work/bad_needed"
c++filt <"$work/bad_names" | sed 's/^/exported, but not on the list: /'
sed 's/^/needed, but not on the list: /' "$work/bad_needed"
echo "$(wc -l <"$work/names") names, $(wc -l <"$work/needed") libraries needed"
[ ! -s "$work/bad_names" ] && [ ! -s "$work/bad_needed" ]
