#!/usr/bin/env bash
# examples/socket_server.cpp serves TCP and UDP over IPv4 and IPv6 as it says, natively and under Wine.
#
# Usage: socket_server.sh COMMAND...    the program, or wine and the program built for Windows
set -u -o pipefail

command=("$@")

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need socat timeout mkfifo sha256sum dd

mkfifo "$work/enter"

# What a program for Windows prints ends its lines in its own way.
said() { tr -d '\r' <"$work/server.out"; }
complaints() { tr -d '\r' <"$work/server.err"; }

# start OPTIONS...: on a free port, with the writing end of its standard input as descriptor 7. limit sets its descriptors.
limit=
start() {
  for _ in 1 2 3; do
    port=$(pick_port)
    : >"$work/server.out"
    (
      [ -z "$limit" ] || ulimit -n "$limit"
      exec "${command[@]}" --port "$port" "$@" >"$work/server.out" 2>"$work/server.err" <"$work/enter"
    ) &
    server=$!
    children+=("$server")
    exec 7>"$work/enter"
    eventually 60 is_decided || break
    grep -q 'press Enter' "$work/server.out" && return
    exec 7>&-
    wait "$server"
  done
  echo "FAILED: the server did not start: $(said) $(complaints)"
  exit 1
}

is_decided() { grep -q 'press Enter' "$work/server.out" || ended "$server"; }

# stop COMPLAINTS TOTALS: a pattern for each.
stop() {
  echo >&7
  eventually 60 ended "$server" || fail "Enter does not stop the server"
  exec 7>&-
  wait "$server"
  is "exit code" 0 $?
  matches "complaints" "^$1\$" "$(complaints)"
  matches "totals" "$2" "$(said | tail -n 1)"
}

# try OPTIONS...: runs a server that ends by itself. Sets status, and text to all it prints.
try() {
  text=$(timeout 60 "${command[@]}" "$@" 2>&1 </dev/null)
  status=$?
  text=$(tr -d '\r' <<<"$text")
}

# say FD TEXT: sends it as a line and prints the line that comes back.
say() {
  local line=
  printf '%s\n' "$2" >&"$1"
  IFS= read -r -t 20 -u "$1" line
  printf '%s' "$line"
}

# ask_datagram HOST TEXT
ask_datagram() {
  local fd
  exec {fd}<>"/dev/udp/$1/$port"
  printf '%s' "$2" >&"$fd"
  timeout 20 dd bs=2000 count=1 status=none <&"$fd"
  exec {fd}>&-
}

command_line_test() {
  try --help
  is "exit code of --help" 0 "$status"
  matches "help" 'usage: socket_server' "$text"
  for wrong in --what --port --family '--family 5' '--tcp --udp' extra; do
    # shellcheck disable=SC2086  # several words
    try $wrong
    is "exit code of $wrong" 2 "$status"
    matches "answer to $wrong" 'usage: socket_server' "$text"
  done
  try --port no-such-service
  is "exit code with an unknown service" 1 "$status"
  matches "complaint about an unknown service" 'cannot resolve port no-such-service: .*\(1[0-9]{4}\)' "$text"
}

echo_test() {
  start
  is "what it serves on" "$(printf 'socket_server: %s\n' \
    "TCP on 0.0.0.0:$port" "TCP on [::]:$port" "UDP on 0.0.0.0:$port" "UDP on [::]:$port" | sort)" \
    "$(said | grep ' on ' | sort)"
  head -c 3000000 /dev/urandom >"$work/data"
  for address in "TCP4:127.0.0.1:$port" "TCP6:[::1]:$port"; do
    is "3 MB over $address" "$(sha256sum <"$work/data")" \
      "$(timeout 60 socat -t 30 STDIO "$address" <"$work/data" | sha256sum)"
  done
  is "a datagram over IPv4" "one datagram" "$(ask_datagram 127.0.0.1 'one datagram')"
  is "a datagram over IPv6" "another" "$(ask_datagram ::1 another)"
  # The answers to these find nobody any more, which the system tells the server: it must not end its service.
  for _ in $(seq 20); do printf gone >/dev/udp/127.0.0.1/"$port"; done
  is "a datagram after rude ones" "still there" "$(ask_datagram 127.0.0.1 'still there')"

  try --port "$port"
  is "exit code when the port is taken" 1 "$status"
  matches "complaint when the port is taken" "cannot bind to .*:$port: .*\((10048|10013)\)" "$text"
  stop "" '2 connections, at most 1 at a time, [0-9]+ datagrams'
}

many_clients_test() {
  start --tcp
  local fds=() fd i
  for i in $(seq 100); do
    if [ $((i % 2)) -eq 0 ]; then exec {fd}<>"/dev/tcp/127.0.0.1/$port"; else exec {fd}<>"/dev/tcp/::1/$port"; fi
    fds+=("$fd")
  done
  # This one sends and does not read: it is no longer read either, and the others are served.
  exec {fd}<>"/dev/tcp/127.0.0.1/$port"
  cat /dev/zero >&"$fd" &
  local rude=$!
  children+=("$rude")
  for ((i = 99; i >= 0; i--)); do is "client $i of 100" "line $i" "$(say "${fds[i]}" "line $i")"; done
  kill -KILL "$rude"
  wait "$rude" 2>/dev/null
  exec {fd}>&-
  # The server says that it is done, and waits for us to be: we see the end of the stream, and no reset.
  echo >&7
  is "what a client reads when the server stops" "" "$(timeout 20 cat <&"${fds[0]}")"
  is "how that ends" 0 $?
  for fd in "${fds[@]}"; do exec {fd}>&-; done
  stop "" '101 connections, at most 101 at a time, 0 datagrams'
}

family_test() {
  start --family 6 --tcp
  is "IPv6 only" "socket_server: TCP on [::]:$port" "$(said | grep ' on ')"
  exec 5<>"/dev/tcp/::1/$port"
  is "echo over IPv6" hello "$(say 5 hello)"
  exec 5>&-
  (exec 5<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && fail "IPv4 is served with --family 6"
  stop "" '1 connections'
  start --udp --host 127.0.0.1
  is "one address only" "socket_server: UDP on 127.0.0.1:$port" "$(said | grep ' on ')"
  is "datagram" hello "$(ask_datagram 127.0.0.1 hello)"
  stop "" '0 connections, at most 0 at a time, 1 datagrams'
}

# With 40 descriptors not all of 60 clients are in at once. The others wait and are served when some have left.
descriptors_test() {
  limit=40
  start --tcp --host 127.0.0.1
  limit=
  local fds=() fd i line
  for i in $(seq 60); do
    exec {fd}<>"/dev/tcp/127.0.0.1/$port"
    printf 'line %s\n' "$i" >&"$fd"
    fds+=("$fd")
  done
  for ((i = 0; i < 60; i++)); do
    line=
    IFS= read -r -t 20 -u "${fds[i]}" line
    is "client $i of 60" "line $((i + 1))" "$line"
    fd=${fds[i]}
    exec {fd}>&-
  done
  stop 'socket_server: clients have to wait: .* \(10024\)' '60 connections, at most [23][0-9] at a time'
}

command_line_test
echo_test
many_clients_test
family_test
# A limit that Wine itself needs is none for its programs.
[ "${command[0]}" = wine ] || descriptors_test
finish
