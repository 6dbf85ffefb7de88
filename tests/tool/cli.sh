#!/usr/bin/env bash
# The command line of `inlet`: help, version, mistakes and the exit codes that scripts depend on.
#
# Usage: cli.sh TOOL
set -u -o pipefail

tool=$1
here=$(dirname "${BASH_SOURCE[0]}")
man_page=$here/../../docs/man/inlet.1

# shellcheck source=lib.sh
source "$here/lib.sh"
need nc timeout script

# run ARGUMENTS...: runs the tool to its end. Sets status, and its output is in $work/out and $work/err.
run() {
  timeout 20 "$tool" "$@" >"$work/out" 2>"$work/err" </dev/null
  status=$?
}

helps_on_one_screen() {
  run "$@" --help
  is "exit code of '$* --help'" 0 "$status"
  is "complaints of '$* --help'" "" "$(cat "$work/err")"
  matches "'$* --help'" "Usage: inlet ${1:-}" "$(cat "$work/out")"
  is "lines of '$* --help' wider than 80 columns" "" "$(awk 'length > 80' "$work/out")"
  [ "$(wc -l <"$work/out")" -le 23 ] || fail "'$* --help' is longer than a screen of 24 lines with a prompt"
}

# Every option that the help knows is in the manual, too.
manual_knows() {
  local option
  run "$@" --help
  for option in $(grep -oE -- '^ +(-[a-z],)?--[a-z-]+' "$work/out" | grep -oE -- '--[a-z-]+'); do
    grep -q -- "Fl Fl ${option#--}" "$man_page" && pass || fail "the manual page does not know $option of 'inlet $*'"
  done
}

# A mistake in usage: exit code 2, nothing on standard output, and one line that names the culprit and where to read on.
refuses() {
  local culprit=$1
  shift
  run "$@"
  is "exit code of 'inlet $*'" 2 "$status"
  is "output of 'inlet $*'" "" "$(cat "$work/out")"
  is "lines of complaint about 'inlet $*'" 1 "$(wc -l <"$work/err")"
  matches "complaint about 'inlet $*'" "^inlet: .*$culprit.*--help" "$(cat "$work/err")"
}

# cannot_listen PLACE REASON ARGUMENTS...: exit code 4 and one line with the place and the reason.
cannot_listen() {
  local place=$1 reason=$2
  shift 2
  run "$@"
  is "exit code of 'inlet $*'" 4 "$status"
  is "output of 'inlet $*'" "" "$(cat "$work/out")"
  is "lines of complaint about 'inlet $*'" 1 "$(wc -l <"$work/err")"
  matches "complaint about 'inlet $*'" "^inlet: cannot listen on $place: .*$reason" "$(cat "$work/err")"
}

answers_on() {
  [ "$(echo hello | timeout 10 nc -N "$1" "$port" 2>&1)" = hello ]
}

helps_on_one_screen
helps_on_one_screen serve
helps_on_one_screen connect
manual_knows
manual_knows serve
manual_knows connect

run --version
is "exit code of --version" 0 "$status"
matches "version" '^inlet [0-9]+\.[0-9]+\.[0-9]+$' "$(cat "$work/out")"

refuses 'command'
refuses 'nonsense' nonsense
refuses '--nonsense' --nonsense
refuses 'SERVICE' serve --port 7000
refuses 'finger' serve finger --port 7000
refuses '--port' serve echo
refuses '--port' serve echo --port
refuses '--port.* 0 ' serve echo --port 0
refuses '--port.*65536' serve echo --port 65536
refuses '--port.*-1' serve echo --port -1
refuses '--port.*http' serve echo --port http
refuses '--timeout.*-1' serve echo --port 7000 --timeout -1
refuses '--max-clients.*many' serve echo --port 7000 --max-clients many
refuses '--backlog.*1\.5' serve echo --port 7000 --backlog 1.5
refuses '--nonsense' serve echo --port 7000 --nonsense
refuses 'discard' serve echo discard --port 7000
refuses '--quiet' serve echo --port 7000 --quiet --verbose
refuses '--rate.*1001' serve echo --port 7000 --rate 1001
refuses '--max-per-address.*few' serve echo --port 7000 --max-per-address few
refuses '--tls-cert' serve echo --port 7000 --tls-key some.key
refuses '--tls-cert' serve echo --port 7000 --tls-password-file some.txt
refuses 'HOST' connect
refuses '--tls' connect 127.0.0.1 7000 --insecure
refuses '--insecure' connect 127.0.0.1 7000 --tls --insecure --tls-ca some.crt
refuses 'PORT' connect 127.0.0.1
refuses '70000' connect 127.0.0.1 70000
refuses 'third' connect 127.0.0.1 7000 third

# A port that an Inlet server holds, one that another program holds, and addresses that are not ours to give.
start_server echo
cannot_listen "port $port" "in use" serve echo --port "$port"
cannot_listen "127.0.0.1 port $port" "in use" serve discard --port "$port" --address 127.0.0.1 --quiet
answers_on 127.0.0.1 && pass || fail "the first server suffered from the second one's attempt"
stop_server
is "start line" "inlet: echo on 0.0.0.0 port $port (press Ctrl-C to stop)" "$(head -n 1 "$work/server.out")"

foreign_port=$(pick_port)
nc -l 127.0.0.1 "$foreign_port" >/dev/null </dev/null &
children+=($!)
eventually 10 grep -q "$(printf ':%04X 00000000:0000 0A' "$foreign_port")" /proc/net/tcp || fail "nc does not listen"
cannot_listen "port $foreign_port" "in use" serve echo --port "$foreign_port"
cannot_listen "192.0.2.1 port $foreign_port" "address" serve echo --port "$foreign_port" --address 192.0.2.1

# The port is free again the moment the server has gone, though a connection that it closed first lingers.
start_server daytime
taken=$port
matches "time" '^20' "$(timeout 10 nc -d 127.0.0.1 "$port")"
eventually 10 grep -q "$(printf ':%04X [0-9A-F:]* 06 ' "$port")" /proc/net/tcp || fail "no connection lingers in TIME_WAIT"
stop_server
"$tool" serve echo --port "$taken" >"$work/server.out" 2>"$work/server.err" </dev/null &
server=$!
children+=("$server")
eventually 20 server_is_decided
grep -q "port $taken" "$work/server.out" && pass || fail "port $taken is not free: $(cat "$work/server.err")"
stop_server

start_server echo --address 127.0.0.1
answers_on 127.0.0.1 && pass || fail "no echo on 127.0.0.1"
stop_server
matches "start line with an address" "^inlet: echo on 127\.0\.0\.1 port $port " "$(head -n 1 "$work/server.out")"

# A machine without IPv6 has to say so; one with it has to serve both families on ::0.
if grep -q '^00000000000000000000000000000001 ' /proc/net/if_inet6 2>/dev/null; then
  start_server echo --address ::0
  answers_on 127.0.0.1 && pass || fail "no echo to IPv4 on ::0"
  answers_on ::1 && pass || fail "no echo to IPv6 on ::0"
  stop_server
  start_server echo --address ::1 --verbose
  answers_on ::1 && pass || fail "no echo on ::1"
  stop_server
  matches "line about an IPv6 client" '\[::1\]:[0-9]+ connected' "$(cat "$work/server.out")"
else
  port=$(pick_port)
  cannot_listen "::1 port $port" "" serve echo --port "$port" --address ::1
fi

start_server discard --shards 1
one_shard=$(find "/proc/$server/task" -mindepth 1 -maxdepth 1 | wc -l)
stop_server
start_server discard --shards 3
is "threads that two more shards make" 2 "$(($(find "/proc/$server/task" -mindepth 1 -maxdepth 1 | wc -l) - one_shard))"
stop_server

# Quiet means silent: no start line, no clients, no totals.
for _ in 1 2 3; do
  port=$(pick_port)
  "$tool" serve echo --port "$port" --quiet >"$work/server.out" 2>"$work/server.err" </dev/null &
  server=$!
  children+=("$server")
  eventually 20 server_has_port && answers_on 127.0.0.1 && break
done
stop_server
is "output of a quiet server" "" "$(cat "$work/server.out")"

# On a terminal each connection gets its line without --verbose, without colours, and Ctrl-C is what people press.
port=$(pick_port)
mkfifo "$work/keyboard"
script -qefc "'$tool' serve echo --port $port" /dev/null <"$work/keyboard" >"$work/screen" 2>&1 &
terminal=$!
children+=("$terminal")
exec 7>"$work/keyboard"
eventually 20 grep -q 'press Ctrl-C' "$work/screen" || fail "no start line on a terminal: $(cat "$work/screen")"
answers_on 127.0.0.1 && pass || fail "no echo from a server on a terminal"
eventually 20 grep -q 'closed by the client' "$work/screen" || fail "no line about the end of a connection"
printf '\003' >&7
eventually 20 ended "$terminal" || fail "Ctrl-C does not stop the server"
exec 7>&-
wait "$terminal"
is "exit code after Ctrl-C" 0 $?
matches "line about a connection" '#1 127\.0\.0\.1:[0-9]+ connected, 1 now' "$(cat "$work/screen")"
matches "line about its end" '#1 127\.0\.0\.1:[0-9]+ gone after [0-9.]+ s, 6 bytes in, 6 bytes out: closed by the client' \
  "$(cat "$work/screen")"
matches "totals on a terminal" '1 clients served' "$(cat "$work/screen")"
is "escape sequences" 0 "$(grep -c $'\033' "$work/screen")"

finish
