#!/usr/bin/env bash
# `inlet connect` against servers that other people wrote: half-close, large transfers, broken ends.
#
# Usage: connect.sh TOOL
set -u -o pipefail

tool=$1

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need nc socat timeout sha256sum mkfifo

listens() { grep -qi "$(printf ' 0100007F:%04X 00000000:0000 0A' "$port")" /proc/net/tcp; }

# foreign_server ADDRESS: socat serves one client on a free port with the given socat address.
foreign_server() {
  for _ in 1 2 3; do
    port=$(pick_port)
    timeout 60 socat -t 30 "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr" "$1" 2>"$work/foreign.err" &
    children+=($!)
    eventually 10 listens && return
  done
  fail "socat does not listen: $(cat "$work/foreign.err")"
}

# connect [OPTIONS...]: the tool, with its errors in $work/err.
connect() { timeout 40 "$tool" connect 127.0.0.1 "$port" "$@" 2>"$work/err"; }

silent() { is "complaints: $1" "" "$(cat "$work/err")"; }

# The answer comes only after the server has seen the end of our input.
half_close_test() {
  foreign_server 'SYSTEM:wc -c'
  is "answer after the end of our input" 5 "$(printf hello | connect)"
  silent "half-close"

  foreign_server 'SYSTEM:sha256sum'
  head -c 20000000 /dev/urandom >"$work/data"
  is "checksum of 20 MB over there" "$(sha256sum <"$work/data")" "$(connect <"$work/data")"
  silent "upload"
}

# A server that sends all its data before it reads any, while we have more to send than any buffer holds.
both_ways_test() {
  foreign_server 'SYSTEM:head -c 20000000 /dev/zero; wc -c'
  connect <"$work/data" >"$work/answer"
  is "exit code" 0 $?
  silent "both ways at once"
  is "zeros received before the count" 20000000 "$(head -c 20000000 "$work/answer" | tr -dc '\0' | wc -c)"
  is "bytes counted by the server" 20000000 "$(tail -c +20000001 "$work/answer")"
}

# The server's end of stream ends the program though our input stays open.
server_ends_test() {
  start_server daytime
  mkfifo "$work/input"
  exec 7<>"$work/input"
  matches "time" '^20[0-9T:-]*Z' "$(connect <"$work/input")"
  silent "server ends first"
  exec 7>&-

  # Closed standard streams must not end up as sockets.
  matches "time, without standard input" '^20[0-9T:-]*Z' "$(connect <&-)"
  silent "no standard input"
  connect </dev/null >&-
  is "exit code without standard output" 0 $?

  matches "time from a host with a name" '^20[0-9T:-]*Z' "$("$tool" connect localhost "$port" </dev/null)"
  stop_server
}

# A reader that has had enough is no error; a full disk is one.
output_test() {
  start_server chargen
  connect </dev/null | head -c 100 >"$work/answer"
  is "exit codes when the reader leaves" "0 0" "${PIPESTATUS[*]}"
  silent "the reader leaves"
  is "bytes before the reader left" 100 "$(wc -c <"$work/answer")"

  connect </dev/null >/dev/full
  is "exit code with a full disk" 1 $?
  matches "full disk" '^inlet: connection to 127\.0\.0\.1 port [0-9]+: cannot write standard output: No space left' \
    "$(cat "$work/err")"

  # An input that breaks off must not look like one that is complete: the tool gives up, endless as the answer is.
  connect </ >/dev/null
  is "exit code with an unreadable input" 1 $?
  matches "unreadable input" 'cannot read standard input: Is a directory' "$(cat "$work/err")"
  stop_server
}

broken_test() {
  port=$(pick_port)
  connect </dev/null
  is "exit code when nobody listens" 1 $?
  is "complaint when nobody listens" "inlet: cannot connect to 127.0.0.1 port $port: The connection was refused" \
    "$(cat "$work/err")"

  # A server that reads nothing and is killed: the system resets the connection, because data has been left unread.
  local foreign
  mkfifo "$work/full"
  exec 8<>"$work/full"
  dd if=/dev/zero of="$work/full" bs=4096 oflag=nonblock 2>/dev/null
  for _ in 1 2 3; do
    port=$(pick_port)
    nc -l 127.0.0.1 "$port" >"$work/full" </dev/null &
    foreign=$!
    children+=("$foreign")
    eventually 10 listens && break
  done
  connect <"$work/data" &
  local client=$!
  children+=("$client")
  eventually 20 has_unread_data || fail "no data has reached the server"
  kill -KILL "$foreign"
  wait "$foreign" 2>/dev/null
  wait "$client"
  is "exit code after a reset" 1 $?
  matches "reset" '^inlet: connection to 127\.0\.0\.1 port [0-9]+: The connection was (reset|aborted)' "$(cat "$work/err")"
  exec 8>&-
}

# Some connection of the server's port has a receive queue that is not empty.
has_unread_data() {
  grep -qiE "$(printf ' 0100007F:%04X [0-9A-F:]+ 01 [0-9A-F]+:0*[1-9A-F]' "$port")" /proc/net/tcp
}

timeout_test() {
  start_server echo
  is "echo of no standard input at all" "" "$(connect <&-)"
  silent "echo of no standard input at all"
  exec 7<>"$work/input"
  local since
  since=$(now_ms)
  connect --timeout 1 <"$work/input"
  is "exit code when nothing moves" 1 $?
  since=$(($(now_ms) - since))
  [ "$since" -ge 900 ] && [ "$since" -le 10000 ] && pass || fail "a timeout of 1 s took $since ms"
  matches "timeout" '^inlet: connection to 127\.0\.0\.1 port [0-9]+: .*timed out' "$(cat "$work/err")"
  exec 7>&-
  stop_server
}

for test in half_close both_ways server_ends output broken timeout; do
  start=$(now_ms)
  "${test}_test"
  echo "$test: $(($(now_ms) - start)) ms"
done
finish
