#!/usr/bin/env bash
# How `inlet serve` ends: in order at the first signal, whatever its clients are doing, and at once at the second.
#
# Usage: stop.sh TOOL
set -u -o pipefail

tool=$1

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need socat timeout mkfifo

# open_client FD: a connection that has been served already, so it is in the server's hands and not in a queue.
open_client() {
  local answer=
  eval "exec $1<>/dev/tcp/127.0.0.1/$port"
  echo "hello from $1" >&"$1"
  IFS= read -r -t 10 -u "$1" answer
  is "echo to client $1" "hello from $1" "$answer"
}

# An end of stream gives status 1 without a word, a reset makes bash complain, silence gives a status above 128.
sees_orderly_end() {
  local rest=
  IFS= read -r -t 10 -u "$1" rest 2>"$work/read.err"
  is "what client $1 sees when the server stops" "1  " "$? $rest $(cat "$work/read.err")"
}

orderly_test() {
  start_server echo --verbose
  open_client 4
  open_client 5
  open_client 6
  local stop_since
  stop_since=$(now_ms)
  stop_server "$1"
  [ $(($(now_ms) - stop_since)) -le 5000 ] && pass || fail "stopping took $(($(now_ms) - stop_since)) ms"
  sees_orderly_end 4
  sees_orderly_end 5
  sees_orderly_end 6
  exec 4>&- 5>&- 6>&-
  is "clients served" 3 "$(total served)"
  is "clients at a time" 3 "$(total peak)"
  is "bytes in" 39 "$(total in)"
  is "bytes out" 39 "$(total out)"
  is "lines about clients that the stop ended" 3 "$(grep -c '13 bytes in, 13 bytes out: server stopped$' "$work/server.out")"
}

# Callbacks that wait in the middle of a write are no obstacle.
stuck_clients_test() {
  start_server chargen
  exec 4<>"/dev/tcp/127.0.0.1/$port" 5<>"/dev/tcp/127.0.0.1/$port"
  IFS= read -r -t 10 -u 4 _ && IFS= read -r -t 10 -u 5 _ || fail "no answer from chargen"
  local stop_since
  stop_since=$(now_ms)
  stop_server
  [ $(($(now_ms) - stop_since)) -le 5000 ] && pass || fail "stopping took $(($(now_ms) - stop_since)) ms"
  exec 4>&- 5>&-
  is "clients served" 2 "$(total served)"
}

# Neither are callbacks that move data as fast as they can.
streaming_test() {
  start_server chargen
  local pids=() number
  for number in 1 2 3; do
    timeout 60 socat -u "TCP:127.0.0.1:$port" STDOUT 2>/dev/null | wc -c >"$work/received.$number" &
    pids+=($!)
    children+=($!)
  done
  eventually 20 served_bytes || fail "chargen does not get going"
  stop_server TERM
  wait "${pids[@]}"
  local received=0
  for number in 1 2 3; do received=$((received + $(cat "$work/received.$number"))); done
  [ "$received" -gt 0 ] && pass || fail "nothing was received"
  # What was on its way when the server stopped may be lost; what was received must have been counted.
  [ "$received" -le "$(total out)" ] && pass || fail "received $received bytes, of which the server counted $(total out)"
  is "clients served" 3 "$(total served)"
}

# The three clients are at work: the server has used some processor time on them.
served_bytes() { [ "$(awk '{print $14 + $15}' "/proc/$server/stat")" -ge 20 ]; }

pending_signals_are_taken() { grep -q '^ShdPnd:[[:space:]]*0*$' "/proc/$server/status"; }

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

# A server that cannot finish, because its output goes into a pipe that is full and that nobody reads, ends at once when it is
# told a second time.
impatient_test() {
  local signal=$1 expected=$2
  rm -f "$work/pipe"
  mkfifo "$work/pipe"
  exec 8<>"$work/pipe"
  dd if=/dev/zero of="$work/pipe" bs=4096 oflag=nonblock 2>/dev/null
  for _ in 1 2 3; do
    port=$(pick_port)
    "$tool" serve echo --port "$port" --verbose >"$work/pipe" 2>"$work/server.err" </dev/null &
    server=$!
    children+=("$server")
    eventually 10 listens && break
  done
  kill -"$signal" "$server"
  eventually 10 pending_signals_are_taken && pass || fail "the first SIG$signal is not taken"
  ended "$server" && fail "the server has ended though its output is stuck: this test shows nothing"
  kill -"$signal" "$server"
  eventually 10 ended "$server" && pass || {
    fail "a second SIG$signal does not end the server"
    kill -KILL "$server"
  }
  wait "$server"
  is "exit code after a second SIG$signal" "$expected" $?
  exec 8>&-
}

# A program started by nohup lives on when its terminal goes away.
hangup_test() {
  start_server echo
  stop_server HUP
  port=$(pick_port)
  : >"$work/server.out" # the first server's words are not the second one's
  (
    trap '' HUP
    exec "$tool" serve echo --port "$port"
  ) >"$work/server.out" 2>"$work/server.err" </dev/null &
  server=$!
  children+=("$server")
  eventually 20 server_is_decided
  kill -HUP "$server"
  open_client 4
  exec 4>&-
  stop_server
}

for test in "orderly INT" "orderly TERM" "stuck_clients" "streaming" "impatient INT 130" "impatient TERM 143" "hangup"; do
  start=$(now_ms)
  read -r name arguments <<<"$test"
  # shellcheck disable=SC2086  # the arguments are words of their own
  "${name}_test" $arguments
  echo "$test: $(($(now_ms) - start)) ms"
done
finish
