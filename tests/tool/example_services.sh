#!/usr/bin/env bash
# The example services do what their comments say: chat, counter, greeter, receiver.
#
# Usage: example_services.sh CHAT COUNTER GREETER RECEIVER
set -u -o pipefail

chat=$1
counter=$2
greeter=$3
receiver=$4

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need nc socat timeout mkfifo sha256sum openssl

# join DESCRIPTOR: a client on the descriptor; expect DESCRIPTOR LINE: the next line is this one.
join() { eval "exec $1<>/dev/tcp/127.0.0.1/$port"; }
expect() {
  local line
  IFS= read -r -t 20 -u "$1" line
  is "what client $1 is told" "$2"$'\r' "$line"
}
say() { printf '%s\r\n' "$2" >&"$1"; }

chat_test() {
  start_example "$chat"
  join 5 && expect 5 '* Welcome. Say /name NAME, then talk.'
  join 6 && expect 6 '* Welcome. Say /name NAME, then talk.'
  say 5 'hello?' && expect 5 '* Who are you? Say /name NAME.'
  say 5 '/name Ann' && expect 5 '* You are Ann.' && expect 6 '* Ann is here.'
  say 6 '/name ANN' && expect 6 '* That name is taken.'
  say 6 '/name a b' && expect 6 '* A name is one word.'
  say 6 "/name $(printf 'x%.0s' $(seq 200))" && expect 6 '* That name is too long.'
  say 6 '/name Bob' && expect 6 '* You are Bob.' && expect 5 '* Bob is here.'
  say 6 'hello Ann' && expect 5 '<Bob> hello Ann'
  say 5 '/to bob psst' && expect 6 '(Ann) psst'
  say 5 '/to nobody psst' && expect 5 '* Nobody was told.'
  say 5 '/who' && expect 5 '* Here are: Ann Bob'
  say 6 '/name Rob' && expect 6 '* You are Rob.' && expect 5 '* Bob is now Rob.'
  say 6 '/quit' && expect 5 '* Rob has gone.'
  exec 6>&- 5>&-
  stop_example
}

# Fifty clients at once add a hundred times each, and nothing is lost.
counter_test() {
  start_example "$counter"
  is "a new counter" $'0 after 0\r' "$(printf 'get\r\n' | timeout 20 nc -N 127.0.0.1 "$port")"
  is "advice" $'Say add N, or get\r' "$(printf 'subtract 5\r\n' | timeout 20 nc -N 127.0.0.1 "$port")"
  local clients=()
  for _ in $(seq 50); do
    (for _ in $(seq 100); do printf 'add 3\r\n'; done) | timeout 60 nc -N 127.0.0.1 "$port" >/dev/null &
    clients+=($!)
  done
  wait "${clients[@]}"
  is "the sum" $'15000 after 5000\r' "$(printf 'get\r\n' | timeout 20 nc -N 127.0.0.1 "$port")"
  stop_example
  is "what it says in the end" "In the end: 15000 after 5000" "$(tail -n 1 "$work/server.out")"
}

greeter_test() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout "$work/key.pem" -out "$work/cert.pem" \
    2>/dev/null || fail "openssl makes no certificate"
  "$greeter" 1 "$work/missing.pem" "$work/key.pem" >"$work/out" 2>"$work/err"
  is "exit code without a certificate" 1 $?
  matches "complaint without a certificate" "missing.pem" "$(cat "$work/err")"

  start_example "$greeter" "$work/cert.pem" "$work/key.pem"
  is "in clear text" $'220 greeter ready\r\n250-greeter at your service\r\n250 STARTTLS\r\n250 OK\r\n221 Good bye\r' \
    "$(printf 'EHLO me\r\nNOOP\r\nQUIT\r\n' | timeout 20 nc 127.0.0.1 "$port")"
  local secured
  secured=$(printf 'EHLO me\r\nSTARTTLS\r\nQUIT\r\n' | timeout 20 openssl s_client -quiet -crlf -starttls smtp \
    -CAfile "$work/cert.pem" -verify_return_error -connect "127.0.0.1:$port" 2>/dev/null | tr -d '\r')
  is "in TLS" $'250-greeter at your service\n250 8BITMIME\n503 We speak TLS already\n221 Good bye' \
    "$(tail -n 4 <<<"$secured")"
  # What follows STARTTLS in clear text is dropped; the client that sent it then breaks the handshake.
  local injected
  injected=$(printf 'EHLO me\r\nSTARTTLS\r\nNOOP\r\n' | timeout 20 nc -N 127.0.0.1 "$port" | tr -d '\0' | tr -d '\r' | head -n 4)
  is "injected commands" $'220 greeter ready\n250-greeter at your service\n250 STARTTLS\n220 Go ahead' \
    "$(head -n 4 <<<"$injected")"
  stop_example
}

receiver_test() {
  mkdir "$work/received"
  start_example "$receiver" "$work/received"
  head -c 3000000 /dev/urandom >"$work/data"
  is "the answer" $'Stored 3000000 bytes\r' "$(timeout 30 nc -N 127.0.0.1 "$port" <"$work/data")"
  is "the file" "$(sha256sum <"$work/data")" "$(cat "$work"/received/* | sha256sum)"
  is "files" 1 "$(find "$work/received" -type f | wc -l)"
  for i in 1 2 3 4 5; do timeout 30 nc -N 127.0.0.1 "$port" <"$work/data" >"$work/answer.$i" & children+=($!); done
  wait "${children[@]: -5}"
  is "five at once" 5 "$(cat "$work"/answer.? | grep -c 'Stored 3000000 bytes')"
  is "files after that" 6 "$(find "$work/received" -type f | wc -l)"
  is "no file is unfinished" 0 "$(find "$work/received" -name '*.part' | wc -l)"
  stop_example
}

chat_test
counter_test
greeter_test
receiver_test
finish
