#!/usr/bin/env bash
# TLS against foreign programs: {1.2, 1.3} x {RSA, ECDSA} x {full, resumed} x {clean close, abrupt}, with each of them as the client
# of our server and as the server of our client, as far as it can be one. Prints a table, and what sslscan finds.
#
# Usage: peers.sh SERVE CONNECT      the two programs of this folder
#
# A combination that a program has no means for says "-"; see can().
set -u -o pipefail

serve=$1
connect=$2
tool=unused

# shellcheck source=../tool/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tool/lib.sh"

mkfifo "$work/quiet"
exec 8<>"$work/quiet" # an input that neither says anything nor ends

# ---- what both roles need

make_certificates() {
  local key
  for key in RSA ECDSA; do
    local kind=(ec -pkeyopt ec_paramgen_curve:P-256)
    [ $key = RSA ] && kind=(rsa:2048)
    openssl req -x509 -newkey "${kind[@]}" -nodes -keyout "$work/$key.key" -out "$work/$key.crt" -days 2 -subj /CN=localhost \
      -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null || fail "no certificate"
    cat "$work/$key.crt" "$work/$key.key" >"$work/$key.pem"
  done
  # For programs that have no option for the version.
  local version
  for version in 2 3; do
    printf '%s\n' 'openssl_conf = main' '[main]' 'ssl_conf = ssl' '[ssl]' 'system_default = limits' '[limits]' \
      "MinProtocol = TLSv1.$version" "MaxProtocol = TLSv1.$version" >"$work/1$version.cnf"
  done
}

# Everything of a peer runs in a process group of its own, so that it can be killed with its children.
declare -A groups=()
background() { # NAME COMMAND...: input from $work/NAME.in if there is one, output to $work/NAME.out
  local name=$1
  shift
  : >"$work/$name.out"
  if [ -p "$work/$name.in" ]; then
    setsid "$@" <"$work/$name.in" >"$work/$name.out" 2>&1 8>&- 9>&- &
  else
    setsid "$@" <&8 >"$work/$name.out" 2>&1 8>&- 9>&- &
  fi
  groups[$name]=$!
  disown
}
kill_group() {
  [ -n "${groups[$1]:-}" ] && kill -KILL -- "-${groups[$1]}" 2>/dev/null
  unset "groups[$1]"
}
kill_groups() {
  local name
  for name in "${!groups[@]}"; do kill_group "$name"; done
}
kill_all() {
  kill_groups
  clean_up
}
trap kill_all EXIT

says() { grep -q -- "$2" "$work/$1.out"; }
wait_says() { eventually 15 says "$1" "$2"; }
listens_at() { grep -qi "$(printf ' 0100007F:%04X 00000000:0000 0A\|00000000000000000000000000000000:%04X .* 0A\|00000000:%04X 00000000:0000 0A' "$1" "$1" "$1")" /proc/net/tcp /proc/net/tcp6; }

# ---- our server

start_ours() { # KEY VERSION
  kill_group ours
  local try
  for try in 1 2 3; do
    port=$(pick_port)
    background ours "$serve" "$port" "$work/$1.pem" "$2"
    eventually 15 grep -q '^listening\|^cannot' "$work/ours.out"
    says ours '^listening' && return
  done
  fail "our server does not start: $(cat "$work/ours.out")"
}

sessions() { grep -c '^session' "$work/ours.out"; }
sessions_are() { [ "$(sessions)" -ge "$1" ]; }

# A client of ours: CLIENT VERSION HOW, where HOW is full or resumed. It talks until its input $work/talk.in ends. Each says how many
# sessions it makes; the last one is the one that counts.
client_openssl() {
  local old=(-sess_out "$work/session")
  if [ "$2" = resumed ]; then
    : >"$work/first.out" # the shell in the background may be slow to empty it
    printf 'hello\n' | timeout 10 openssl s_client -connect "localhost:$port" -tls1_"${1#1}" -CAfile "$ca" -verify_return_error \
      -sess_out "$work/session" -ign_eof >"$work/first.out" 2>&1 &
    eventually 10 grep -q '^hello' "$work/first.out"
    kill $! 2>/dev/null
    wait $! 2>/dev/null
    old=(-sess_in "$work/session")
  fi
  background talk openssl s_client -connect "localhost:$port" -tls1_"${1#1}" -CAfile "$ca" -verify_return_error "${old[@]}"
}
client_gnutls() {
  local again=()
  [ "$2" = resumed ] && again=(-r)
  background talk gnutls-cli --x509cafile "$ca" --priority "NORMAL:-VERS-ALL:+VERS-TLS1.${1#1}" "${again[@]}" -p "$port" localhost
}
client_socat() {
  background talk socat -t 5 - "OPENSSL:localhost:$port,cafile=$ca,openssl-min-proto-version=TLS1.${1#1},openssl-max-proto-version=TLS1.${1#1}"
}
client_ncat() {
  background talk env OPENSSL_CONF="$work/$1.cnf" ncat --ssl --ssl-verify --ssl-trustfile "$ca" localhost "$port"
}
# curl says nothing by itself, so what it asks for is the talk.
client_curl() {
  local last=$3 before=()
  [ "$2" = resumed ] && before=("https://localhost:$port/")
  [ "$last" = clean ] && last=/ || last=/hang
  background talk curl -sS --tlsv1."${1#1}" --tls-max 1."${1#1}" --cacert "$ca" "${before[@]}" \
    "https://localhost:$port$last"
}

# as_client PEER KEY VERSION HOW END: prints ok, or what went wrong.
as_client() {
  local peer=$1 key=$2 version=$3 how=$4 end=$5
  ca=$work/$key.crt
  start_ours "$key" "$version"
  rm -f "$work/talk.in"
  mkfifo "$work/talk.in"
  exec 9<>"$work/talk.in"
  "client_$peer" "$version" "$how" "$end"
  if [ "$peer" = curl ]; then
    if [ "$end" = clean ]; then wait_says talk hello; else wait_says ours hanging; fi || { echo "no answer"; return; }
  else
    echo hello >&9
    wait_says talk '^hello' || { echo "no echo: $(tail -1 "$work/talk.out")"; return; }
  fi
  local number=1
  [ "$how" = resumed ] && number=2
  eventually 10 sessions_are "$number" || { echo "one session only"; return; }
  says ours "^session $number $version $how" || { echo "wrong: $(grep '^session' "$work/ours.out" | tail -1)"; return; }
  end_client "$peer" "$end"
  wait_says ours "^end $number $end" && echo ok || echo "wrong: $(grep '^end' "$work/ours.out" | tail -1)"
}

# In order the way each has for it: the end of its input, or simply the end of its work.
end_client() {
  if [ "$2" = abrupt ]; then
    kill_group talk
  elif [ "$1" = openssl ]; then
    echo Q >&9
  fi
  exec 9>&-
}

# ---- their server

server_openssl() { # KEY VERSION
  background theirs openssl s_server -accept "127.0.0.1:$port" -cert "$work/$1.crt" -key "$work/$1.key" -tls1_"${2#1}" -rev
}
server_gnutls() {
  background theirs gnutls-serv --echo -p "$port" --x509certfile "$work/$1.crt" --x509keyfile "$work/$1.key" \
    --priority "NORMAL:-VERS-ALL:+VERS-TLS1.${2#1}" --disable-client-cert
}
server_socat() {
  background theirs socat "OPENSSL-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork,cert=$work/$1.crt,key=$work/$1.key,verify=0,openssl-min-proto-version=TLS1.${2#1},openssl-max-proto-version=TLS1.${2#1}" PIPE
}
server_ncat() {
  background theirs env OPENSSL_CONF="$work/$2.cnf" ncat --ssl --ssl-cert "$work/$1.crt" --ssl-key "$work/$1.key" -k -l 127.0.0.1 "$port" --exec /bin/cat
}

# as_server PEER KEY VERSION HOW END
as_server() {
  local peer=$1 key=$2 version=$3 how=$4 end=$5 number=1 cut=clean
  [ "$how" = resumed ] && number=2
  [ "$end" = abrupt ] && cut=cut
  port=$(pick_port)
  "server_$peer" "$key" "$version"
  eventually 10 listens_at "$port" || { echo "does not listen: $(tail -1 "$work/theirs.out")"; return; }
  background mine "$connect" "$port" "$work/$key.crt" "$version" "$number" "$cut"
  if [ "$end" = abrupt ]; then
    wait_says mine '^waiting\|^failed' && says mine '^waiting' || { echo "wrong: $(tail -1 "$work/mine.out")"; return; }
    kill_group theirs
    wait_says mine '^end' || { echo "the end was not noticed"; return; }
    says mine '^end abrupt' || { echo "wrong: $(tail -1 "$work/mine.out")"; return; }
  else
    wait_says mine "^closed $number\|^failed" && says mine "^closed $number" || { echo "wrong: $(tail -1 "$work/mine.out")"; return; }
  fi
  says mine "^session $number $version $how" && echo ok || echo "wrong: $(grep '^session' "$work/mine.out" | tail -1)"
}

# ---- the table

# Whether the other program has the means. socat and ncat never resume as clients. ncat leaves without a good-bye, against any server.
can() { # ROLE PEER HOW VERSION END
  case "$1 $2 $3 $4 $5" in
    'client socat resumed '* | 'client ncat resumed '* | 'client ncat '*' clean') return 1 ;;
    *) return 0 ;;
  esac
}

passed=0
failed=0
impossible=0

row() { # ROLE PEER PROGRAM
  local role=$1 peer=$2 program=$3 key version how end verdict line
  line=$(printf '%-22s' "$program")
  command -v "${program%% *}" >/dev/null || {
    echo "$line skipped: ${program%% *} is not installed (scripts/install-deps test)"
    return
  }
  for version in 12 13; do for key in RSA ECDSA; do for how in full resumed; do for end in clean abrupt; do
    if ! can "$role" "$peer" "$how" "$version" "$end"; then
      impossible=$((impossible + 1))
      line+=' -   '
      continue
    fi
    verdict=$(trap kill_groups EXIT; "as_$role" "$peer" "$key" "$version" "$how" "$end") # what it starts, only it knows
    if [ "$verdict" = ok ]; then
      passed=$((passed + 1))
      line+=' ok  '
    else
      failed=$((failed + 1))
      line+=' FAIL'
      echo "FAILED: $program, TLS 1.${version#1}, $key, $how, $end: $verdict"
    fi
  done; done; done; done
  echo "$line"
}

scan() {
  command -v sslscan >/dev/null || { echo "sslscan skipped: not installed (scripts/install-deps test)"; return; }
  start_ours ECDSA 0
  timeout 60 sslscan --no-colour "127.0.0.1:$port" >"$work/scan" 2>&1
  local versions suites
  versions=$(sed -nE 's/^(SSLv[23]|TLSv1\.[0-3]) +enabled$/\1/p' "$work/scan" | tr '\n' ' ')
  suites=$(awk '$1 == "Preferred" || $1 == "Accepted" {print $2, $5}' "$work/scan")
  is "versions that sslscan finds" "TLSv1.2 TLSv1.3 " "$versions"
  is "suites without forward secrecy" "" "$(awk '$1 == "TLSv1.2" && $2 !~ /^ECDHE-/' <<<"$suites")"
  [ "$(wc -l <<<"$suites")" -ge 4 ] && pass || fail "sslscan finds hardly any suite: $suites"
  grep -q 'Compression disabled\|OpenSSL version does not support compression' "$work/scan" && pass || fail "compression: $(grep -i compression "$work/scan")"
  echo "sslscan: $versions; $(wc -l <<<"$suites") suites: $(awk '{print $2}' <<<"$suites" | sort -u | tr '\n' ' ')"
}

need openssl timeout setsid
make_certificates
echo "                       TLS 1.2                                 TLS 1.3"
echo "                       RSA                 ECDSA               RSA                 ECDSA"
echo "                       full      resumed   full      resumed   full      resumed   full      resumed"
echo "clients of ours        ok/cut    ok/cut    ...                 (clean close / abrupt end in each)"
row client openssl "openssl s_client"
row client gnutls gnutls-cli
row client curl curl
row client socat socat
row client ncat ncat
echo "servers for ours"
row server openssl "openssl s_server"
row server gnutls gnutls-serv
row server socat "socat listening"
row server ncat "ncat listening"
scan
echo "$passed combinations passed, $failed failed, $impossible the other program has no means for"
[ "$failed" -eq 0 ] || failures=$((failures + failed))
checks=$((checks + passed + failed))
finish
