#!/usr/bin/env bash
# demo.sh - a day of orders through the exchange, twice: once in peace, once with a kill -9 in the
# middle. `./jz demo` builds everything and runs it.
#
#   DIR   a directory with cmds.csv(.xz) to replay instead of the day that it finds by itself
#   JZ_BIN, JZ_SHARED in the environment: where the programs and the recorded day lie
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
bin=${JZ_BIN:-$here/build/release/bin}
shared=${JZ_SHARED:-$here/../shared}
window=256
market=AMZN/USD

bold='' dim='' plain=''
if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; fi
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
note() { printf '%s%s%s\n' "$dim" "$*" "$plain"; }
fail() { printf 'demo: %s\n' "$*" >&2; exit 1; }

place=$(mktemp -d "${TMPDIR:-/tmp}/jiaozi-demo.XXXXXX")
daemon='' replay='' is_done=''

# Ends what this script has started, and nothing else.
clean_up() {
  trap - INT TERM EXIT
  for process in $replay $daemon; do kill -TERM "$process" 2>/dev/null || true; done
  for process in $replay $daemon; do wait "$process" 2>/dev/null || true; done
  [ -z "$is_done" ] || return 0
  rm -rf "$place"
  printf '\nEnded early; everything it had started is stopped, %s is removed.\n' "$place" >&2
}
trap 'clean_up; exit 130' INT TERM
trap clean_up EXIT

requests='tcp://127.0.0.1:0' feed='tcp://127.0.0.1:0' # port 0: any that is free
start_exchange() { # data directory; on later starts the same ports, so that clients find it again
  local log=$place/jiaozid.log ready=''
  : >"$log"
  "$bin/jiaozid" --data "$1" --requests "$requests" --feed "$feed" 2>"$log" &
  daemon=$!
  for _ in $(seq 400); do
    ready=$(grep -m 1 '^jiaozid: ready ' "$log" || true)
    [ -z "$ready" ] || break
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.05
  done
  [ -n "$ready" ] || fail "jiaozid did not start: $(tail -n 1 "$log")"
  grep '^jiaozid: recovered ' "$log" || true
  requests=${ready#*requests=} requests=${requests%% *}
  feed=${ready#*feed=} feed=${feed%% *}
}
stop_exchange() { kill -TERM "$daemon"; wait "$daemon" || true; daemon=''; }
jiaozi() { "$bin/jiaozi" "$@" --connect "$requests" --feed "$feed"; }
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p"; } # of one JSON object on a line

for program in jiaozid jiaozi jz-bench; do
  [ -x "$bin/$program" ] || fail "$bin/$program is missing; ./jz build makes it"
done

say '1. The orders'
if [ $# -gt 0 ]; then
  flow=$1
  echo "The flow in $flow."
elif [ -e "$shared/data/lobster_amzn/cmds.csv.xz" ]; then
  flow=$shared/data/lobster_amzn
  echo 'A real day: Amazon on Nasdaq, 21 June 2012, best five levels; 229,154 commands, and what the'
  echo "venue made of them. From $flow"
else
  flow=$place/flow
  mkdir "$flow"
  echo 'The recorded day is not here, so a flow of 200,000 commands is generated from seed 1, with'
  echo 'the fills and books that follow from it.'
  "$bin/jz-bench" flow --commands 200000 --seed 1 --out "$flow" >/dev/null
fi

say '2. Through the exchange, and compared with the venue'
start_exchange "$place/calm"
echo "jiaozid runs as process $daemon: gateway, engine and journal, on an empty directory."
echo "Two currencies and the market $market are listed, a buyer and a seller opened and funded; then"
echo "each command goes over ZeroMQ to the gateway, $window in flight, and is flushed to disk before it"
echo 'is answered. Every fill is compared, and every book as the depth feed shows it.'
echo
jiaozi replay "$flow" --setup --market "$market" --window "$window"
calm=$(jiaozi status --digest --json)
stop_exchange
rm -rf "$place/calm"

say '3. The same again, with a kill -9 in the middle'
requests='tcp://127.0.0.1:0' feed='tcp://127.0.0.1:0'
start_exchange "$place/killed"
jiaozi replay "$flow" --setup --market "$market" --window "$window" >"$place/replay.txt" &
replay=$!
middle=$(($(field seq <<<"$calm") / 2)) sequence=0
while [ "$sequence" -lt "$middle" ] && kill -0 "$replay" 2>/dev/null; do
  sequence=$(jiaozi status --json 2>/dev/null | field seq || true)
  sequence=${sequence:-0}
done
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null || true
printf '\r'
echo "kill -9 $daemon, after more than $sequence commands. Started again on what is on the disk:"
start_exchange "$place/killed"
code=0
wait "$replay" || code=$?
replay=''
sed '/^$/,$d' "$place/replay.txt"
[ "$code" -eq 0 ] || fail "the second replay ended with code $code"
note 'Not compared is what nobody could see: reports and books of the moment without a connection.'
killed=$(jiaozi status --digest --json)
ask=$(jiaozi book "$market" --depth 1 --json | sed -n 's/.*"asks":\[\[\([0-9]*\).*/\1/p')
stop_exchange

say '4. Nothing lost, nothing done twice'
calm_digest=$(field content_digest <<<"$calm")
killed_digest=$(field content_digest <<<"$killed")
printf 'content digest, undisturbed       %s\n' "$calm_digest"
printf 'content digest, killed with -9    %s\n' "$killed_digest"
[ "$calm_digest" = "$killed_digest" ] || fail 'the digests differ, which must never happen'
echo 'Equal: every balance, market and resting order is the same.'

say '5. What to type next'
programs=${bin#"$here"/}
data=$place/killed
cat <<TEXT
The data of the second run is in $data ($(du -sh "$data" | cut -f 1)). Start the
exchange on it again, and talk to it from another terminal:

  $programs/jiaozid --data $data

  $programs/jiaozi book $market                        the book as the day left it
  $programs/jiaozi book $market --watch                the same, as it changes
  $programs/jiaozi order buy 101 $market 10 ${ask:-1}    an order that trades
  $programs/jiaozi status --digest
  ./jz bench wire                                               orders a second on this machine

When you are done: rm -rf $place
TEXT
rm -f "$place/replay.txt" "$place/jiaozid.log"
is_done=yes
