#!/bin/sh
# Fails when the shared library lacks a function of inet_functions.list that is not in pending.txt, when one of those is there, or when
# a public header declares an Inet function that the list does not have.
#
# Usage: check_names.sh FOLDER-OF-THE-LISTS FOLDER-OF-THE-HEADERS LIBRARY
set -eu
lists="$1"
headers="$2"
library="$3"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export LC_ALL=C

sed -n 's/^PLAIN([A-Z]*, \([A-Za-z]*\),.*/\1/p; s/^TEXT([A-Z]*, \([A-Za-z]*\),.*/\1A\n\1W/p' "$lists/inet_functions.list" |
  sort >"$work/all"
sed -n 's/^\(Inet[A-Za-z]*\)$/\1/p' "$lists/pending.txt" |
  while read -r name; do grep -x "$name[AW]\{0,1\}" "$work/all" || echo "$name"; done | sort >"$work/pending"
nm -D --defined-only "$library" | awk '{ print $NF }' | sed 's/@.*//' | sort >"$work/exported"
sed -n 's/^INLET_API.* \(Inet[A-Za-z]*\)(.*/\1/p' "$headers"/inet_*.h | sort -u >"$work/declared"
for list in all exported declared; do
  [ -s "$work/$list" ] || { echo "no $list names found"; exit 1; }
done

comm -23 "$work/all" "$work/pending" >"$work/due"
comm -23 "$work/due" "$work/exported" | sed 's/^/missing: /' >"$work/bad"
comm -12 "$work/pending" "$work/exported" | sed 's/^/there, and still in pending.txt: /' >>"$work/bad"
comm -23 "$work/pending" "$work/all" | sed 's/^/pending, and not in the list: /' >>"$work/bad"
comm -23 "$work/declared" "$work/all" | sed 's/^/declared, and not in the list: /' >>"$work/bad"
cat "$work/bad"
echo "$(wc -l <"$work/all") names, $(wc -l <"$work/pending") of them pending"
[ ! -s "$work/bad" ]
