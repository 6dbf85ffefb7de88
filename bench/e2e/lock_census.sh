#!/bin/sh
# Whether threads wait for each other's locks while a server with two shards is busy, and what the second shard brings.
#
#   bench/e2e/lock_census.sh BUILD_DIR [SECONDS]
#
# A lock of ours, or of the C library, is a system call (futex) only when somebody has to wait for it, or to be woken. So while 64
# clients and two shards exchange, strace counts the futex calls of each thread, by name; a filter in the kernel lets all other calls
# run at full speed. The watchdog's waits are its clock. A worker's wait is a contended lock, or a spare that goes to sleep: there
# are spares only where callbacks have blocked.
#
# Then the same load with one shard and with two, client and server sharing the machine's processors as they like. There is no
# other machine to put the client on, so what two shards bring is told by the server's processor time for an echo: two
# processors can do twice as many as one, times the ratio of the two figures.
#
# Returns  0; 1 when workers waited more often than once in 10,000 echoes; 2 when it could not be done.
set -u
dir=$(dirname "$(find "${1:-.}" -type f -name inlet_server -perm -u+x 2>/dev/null | head -n 1)")
seconds=${2:-3}
if [ ! -x "$dir/load" ] || ! command -v strace >/dev/null; then
  echo "usage: $0 BUILD_DIR [SECONDS]   (needs bench/e2e built, and strace)" >&2
  exit 2
fi
work=$(mktemp -d)
server=
clean_up() {
  [ -z "$server" ] || kill "$server" 2>/dev/null
  wait
  rm -rf "$work"
}
trap clean_up EXIT

# serve SHARDS [COMMAND...]: starts the server under a command; sets server and port.
serve() {
  shards=$1
  shift
  : >"$work/out"
  "$@" "$dir/inlet_server" --shards "$shards" >"$work/out" 2>&1 &
  server=$!
  for _ in $(seq 200); do
    port=$(sed -n 's/^port=//p' "$work/out")
    [ -z "$port" ] || return
    sleep 0.05
  done
  echo "$0: the server does not start: $(cat "$work/out")" >&2
  exit 2
}

# strace ends with the server that it follows.
end_server() {
  pid=$(pgrep -P "$server" -x inlet_server)
  kill "${pid:-$server}"
  wait "$server"
  server=
}

exchange() { "$dir/load" --port "$port" --connections 64 --threads 2 --seconds "$seconds" "$@"; }

echo "== futex calls of a server with two shards, 64 clients, $seconds s"
serve 2 strace -A -f --seccomp-bpf -qq --decode-pids=comm -e trace=futex -e signal=none -o "$work/calls"
: >"$work/calls" # what starting took is of no interest
exchange >"$work/load" || tail -n 1 "$work/load"
cp "$work/calls" "$work/during"
end_server
echoes=$(sed -n 's/^requests=//p' "$work/out")
echo "echoes: ${echoes:-?}"
awk -v echoes="${echoes:-0}" '
  /resumed/ { next }
  /futex\(/ {
    name = $1; sub(/^[0-9]+</, "", name); sub(/>.*/, "", name)
    names[name] = 1
    if ($0 ~ /FUTEX_(WAIT|LOCK)/) waits[name]++; else wakes[name]++
  }
  END {
    for (name in names) printf "%-16s waits %6d   wakes %6d\n", name, waits[name], wakes[name]
    exit waits["inlet-worker"] * 10000 > echoes
  }' "$work/during"
status=$?

echo
echo "== server processor time for an echo with one shard and with two, the same clients, 5 rounds"
figure() { sed -n "s/^$1=//p" "$work/load"; }
for round in 1 2 3 4 5; do
  line="round $round:"
  for shards in 1 2; do
    serve $shards
    exchange --server-pid "$server" >"$work/load" || tail -n 1 "$work/load"
    end_server
    figure server_ns_per_echo >>"$work/ns$shards"
    line="$line  $shards shard(s) $(figure server_ns_per_echo) ns at $(figure rate) echoes/s"
  done
  echo "$line"
done
paste "$work/ns1" "$work/ns2" | awk '{ print $1 / $2 }' | sort -n | awk '
  { ratio[NR] = $1 }
  END { printf "two processors for two shards: %.2f times one for one (%.2f - %.2f)\n", 2 * ratio[3], 2 * ratio[1], 2 * ratio[5] }'
exit $status
