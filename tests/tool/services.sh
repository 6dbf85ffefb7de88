#!/usr/bin/env bash
# What the services of `inlet serve` promise their clients, and what the limits do.
#
# Usage: services.sh TOOL
set -u -o pipefail

tool=$1

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need nc socat timeout cmp awk

# The pattern of RFC 864: 95 lines of 74 bytes, over and over, here for somewhat more than 20 MB.
make_chargen_pattern() {
  awk 'BEGIN {
    for (code = 32; code < 127; ++code) ring = ring sprintf("%c", code)
    ring = ring ring
    for (round = 0; round < 3000; ++round) for (line = 1; line <= 95; ++line) printf "%s\r\n", substr(ring, line, 72)
  }' >"$work/pattern"
}

# generates BYTES WHAT: what a client of chargen has received, so many bytes of it, is the pattern.
generates() {
  is "bytes received: $2" "$1" "$(wc -c <"$work/generated")"
  cmp -n "$1" "$work/pattern" "$work/generated" && pass || fail "$2: that is not the pattern of RFC 864"
}

# talk FD TEXT: one line out and back on an open connection.
talk() {
  local answer=
  echo "$2" >&"$1" || return 1
  IFS= read -r -t 10 -u "$1" answer && [ "$answer" = "$2" ]
}

# The end of the stream within SECONDS, as against data or silence. A reset counts as an end here.
sees_end() {
  local rest=
  IFS= read -r -t "$2" -u "$1" rest 2>/dev/null
  [ $? -eq 1 ] && [ -z "$rest" ]
}

cpu_ticks() { awk '{print $14 + $15}' "/proc/$server/stat"; }
descriptors() { find "/proc/$server/fd" -mindepth 1 | wc -l; }
descriptors_are() { [ "$(descriptors)" -eq "$1" ]; }

daytime_test() {
  start_server daytime
  local before after line
  before=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  line=$(timeout 10 socat -u "TCP:127.0.0.1:$port" STDOUT 2>"$work/err")
  is "exit code of a daytime client, which tells an orderly end from a reset" 0 $?
  after=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  is "complaints of a daytime client" "" "$(cat "$work/err")"
  is "line end of daytime" $'\r' "${line: -1}"
  line=${line%$'\r'}
  matches "time" '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$' "$line"
  [[ ! $line < $before && ! $line > $after ]] && pass || fail "daytime: $line is not between $before and $after"

  # A client that speaks first still gets its answer.
  local answers=0
  for _ in $(seq 20); do
    [[ $(echo "what time is it" | timeout 10 nc -N 127.0.0.1 "$port") == 20*Z$'\r' ]] && answers=$((answers + 1))
  done
  is "answers to clients that speak first" 20 "$answers"
  stop_server
  is "daytime clients" 21 "$(total served)"
  is "bytes sent to daytime clients" $((21 * 22)) "$(total out)"
}

discard_test() {
  start_server discard
  is "answer of discard" "" "$(head -c 1048576 /dev/zero | timeout 20 nc -N 127.0.0.1 "$port")"
  stop_server
  is "bytes into discard" 1048576 "$(total in)"
  is "bytes out of discard" 0 "$(total out)"
}

chargen_test() {
  start_server chargen
  make_chargen_pattern
  timeout 20 socat -u "TCP:127.0.0.1:$port" STDOUT 2>/dev/null | head -c 1000000 >"$work/generated"
  generates 1000000 "a client that only reads"
  timeout 20 nc -N 127.0.0.1 "$port" </dev/null 2>/dev/null | head -c 1000000 >"$work/generated"
  generates 1000000 "a client that has closed its own side"
  timeout 20 socat STDIO "TCP:127.0.0.1:$port" </dev/zero 2>/dev/null | head -c 4000000 >"$work/generated"
  generates 4000000 "a client that sends all the time"

  # A client that does not read must cost nothing: no bytes piling up, no processor time.
  exec 5<>"/dev/tcp/127.0.0.1/$port"
  eventually 10 stands_still || fail "chargen keeps the processor busy for a client that does not read"
  local memory_kib
  memory_kib=$(awk '/VmRSS/ {print $2}' "/proc/$server/status")
  [ "$memory_kib" -lt 200000 ] && pass || fail "chargen piles up memory: $memory_kib KiB"
  exec 5>&-
  stop_server
  is "chargen clients" 4 "$(total served)"
  [ "$(total in)" -gt 0 ] && pass || fail "chargen has not read what its clients sent"
}

# Half a second of wall clock with less than a tenth of it on the processor.
stands_still() {
  local before
  before=$(cpu_ticks)
  sleep 0.5
  [ $(($(cpu_ticks) - before)) -le 5 ]
}

# One event loop, and a client that sends and never reads, so that its callback has to wait in the middle of a write.
neighbour_test() {
  start_server echo --shards 1
  exec 5<>"/dev/tcp/127.0.0.1/$port"
  timeout 60 head -c 100000000 /dev/zero >&5 2>/dev/null &
  local sender=$!
  children+=("$sender")
  eventually 10 stands_still || fail "the server does not come to rest while a client does not read"
  ended "$sender" && fail "a client that never reads could send all it wanted"
  exec 6<>"/dev/tcp/127.0.0.1/$port"
  local number answered=0
  for number in $(seq 50); do talk 6 "line $number" && answered=$((answered + 1)); done
  is "answers beside a client that does not read" 50 "$answered"
  exec 6>&-
  kill "$sender"
  exec 5>&-
  stop_server
}

max_clients_test() {
  start_server echo --max-clients 2
  exec 4<>"/dev/tcp/127.0.0.1/$port"
  talk 4 "first" && pass || fail "the first of two clients is not served"
  exec 5<>"/dev/tcp/127.0.0.1/$port"
  talk 5 "second" && pass || fail "the second of two clients is not served"
  exec 6<>"/dev/tcp/127.0.0.1/$port"
  sees_end 6 10 && pass || fail "a third client is not turned away"
  exec 6>&-
  talk 4 "still here" && talk 5 "me too" && pass || fail "clients suffer when another one is turned away"
  exec 4>&-
  eventually 10 has_room && pass || fail "no room for a new client after another has left"
  exec 5>&-
  stop_server
  is "clients served" 3 "$(total served)"
  is "clients at a time" 2 "$(total peak)"
  [ "$(total turned)" -ge 1 ] && pass || fail "the totals know of no client that was turned away"
}

has_room() {
  exec 6<>"/dev/tcp/127.0.0.1/$port" || return 1
  talk 6 "new" 2>/dev/null
  local result=$?
  exec 6>&-
  return "$result"
}

idle_test() {
  start_server echo --timeout 1 --verbose
  local quiet_since elapsed_ms
  exec 5<>"/dev/tcp/127.0.0.1/$port"
  talk 5 "hello" || fail "no echo"
  quiet_since=$(now_ms)
  sees_end 5 20 && pass || fail "an idle client is not disconnected"
  elapsed_ms=$(($(now_ms) - quiet_since))
  exec 5>&-
  [ "$elapsed_ms" -ge 900 ] && pass || fail "an idle client was disconnected after only $elapsed_ms ms"
  [ "$elapsed_ms" -le 5000 ] && pass || fail "an idle client was disconnected only after $elapsed_ms ms"
  stop_server
  matches "line about an idle client" 'gone after .* 6 bytes in, 6 bytes out: idle for 1 s' "$(cat "$work/server.out")"
}

# A client that says something now and then stays, longer than the timeout in all. Should this machine stop for longer than the
# timeout between two lines, nothing was shown and it is done again.
busy_test() {
  start_server echo --timeout 2
  local last gap gap_max alive
  for attempt in 1 2 3 4 5; do
    exec 5<>"/dev/tcp/127.0.0.1/$port"
    alive=yes gap_max=0 last=$(now_ms)
    for _ in $(seq 16); do
      sleep 0.25
      talk 5 "busy" 2>/dev/null || alive=no
      gap=$(($(now_ms) - last)) last=$(now_ms)
      [ "$gap" -gt "$gap_max" ] && gap_max=$gap
    done
    exec 5>&-
    [ "$gap_max" -lt 1500 ] && break
    echo "attempt $attempt: this machine is too busy, $gap_max ms between two lines"
  done
  is "a client that talks every quarter of a second lives through a timeout of 2 s" yes "$alive"
  stop_server
}

# A client that pauses for more than the timeout and for less than two: a write has run out of time after a part of its data,
# and the rest has to follow.
pause_test() {
  start_server chargen --timeout 2
  for attempt in 1 2 3 4 5; do
    timeout 60 socat -u "TCP:127.0.0.1:$port" STDOUT 2>/dev/null | pausing_reader >"$work/generated"
    [ "$(cat "$work/paused_ms")" -lt 3600 ] && break
    echo "attempt $attempt: this machine is too busy, a pause of 3 s took $(cat "$work/paused_ms") ms"
  done
  generates 20000000 "a client that pauses"
  stop_server
}

pausing_reader() {
  local since
  since=$(now_ms)
  sleep 3
  head -c 20000000
  echo $(($(now_ms) - since)) >"$work/paused_ms"
}

# A client that never reads has to go, too, when idle clients are not wanted.
stuck_test() {
  start_server chargen --timeout 1 --verbose
  exec 5<>"/dev/tcp/127.0.0.1/$port"
  eventually 20 grep -q ' gone after ' "$work/server.out" && pass || fail "a client that never reads is not disconnected"
  exec 5>&-
  stop_server
}

# Nothing is left of clients that have come and gone.
churn_test() {
  start_server echo
  local before
  before=$(descriptors)
  for number in $(seq 100); do
    exec 5<>"/dev/tcp/127.0.0.1/$port"
    [ $((number % 2)) -eq 0 ] && { talk 5 "number $number" || fail "no echo to client $number"; }
    exec 5>&-
  done
  eventually 10 descriptors_are "$before" && pass || fail "descriptors: $before before 100 clients, $(descriptors) after"
  stop_server
  is "clients served" 100 "$(total served)"
}

for test in daytime discard chargen neighbour max_clients idle busy pause stuck churn; do
  start=$(now_ms)
  "${test}_test"
  echo "$test: $(($(now_ms) - start)) ms"
done
finish
