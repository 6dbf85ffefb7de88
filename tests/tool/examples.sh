#!/usr/bin/env bash
# The examples do what their comments say.
#
# Usage: examples.sh ECHO DOCUMENTED_START CLIENT
set -u -o pipefail

echo_example=$1
documented_start=$2
client=$3

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need nc socat timeout mkfifo sha256sum

echo_test() {
  start_example "$echo_example"
  head -c 5000000 /dev/urandom >"$work/data"
  is "5 MB echoed" "$(sha256sum <"$work/data")" \
    "$(timeout 30 socat -t 20 STDIO "TCP:127.0.0.1:$port" <"$work/data" | sha256sum)"
  is "lines echoed" $'one\ntwo' "$(timeout 30 "$client" 127.0.0.1 "$port" one two)"

  # Clients that leave while their echo is on its way: writing to them must end their sessions and nothing else.
  for _ in $(seq 30); do
    exec 5<>"/dev/tcp/127.0.0.1/$port"
    head -c 300000 "$work/data" >&5 2>/dev/null &
    children+=($!)
    IFS= read -r -n 1 -t 10 -u 5 _
    exec 5>&-
    wait $! 2>/dev/null
  done
  is "lines echoed after rude clients" "three" "$(timeout 30 "$client" 127.0.0.1 "$port" three)"

  "$echo_example" "$port" </dev/null >"$work/out" 2>"$work/err"
  is "exit code when the port is taken" 1 $?
  is "complaint when the port is taken" "echo: The address or port is already in use" "$(cat "$work/err")"
  stop_example
}

documented_start_test() {
  start_example "$documented_start"
  is "dialogue" $'Welcome\r\nHELLO\r\nTWO LINES AT ONCE\r\nGood bye\r' \
    "$(printf 'hello\r\ntwo lines at once\r\nbye\r\n' | timeout 30 socat -t 20 STDIO "TCP:127.0.0.1:$port")"
  is "dialogue with the example client, one answer behind the greeting" $'Welcome\nALPHA\nBETA' \
    "$(timeout 30 "$client" 127.0.0.1 "$port" alpha beta gamma)"

  "$documented_start" "$port" </dev/null >"$work/out" 2>"$work/err"
  is "exit code when the port is taken" 1 $?
  matches "message box when the port is taken" 'The address or port is already in use' "$(cat "$work/err")"

  exec 5<>"/dev/tcp/127.0.0.1/$port"
  IFS= read -r -t 10 -u 5 greeting
  is "greeting" $'Welcome\r' "$greeting"
  stop_example
  is "guests after the stop, which has told the program of each that went" "Guests left behind: 0" \
    "$(tail -n 1 "$work/server.out")"
  exec 5>&-
}

client_test() {
  timeout 30 "$client" >"$work/out" 2>"$work/err"
  is "exit code without arguments" 2 $?
  port=$(pick_port)
  timeout 30 "$client" 127.0.0.1 "$port" hello >"$work/out" 2>"$work/err"
  is "exit code when nobody listens" 1 $?
  is "complaint when nobody listens" "client: cannot connect: The connection was refused" "$(cat "$work/err")"
}

echo_test
documented_start_test
client_test
finish
