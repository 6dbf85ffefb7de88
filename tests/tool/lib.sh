# shellcheck shell=bash disable=SC2154  # tool is set by the test that sources this file
# What the tool's tests share: starting and stopping `inlet serve`, waiting with a deadline, saying what went wrong.
#
# A test sources this file after setting tool to the path of the tool. Each test has a folder of its own ($work), and leaves no
# process behind. Nothing here waits for a fixed time and hopes; every wait has a condition and a deadline.

work=$(mktemp -d "${TMPDIR:-/tmp}/inlet-tool.XXXXXX")
failures=0
checks=0
children=()
server=
port=

# Only processes that were started here, by their ids.
clean_up() {
  local child
  for child in "${children[@]}"; do kill -KILL "$child" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

pass() { checks=$((checks + 1)); }

fail() {
  checks=$((checks + 1))
  failures=$((failures + 1))
  echo "FAILED: $*"
}

# Ends the test with what the checks said.
finish() {
  if [ "$failures" -gt 0 ]; then
    echo "$failures of $checks checks failed"
    exit 1
  fi
  echo "$checks checks passed"
  exit 0
}

# is WHAT EXPECTED ACTUAL
is() {
  if [ "$2" = "$3" ]; then pass; else fail "$1: expected '$2', got '$3'"; fi
}

# matches WHAT REGEX TEXT
matches() {
  if [[ $3 =~ $2 ]]; then pass; else fail "$1: expected a match of '$2', got '$3'"; fi
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# eventually SECONDS COMMAND...: runs the command until it succeeds; false when it has not in that time.
eventually() {
  local end=$(($(now_ms) + $1 * 1000))
  shift
  until "$@"; do
    [ "$(now_ms)" -lt "$end" ] || return 1
    sleep 0.02
  done
}

ended() { ! kill -0 "$1" 2>/dev/null || [[ $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) == Z* ]]; }

need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || {
      echo "FAILED: this test needs $program; see scripts/install-deps"
      exit 1
    }
  done
}

# A port below the range that the system gives to outgoing connections, so that none of those takes it between our look and its
# use. Another process may still be quicker: whoever listens must be ready to try again.
pick_port() {
  local candidate
  for _ in $(seq 100); do
    candidate=$((10000 + (RANDOM * 32768 + RANDOM) % 20000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "FAILED: no free port found" >&2
  return 1
}

# start_server SERVICE [OPTIONS...]: starts `inlet serve` on a free port and waits until it says that it listens.
# Sets server (process id) and port; its output is in $work/server.out and $work/server.err.
start_server() {
  local service=$1
  shift
  for _ in 1 2 3 4 5; do
    port=$(pick_port) || exit 1
    : >"$work/server.out"
    "$tool" serve "$service" --port "$port" "$@" >"$work/server.out" 2>"$work/server.err" </dev/null &
    server=$!
    children+=("$server")
    eventually 20 server_is_decided || break
    grep -q 'press Ctrl-C' "$work/server.out" && return
    wait "$server"
    [ $? -eq 4 ] || break  # 4: somebody else took the port meanwhile
  done
  echo "FAILED: inlet serve $service did not start: $(cat "$work/server.out" "$work/server.err")"
  exit 1
}

server_is_decided() { grep -q 'press Ctrl-C' "$work/server.out" || ended "$server"; }

# Whether it is the server that listens on the port, and not somebody who was quicker.
server_has_port() {
  local inode
  for inode in $(awk -v at="$(printf ':%04X$' "$port")" '$4 == "0A" && $2 ~ at { print $10 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null); do
    ls -l "/proc/$server/fd" 2>/dev/null | grep -qF "socket:[$inode]" && return
  done
  return 1
}

# stop_server [SIGNAL]: asks for an orderly end and checks that it comes in time, with exit code 0 and no complaint.
# Sets totals to the line with the totals.
stop_server() {
  kill -"${1:-INT}" "$server"
  eventually 40 ended "$server" || {
    fail "the server did not stop within 40 s of SIG${1:-INT}"
    kill -KILL "$server"
  }
  wait "$server"
  is "exit code of the server" 0 $?
  is "complaints of the server" "" "$(cat "$work/server.err")"
  totals=$(grep 'clients served' "$work/server.out")
}

# total NAME: a figure of the totals line: served, peak, turned, in or out.
total() {
  case $1 in
    served) sed -nE 's/.*: ([0-9]+) clients served.*/\1/p' <<<"$totals" ;;
    peak) sed -nE 's/.* ([0-9]+) at most at a time.*/\1/p' <<<"$totals" ;;
    turned) sed -nE 's/.* ([0-9]+) turned away.*/\1/p' <<<"$totals" ;;
    in) sed -nE 's/.* ([0-9]+) bytes in.*/\1/p' <<<"$totals" ;;
    out) sed -nE 's/.* ([0-9]+) bytes out.*/\1/p' <<<"$totals" ;;
  esac
}

# start_example PROGRAM [ARGUMENT...]: on a free port, which is its first argument, with the writing end of its standard input as
# descriptor 7. Examples say "press Enter" when they are ready.
start_example() {
  local program=$1
  shift
  [ -p "$work/enter" ] || mkfifo "$work/enter"
  for _ in 1 2 3; do
    port=$(pick_port)
    : >"$work/server.out"
    "$program" "$port" "$@" >"$work/server.out" 2>"$work/server.err" <"$work/enter" &
    server=$!
    children+=("$server")
    exec 7>"$work/enter"
    eventually 20 example_is_decided || break
    grep -q 'press Enter' "$work/server.out" && return
    exec 7>&-
    wait "$server"
  done
  echo "FAILED: $program did not start: $(cat "$work/server.out" "$work/server.err")"
  exit 1
}

example_is_decided() { grep -q 'press Enter' "$work/server.out" || ended "$server"; }

stop_example() {
  echo >&7
  eventually 40 ended "$server" || fail "Enter does not stop the server"
  exec 7>&-
  wait "$server"
  is "exit code" 0 $?
  is "complaints" "" "$(cat "$work/server.err")"
}
