#!/usr/bin/env bash
# TLS with the tool, from outside: `inlet serve --tls-cert` and `inlet connect --tls`, reload, limits, and clear complaints.
#
# Usage: tls.sh TOOL
set -u -o pipefail

tool=$1

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need openssl timeout nc

# certificate NAME [DAYS]: makes NAME.crt and NAME.key for the host "localhost", signed by itself.
certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -out "$work/$1.crt" \
    -days "${2:-2}" -subj "/CN=$1" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" 2>"$work/openssl.err" ||
    fail "openssl req: $(cat "$work/openssl.err")"
}

connect() { timeout 20 "$tool" connect "$@" 2>"$work/err"; }

# What the server shows: the common name of its certificate.
shown() { openssl s_client -connect "127.0.0.1:$port" </dev/null 2>/dev/null | sed -n 's/^subject=CN = //p'; }
shows() { [ "$(shown)" = "$1" ]; }

round_trip_test() {
  head -c 3000000 /dev/urandom >"$work/data"
  start_server echo --tls-cert "$work/first.crt" --tls-key "$work/first.key"
  matches "first line" "echo over TLS on 0.0.0.0 port $port" "$(cat "$work/server.out")"
  connect --tls --tls-ca "$work/first.crt" localhost "$port" <"$work/data" >"$work/back"
  is "exit code" 0 $?
  is "complaints" "" "$(cat "$work/err")"
  cmp -s "$work/data" "$work/back" && pass || fail "what came back differs"
  is "without a check" hello "$(printf hello | connect --tls --insecure 127.0.0.1 "$port")"

  printf hello | connect --tls localhost "$port" >/dev/null
  is "exit code for a server that nobody trusts" 1 $?
  matches "complaint" "^inlet: cannot connect to localhost port $port: .*certificate" "$(cat "$work/err")"
  printf hello | connect --tls --tls-ca "$work/first.crt" "127.0.0.2" "$port" >/dev/null
  is "exit code for another host" 1 $?
  stop_server
}

# A connection that is cut is no orderly end.
truncation_test() {
  port=$(pick_port)
  # Not through timeout: killing that would leave the server behind.
  openssl s_server -accept "127.0.0.1:$port" -cert "$work/first.crt" -key "$work/first.key" <"$work/quiet" \
    >"$work/foreign.out" 2>&1 &
  local foreign=$!
  children+=("$foreign")
  eventually 10 grep -q ACCEPT "$work/foreign.out"
  connect --tls --insecure 127.0.0.1 "$port" <"$work/quiet" >/dev/null &
  local cut=$!
  children+=("$cut")
  eventually 10 grep -q 'CIPHER is' "$work/foreign.out" || fail "no connection to openssl s_server"
  kill -KILL "$foreign"
  wait "$cut"
  is "exit code" 1 $?
  matches "complaint" "^inlet: connection to 127.0.0.1 port $port: " "$(cat "$work/err")"
}

reload_test() {
  cp "$work/first.crt" "$work/now.crt"
  cp "$work/first.key" "$work/now.key"
  start_server echo --tls-cert "$work/now.crt" --tls-key "$work/now.key"
  is "certificate at first" first "$(shown)"
  mkfifo "$work/talk"
  connect --tls --insecure 127.0.0.1 "$port" <"$work/talk" >"$work/heard" &
  local talker=$!
  children+=("$talker")
  exec 7>"$work/talk"
  echo before >&7
  eventually 10 grep -q before "$work/heard" || fail "no answer before the reload"

  cp "$work/second.crt" "$work/now.crt"
  cp "$work/second.key" "$work/now.key"
  kill -HUP "$server"
  eventually 10 grep -q 'certificate read again' "$work/server.out" || fail "nothing was said about the reload"
  eventually 10 shows second && pass || fail "the old certificate is still shown"
  echo after >&7
  eventually 10 grep -q after "$work/heard" && pass || fail "the connection did not survive the reload"

  echo rubbish >"$work/now.crt"
  kill -HUP "$server"
  eventually 10 grep -q 'the old certificate stays' "$work/server.err" && pass || fail "no complaint about rubbish"
  matches "complaint" "inlet: the old certificate stays: $work/now.crt: " "$(cat "$work/server.err")"
  is "certificate after a mistake" second "$(shown)"
  exec 7>&-
  wait "$talker"
  is "exit code of the connection" 0 $?
  : >"$work/server.err"
  stop_server
}

password_test() {
  openssl ec -in "$work/first.key" -aes128 -passout pass:sesame -out "$work/locked.key" 2>/dev/null
  echo sesame >"$work/right"
  echo wrong >"$work/wrong"
  start_server echo --tls-cert "$work/first.crt" --tls-key "$work/locked.key" --tls-password-file "$work/right"
  is "with a password" hello "$(printf hello | connect --tls --insecure 127.0.0.1 "$port")"
  stop_server
  refused "$work/locked.key" --tls-cert "$work/first.crt" --tls-key "$work/locked.key" --tls-password-file "$work/wrong"
  refused "$work/locked.key" --tls-cert "$work/first.crt" --tls-key "$work/locked.key"
}

# refused FILE OPTIONS...: the server does not start, and one line names the file.
refused() {
  local file=$1
  shift
  timeout 20 "$tool" serve echo --port "$(pick_port)" "$@" >"$work/out" 2>"$work/err" </dev/null
  is "exit code of $*" 1 $?
  is "lines of complaint about $*" 1 "$(wc -l <"$work/err")"
  matches "complaint about $*" "^inlet: cannot use the certificate: $file: " "$(cat "$work/err")"
}

complaints_test() {
  refused "$work/nowhere.crt" --tls-cert "$work/nowhere.crt"
  refused "$work/first.crt" --tls-cert "$work/first.crt"
  printf 'rubbish\n' >"$work/rubbish.crt"
  refused "$work/rubbish.crt" --tls-cert "$work/rubbish.crt"
  timeout 20 "$tool" serve echo --port "$(pick_port)" --tls-cert "$work/first.crt" --tls-password-file "$work/nowhere" \
    2>"$work/err" >/dev/null
  is "exit code without the password's file" 1 $?
  matches "complaint" "^inlet: cannot read the password: $work/nowhere: No such file" "$(cat "$work/err")"
}

limits_test() {
  start_server echo --max-per-address 1
  (exec 6<>"/dev/tcp/127.0.0.1/$port" && echo one >&6 && read -r _ <&6 && touch "$work/in" && sleep 30) &
  local first=$!
  children+=("$first")
  eventually 10 test -e "$work/in" || fail "the first client did not get in"
  printf two | timeout 10 nc -q 1 127.0.0.1 "$port" >"$work/second" 2>/dev/null
  is "what the second client of the address gets" "" "$(cat "$work/second")"
  stop_server

  start_server daytime --rate 4
  local begin end
  begin=$(now_ms)
  for _ in 1 2 3 4 5; do connect 127.0.0.1 "$port" </dev/null >/dev/null; done
  end=$(now_ms)
  [ $((end - begin)) -ge 900 ] && pass || fail "five clients in $((end - begin)) ms at four a second"
  stop_server
}

certificate first
certificate second
mkfifo "$work/quiet"
exec 8<>"$work/quiet" # an input that neither says anything nor ends
round_trip_test
truncation_test
reload_test
password_test
complaints_test
limits_test
finish
