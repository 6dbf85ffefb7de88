#!/bin/sh
# Builds the fuzzers with clang, runs each for FUZZ_SECONDS (60), and prints what each has done. Fails when one has found something;
# the input is then in the build folder.
#
# Usage: tests/fuzz/run.sh BUILD
set -eu
source="$(cd "$(dirname "$0")/../.." && pwd)"
build="$1"
seconds="${FUZZ_SECONDS:-60}"
fuzzers="address credentials line_reader stream_marker tls_stream"

CC=clang CXX=clang++ cmake -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DINLET_BUILD_FUZZERS=ON \
  -DINLET_BUILD_TOOL=OFF -DINLET_BUILD_EXAMPLES=OFF -DINLET_BUILD_BENCH=OFF >/dev/null
for fuzzer in $fuzzers; do targets="${targets:-} fuzz_$fuzzer"; done
cmake --build "$build" --target $targets

result=0
summary=""
for fuzzer in $fuzzers; do
  work="$build/found/$fuzzer"
  mkdir -p "$work/corpus"
  echo "$fuzzer: $seconds s"
  if "$build/tests/fuzz/fuzz_$fuzzer" -max_total_time="$seconds" -artifact_prefix="$work/" -print_final_stats=1 \
    "$work/corpus" >"$work/log" 2>&1; then
    outcome="nothing found"
  else
    outcome="FOUND: see $work"
    tail -40 "$work/log"
    result=1
  fi
  runs="$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")"
  summary="$summary$(printf '%-14s %12s runs  %s' "$fuzzer" "${runs:-?}" "$outcome")
"
done
printf '%s' "$summary"
exit $result
