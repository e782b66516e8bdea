#!/bin/bash
# What gatehouse explain foretells is what happens: 50 random tables and clients, one live server (WRAP-8, WRAP-13).
# shellcheck disable=SC2154 # what lib.sh and server.sh set
. "${0%/*}/lib.sh"
. "${0%/*}/server.sh"
: >"$tmp/allow"
: >"$tmp/deny"
{
	defaults | sed 's/^}/\tcps = 10000 1\n}/'
	for port in 7001 7002 7003; do service "s$port" $port /bin/echo served "libwrap = d$port"; done | sed '/NOLIBWRAP/d'
} >"$tmp/conf"
server --hosts-allow "$tmp/allow" --hosts-deny "$tmp/deny" -f "$tmp/conf"
ok $? "it starts" || note "$(cat "$tmp/said")"
RANDOM=${SEED:-13}
any() { printf -v "$1" %s "${@:2 + RANDOM % ($# - 1):1}"; }
rules() { # a table of up to three lines
	local n=$((RANDOM % 4)) daemon client option
	for ((; n > 0; n--)); do
		any daemon d7001 d7002 d7003 ALL "ALL EXCEPT d7001" "d7001, d7002" d7001@127.0.0.1
		any client ALL 127.0.0. 127.0.1. 127.0.0.0/255.255.0.0 "ALL EXCEPT 127.0.1." "127.0.0.5 127.0.1.7" 192.0.2.1 "127. EXCEPT 127.0.0."
		any option "" "" "" " : ALLOW" " : DENY" " : severity auth.info"
		echo "$daemon : $client$option"
	done
}
# foretold SERVICE FROM
foretold() {
	"$GATEHOUSE" explain --service "$1" --from "$2" --to 127.0.0.1 --live --control "$ctl" --format json >"$tmp/explained" 2>&1
	"$python" -c '
import json, sys
d = json.load(open(sys.argv[1]))
print({"allowed": "yes", "refused": "no"}.get(d["verdict"], d["verdict"]))' "$tmp/explained" 2>&1
}
wrong=0 yes=0
for ((i = 0; i < 50; i++)); do
	rules >"$tmp/allow"
	rules >"$tmp/deny"
	any port 7001 7002 7003
	any from 127.0.0.5 127.0.0.6 127.0.1.7 127.0.1.8 127.2.0.1
	said=$(talk "from=$from" tcp 127.0.0.1 $port)
	[ "$said" = served ] && live=yes || live=no
	[ $live = yes ] && yes=$((yes + 1))
	told=$(foretold s$port "$from")
	[ "$told" = "$live" ] || { wrong=$((wrong + 1)); note "s$port from $from: told $told, live $live" "$(tail -n +1 "$tmp/allow" "$tmp/deny")" "$(cat "$tmp/explained")"; }
done
is "$wrong" 0 "50 of 50 (WRAP-13)"
[ $yes -gt 5 ] && [ $yes -lt 45 ]
ok $? "of which some were served and some were not" || note "$yes served"
stop_server
finish
