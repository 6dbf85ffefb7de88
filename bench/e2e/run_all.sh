#!/bin/sh
# Runs the end-to-end benchmarks of a build and prints their tables; under five minutes in all.
#
#   bench/e2e/run_all.sh BUILD_DIR [--short]
#
# Wants a quiet machine with at least two processors: servers are bound to the first, the client to the second. Where other
# work disturbs a round, it is repeated while a minute of patience lasts; rounds that stay disturbed are counted in the tables.
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
short=${2:-}
status=0

echo "== noise of this machine: the reference beside itself"
"$dir/compare" --peer raw_epoll_server --scenarios c64 --rounds 3 --seconds 1 || status=1
echo
echo "== echo beside raw epoll"
"$dir/compare" $short --patience 60 --scenarios c64,c1,c1000,conn || status=1
echo
echo "== system calls"
if command -v strace >/dev/null; then
  "$dir/compare" --rounds 0 --syscalls --scenarios c64,conn || status=1
else
  echo "strace is not installed"
fi
echo
echo "== callbacks that block"
"$dir/blockers" $short || status=1
echo
echo "-- a fifth of the pings: even beside computing callbacks the server then needs less than a fair share of its processor"
"$dir/blockers" $short --interval-ms 100 || status=1
echo
echo "== idle connections"
"$dir/idle" || status=1
echo
echo "== layer 2 beside the bare system calls"
"$dir/layer2" $short || status=1
echo
echo "== a listener that is accepted promptly beside a bare one"
"$dir/accept_rate" $short || status=1
exit $status
