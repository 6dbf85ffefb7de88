#!/bin/sh
# Compares what the public headers promise with the cases of conformance_inet: every function they declare, and every ST_ERROR_* that
# stands under Errors in a function's docstring. Fails for what has no case and is not excepted, and for exceptions that are not needed.
#
# A docstring belongs to the declarations that follow it without an empty line or another comment between them. A case covers a function
# when it names it without A or W, and an error when that is among the results it expects.
#
# Usage: coverage.sh PROGRAM EXCEPTIONS HEADER...
set -eu
program="$1"
exceptions="$2"
shift 2
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export LC_ALL=C

# "Function" and "Function ST_ERROR_X", one a line.
awk '
  function bare(name) { sub(/[AW]$/, "", name); return name }
  FNR == 1 || /^$/ || /^#/ || /^\/\*/ { delete errors; in_errors = 0; declared = 0 }
  /^\/\// {
    if (declared) { delete errors; in_errors = 0; declared = 0 }
    if ($0 ~ /^\/\/ [A-Z][a-z]+ /) in_errors = ($2 == "Errors")
    if (in_errors) {
      line = $0
      while (match(line, /ST_ERROR_[A-Z_]+/)) {
        errors[substr(line, RSTART, RLENGTH)] = 1
        line = substr(line, RSTART + RLENGTH)
      }
    }
  }
  /^INLET_API .*Inet[A-Za-z]*\(/ {
    declared = 1
    match($0, /Inet[A-Za-z]*\(/)
    name = bare(substr($0, RSTART, RLENGTH - 1))
    print name
    for (error in errors) print name, error
  }' "$@" | sort -u >"$work/promised"

"$program" --list | awk -F '\t' '
  {
    print $2
    line = $3
    while (match(line, /ST_ERROR_[A-Z_]+/)) {
      print $2, substr(line, RSTART, RLENGTH)
      line = substr(line, RSTART + RLENGTH)
    }
  }' | sort -u >"$work/covered"
sed -n 's/^\(Inet[A-Za-z]* ST_ERROR_[A-Z_]*\)  *[^ ].*/\1/p' "$exceptions" | sort >"$work/excepted"

[ -s "$work/promised" ] || { echo "no docstrings found"; exit 1; }
[ -s "$work/covered" ] || { echo "no cases found"; exit 1; }
comm -23 "$work/promised" "$work/covered" >"$work/open"
comm -23 "$work/open" "$work/excepted" | sed 's/^/no case for: /' >"$work/bad"
comm -23 "$work/excepted" "$work/open" | sed 's/^/excepted without need: /' >>"$work/bad"
cat "$work/bad"
functions=$(grep -vc ' ' "$work/promised")
errors=$(grep -c ' ' "$work/promised")
covered=$(comm -12 "$work/promised" "$work/covered" | grep -c ' ' || true)
echo "$functions functions, $errors documented errors: $covered with a case, $(wc -l <"$work/excepted") shown elsewhere"
[ ! -s "$work/bad" ]
