#!/bin/sh
# Runs the Winsock part of the conformance suite under Wine and prints every case as <id>TAB<result>.
#
# Usage: run_wine.sh conformance.exe > RESULTS
#
# A case that crashes ends the program there; it is marked, and the rest is run by a new one. Wine gets a folder of its
# own, which is removed at the end.
set -eu

program=$(readlink -f "${1:?say which program}")
# shellcheck source=wine_prefix.sh
. "$(dirname "$0")/wine_prefix.sh"
after=""
while :; do
  set -- --results --foreign
  [ -z "$after" ] || set -- "$@" --after "$after"
  timeout 600 wine "$program" "$@" 2>/dev/null </dev/null | tr -d '\r' >"$work/part" || true
  [ -s "$work/part" ] || break
  cat "$work/part"
  # A whole line ends with a line feed; the line of a crash stops after the id.
  [ -n "$(tail -c 1 "$work/part")" ] || break
  echo crashes
  after=$(tail -n 1 "$work/part" | cut -f 1)
done
