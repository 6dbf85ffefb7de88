#!/usr/bin/env bash
# Several processes of `inlet serve --share-port` serve one port: each gets a part, who ends leaves the rest to the others, and
# nobody else gets in.
#
# Usage: share_port.sh TOOL
set -u -o pipefail

tool=$1

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need sed

second=
clients=64

second_is_decided() { grep -q 'press Ctrl-C' "$work/second.out" || ended "$second"; }

# On the port of the first one. Returns whether it listens.
start_second() {
  : >"$work/second.out"
  "$tool" serve echo --port "$port" "$@" >"$work/second.out" 2>"$work/second.err" </dev/null &
  second=$!
  children+=("$second")
  eventually 20 second_is_decided || fail "the second server does not decide"
  grep -q 'press Ctrl-C' "$work/second.out"
}

# Sets served to what the second has counted.
stop_second() {
  kill -INT "$second"
  eventually 40 ended "$second" || fail "the second server does not stop"
  wait "$second"
  is "exit code of the second server" 0 $?
  served=$(sed -nE 's/.*: ([0-9]+) clients served.*/\1/p' "$work/second.out")
}

# N connections, one after the other, each with a line there and back.
exchange() {
  local i answer good=0
  for i in $(seq "$1"); do
    exec 4<>"/dev/tcp/127.0.0.1/$port"
    echo "line $i" >&4
    IFS= read -r -t 10 -u 4 answer && [ "$answer" = "line $i" ] && good=$((good + 1))
    exec 4>&-
  done
  is "lines that came back" "$1" "$good"
}

# That one of two gets none of 64 connections, or all, happens once in 2^63 times.
both_serve_test() {
  start_server echo --share-port
  start_second --share-port || fail "the second server does not start: $(cat "$work/second.err")"
  exchange $clients
  stop_second
  local of_second=$served
  exchange 8
  stop_server
  is "clients of both" $((clients + 8)) $((of_second + $(total served)))
  [ "$of_second" -gt 0 ] && [ "$of_second" -lt $clients ] && pass || fail "the second one got $of_second of $clients"
}

# The first may come back while the second serves, over what its connections have left.
rolling_restart_test() {
  start_server echo --share-port
  exchange 4
  start_second --share-port || fail "the second server does not start: $(cat "$work/second.err")"
  stop_server
  exchange 4
  "$tool" serve echo --port "$port" --share-port >"$work/server.out" 2>"$work/server.err" </dev/null &
  server=$!
  children+=("$server")
  eventually 20 server_is_decided || fail "the first server does not come back"
  matches "the first server after its restart" 'press Ctrl-C' "$(cat "$work/server.out" "$work/server.err")"
  exchange $clients
  stop_server
  [ "$(total served)" -gt 0 ] && pass || fail "the restarted server gets nothing"
  stop_second
}

# refused FIRST SECOND: their options; the second one exits with 4, "cannot bind".
refused() {
  # shellcheck disable=SC2086  # no option is no word
  start_server echo $1
  # shellcheck disable=SC2086
  if start_second $2; then fail "a server with '$2' gets in beside one with '$1'"; fi
  wait "$second"
  is "exit code of '$2' beside '$1'" 4 $?
  stop_server
}

both_serve_test
rolling_restart_test
refused --share-port ""
refused "" --share-port
finish
