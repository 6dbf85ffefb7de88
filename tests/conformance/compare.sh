#!/bin/sh
# Compares what the conformance suite says natively and under Wine, case by case.
#
# Usage: compare.sh NATIVE_LIST NATIVE_RESULTS WINE_RESULTS
#
# NATIVE_LIST is what the native program prints with --list. A case that both answer alike, or that is native only, is
# fine. Every other one must stand in wine_differences.txt with Wine's answer and the key of a reason; docs/winsock.md
# explains each key. Differences without a reason, and reasons without a difference, are printed and fail the run.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
known="$here/wine_differences.txt"
page="$here/../../docs/winsock.md"

awk -F'\t' -v known="$known" -v page="$page" '
  function read_reasons(line, parts) {
    while ((getline line < known) > 0) {
      if (line ~ /^#/ || line == "") continue
      split(line, parts, "\t")
      answer[parts[1]] = parts[2]
      reason[parts[1]] = parts[3]
    }
    while ((getline line < page) > 0) if (match(line, /^\| `W-[a-z0-9-]+` \|/)) explained[substr(line, 4, RLENGTH - 6)] = 1
  }
  function complain(text) { print "UNEXPLAINED  " text; ++bad }
  BEGIN { read_reasons() }
  FILENAME == ARGV[1] { expected[$1] = $3; source[$1] = $4; condition[$1] = $5; next }
  FILENAME == ARGV[2] { native[$1] = $2; order[++count] = $1; next }
  { wine[$1] = $2 }
  END {
    for (i = 1; i <= count; ++i) {
      id = order[i]
      if (native[id] != expected[id]) { print "NOT AS DOCUMENTED  " id ": expected " expected[id] ", got " native[id]; ++bad }
      if (!(id in wine)) { ++alone; continue }
      if (wine[id] == native[id]) {
        ++same
        if (id in reason && answer[id] != "*") complain(id ": the table says that Wine answers " answer[id] ", but both say " native[id])
        continue
      }
      ++different
      line = id ": " condition[id] ": here " native[id] ", Wine " wine[id]
      if (!(id in reason)) { complain(line); continue }
      if (answer[id] != "*" && answer[id] != wine[id]) { complain(line ", the table says " answer[id]); continue }
      if (!(reason[id] in explained)) { complain(line ": docs/winsock.md does not explain " reason[id]); continue }
      ++per_reason[reason[id]]
      print "explained    " line " (" reason[id] "; we follow " source[id] ")"
    }
    for (id in reason) if (!(id in native)) complain(id ": in the table, but there is no such case")
    print ""
    for (key in per_reason) printf "%5d  %s\n", per_reason[key], key
    printf "%d cases: %d answered alike, %d different, %d native only; %d unexplained\n", count, same, different, alone, bad
    exit bad > 0
  }' "$1" "$2" "$3"
