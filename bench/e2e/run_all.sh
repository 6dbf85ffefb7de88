#!/bin/sh
# Runs the end-to-end benchmarks of a build, prints their tables, and writes the report.
#
#   bench/e2e/run_all.sh BUILD_DIR [--short]
#
# The whole run takes about 40 minutes and writes docs/benchmarks.md and docs/benchmarks.svg; --short (or BENCH_FLAGS=--short in
# the environment) takes about ten and leaves its report in the build folder, because its figures are worth little.
# Wants a quiet machine with at least two processors: servers are bound to the first, the client to the second. Where other
# work disturbs a measurement, it is repeated while some patience lasts; those that stay disturbed are counted in the tables.
set -u
if [ $# -lt 1 ] || [ ! -d "$1" ]; then
  echo "usage: $0 BUILD_DIR [--short]" >&2
  exit 2
fi
bin=$(find "$1" -type f -name compare -perm -u+x | head -n 1)
if [ -z "$bin" ]; then
  echo "$0: no benchmarks in $1: configure with -DINLET_BUILD_BENCH=ON and build" >&2
  exit 2
fi
dir=$(dirname "$bin")
here=$(cd "$(dirname "$0")" && pwd)
short=${2:-${BENCH_FLAGS:-}}
# Many short slices rather than few long rounds: what disturbs a machine comes and goes within seconds. Ten thousand connections need
# longer ones: with shorter ones most would only just have begun.
slices="--rounds 5 --slices 16"
long_slices="--rounds 2 --slices 20 --seconds 0.5"
pace=${short:---rounds 9 --seconds 1}
stall_rounds=5
blocker_rounds=15
blocker_seconds=5
if [ -n "$short" ]; then
  slices="--rounds 1 --slices 10"
  long_slices="--rounds 1 --slices 5 --seconds 0.5"
  stall_rounds=1
  blocker_rounds=3
  blocker_seconds=2
fi
results=$dir/results.jsonl
docs=$here/../../docs
status=0

: >"$results"
ulimit -n "$(ulimit -Hn)" 2>/dev/null

title() {
  echo
  echo "== $*"
}

# Calls one of the programs; a failure is remembered and does not end the run.
run() {
  program=$1
  shift
  "$dir/$program" "$@" || {
    echo "-- failed: $program $*"
    status=1
  }
}

title "noise of this machine: the reference beside itself"
run compare --peers epoll,epoll --scenarios c64,c1000,conn $slices

title "echo, connections and TLS; server and client bound to a processor each"
run compare $slices --patience 120 --scenarios c1,c64,c1000,16k,p16,conn,tls,tls-conn --out "$results"
run compare $long_slices --patience 60 --scenarios c10000 --out "$results"

title "the same, not bound, two shards"
run compare $pace --free --patience 60 --scenarios c64,c1000,conn --out "$results"

title "system calls"
if command -v perf >/dev/null || command -v strace >/dev/null; then
  run compare --syscalls --scenarios c1,c64,c1000,16k,p16,conn,tls --out "$results"
else
  echo "neither perf nor strace is installed"
fi

title "callbacks that block: 200 that sleep a second beside 500 clients that ping"
# beside_sleepers ROUNDS SECONDS PEER...: a round after the other, in each of which every server has its turn. The peer "nobody" is
# Inlet without sleepers.
beside_sleepers() {
  rounds=$1
  seconds=$2
  shift 2
  while [ "$rounds" -gt 0 ]; do
    for peer in "$@"; do
      who="--peer $peer"
      [ "$peer" != nobody ] || who="--peer inlet --sleepers 0"
      [ "$peer" = epoll ] || [ "$peer" = nobody ] || [ -x "$dir/${peer}_server" ] || continue
      run blockers --seconds "$seconds" $who --waiters 0 --spinners 0 --may-stall --out "$results"
    done
    rounds=$((rounds - 1))
  done
}

# The sleepers wake up together, once a second, so a phase is whole seconds long: each has as many of these moments as seconds.
# Who stalls does so every time. Of the others a hundredth of the pings is soon slow where a machine has neighbours: only many
# rounds, and the median of their seconds, tell whose doing it was.
beside_sleepers "$stall_rounds" 2 epoll asio libuv libevent
beside_sleepers "$blocker_rounds" "$blocker_seconds" inlet go thread nobody

title "callbacks that block, in more ways"
run blockers $short
echo
echo "-- a fifth of the pings: even beside computing callbacks the server then needs less than a fair share of its processor"
run blockers $short --interval-ms 100

title "idle connections"
run idle --out "$results"
run idle --tls --connections 1000 --out "$results"
for connections in 5000 18000; do
  run idle --peers inlet --connections $connections --out "$results"
done

title "broadcast"
run broadcast $short --out "$results"

if [ -x "$dir/file" ]; then
  title "a file of 1 GiB"
  run file ${short:---rounds 15} --out "$results"
fi

title "locks, and a second shard"
"$here/lock_census.sh" "$1" || echo "-- failed or contended: lock_census.sh"

title "layer 2 beside the bare system calls"
run layer2 $short

title "a listener that is accepted promptly beside a bare one"
run accept_rate $short

if [ -x "$dir/micro" ]; then
  title "single parts"
  run micro --benchmark_min_time=0.1 --benchmark_out="$dir/micro.json" --benchmark_out_format=json
fi

title "report"
[ -z "$short" ] || docs=$dir
if command -v python3 >/dev/null; then
  python3 "$here/report.py" "$results" "$docs/benchmarks.md" "$docs/benchmarks.svg" || status=1
else
  echo "python3 is not installed: the results are in $results"
fi
exit $status
