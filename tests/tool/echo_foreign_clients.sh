#!/usr/bin/env bash
# `inlet serve echo` gives back every byte, unchanged, to clients that other people wrote: first each of them alone with a lot
# of data, then all of them at once, each with data of its own.
#
# Usage: echo_foreign_clients.sh TOOL [MiB [CONNECTIONS [MiB_EACH]]]
#
# Every client closes its sending side when its data is out, and has to get all the rest of its echo after that.
set -u -o pipefail

tool=$1
size_mib=${2:-32}
connections=${3:-16}
each_mib=${4:-4}

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need nc ncat socat sha256sum timeout

kinds=(nc ncat socat inlet)
deadline_s=$((60 + size_mib + connections * each_mib))

# client KIND: standard input to the server, its answer to standard output, with half-close.
client() {
  case $1 in
    nc) timeout "$deadline_s" nc -N 127.0.0.1 "$port" ;;
    ncat) timeout "$deadline_s" ncat 127.0.0.1 "$port" ;;
    socat) timeout "$deadline_s" socat -t "$deadline_s" STDIO "TCP:127.0.0.1:$port" ;;
    inlet) timeout "$deadline_s" "$tool" connect 127.0.0.1 "$port" ;;
  esac
}

# The data of connection N: its number first, so that bytes of two connections that were mixed up cannot go unnoticed.
data_of() {
  echo "connection $1"
  tail -c "+$(($1 * 4099 % 1048576 + 1))" "$work/random" | head -c "$((each_mib * 1048576))"
}

one_of_many() {
  data_of "$1" | client "${kinds[$1 % ${#kinds[@]}]}" 2>"$work/client.$1.err" | sha256sum >"$work/echoed.$1"
  echo "${PIPESTATUS[1]}" >"$work/status.$1"
}

random_mib=$((size_mib > each_mib + 1 ? size_mib : each_mib + 1))
head -c "$((random_mib * 1048576))" /dev/urandom >"$work/random"
head -c "$((size_mib * 1048576))" "$work/random" >"$work/big"
expected=$(sha256sum <"$work/big")

start_server echo --verbose
for kind in "${kinds[@]}"; do
  start=$(now_ms)
  echoed=$(client "$kind" <"$work/big" 2>"$work/client.err" | sha256sum)
  is "exit code of $kind" 0 $?
  is "$size_mib MiB echoed to $kind" "$expected" "$echoed"
  [ -s "$work/client.err" ] && fail "$kind complained: $(cat "$work/client.err")"
  echo "$kind: $size_mib MiB in $(($(now_ms) - start)) ms"
done
stop_server
sent=$((${#kinds[@]} * size_mib * 1048576))
is "clients served" "${#kinds[@]}" "$(total served)"
is "bytes in" "$sent" "$(total in)"
is "bytes out" "$sent" "$(total out)"
is "lines about clients that came and went" "$((2 * ${#kinds[@]}))" "$(grep -c '^20[0-9-]*T' "$work/server.out")"

start_server echo
start=$(now_ms)
pids=()
for number in $(seq "$connections"); do
  one_of_many "$number" &
  pids+=($!)
  children+=($!)
done
wait "${pids[@]}"
echo "$connections connections at once: $each_mib MiB each in $(($(now_ms) - start)) ms"
sent=0
for number in $(seq "$connections"); do
  kind=${kinds[$number % ${#kinds[@]}]}
  is "exit code of connection $number ($kind)" 0 "$(cat "$work/status.$number")"
  is "echo of connection $number ($kind)" "$(data_of "$number" | sha256sum)" "$(cat "$work/echoed.$number")"
  [ -s "$work/client.$number.err" ] && fail "connection $number ($kind) complained: $(cat "$work/client.$number.err")"
  sent=$((sent + $(data_of "$number" | wc -c)))
done
stop_server TERM
echo "$totals"
is "clients served" "$connections" "$(total served)"
is "clients turned away" 0 "$(total turned)"
is "bytes in" "$sent" "$(total in)"
is "bytes out" "$sent" "$(total out)"
finish
