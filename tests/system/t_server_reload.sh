#!/bin/bash
# Reload and upgrade of gatehoused: all or nothing, and what is equal is left alone (INETD-8, XINETD-22, CON-3).
# shellcheck disable=SC2154 # what lib.sh and server.sh set
. "${0%/*}/lib.sh"
. "${0%/*}/server.sh"

socket_of() { ss -Htlnpe "sport = :$1" | grep -o 'ino:[0-9]*'; }
reads() { # how many configurations the server took
	gate status --format openmetrics | sed -n 's/^gatehouse_reloads_total //p'
}
reads_are() { [ "$(reads)" = "$1" ]; }

{
	defaults
	service same 7001 /bin/cat
	service changed 7002 /bin/cat
	service removed 7003 /bin/cat
} >"$tmp/conf"
cp "$tmp/conf" "$tmp/first"
server -f "$tmp/conf"
hold same 7001
hold changed 7002
hold removed 7003
is "$(say same a)$(say changed b)$(say removed c)" abc "three sessions"
sockets="$(socket_of 7001) $(socket_of 7002)"
worker=$(state same worker)

{
	defaults
	service same 7001 /bin/cat
	service changed 7002 /bin/echo changed
	service added 7004 /bin/echo added
} >"$tmp/conf"
kill -HUP "$server"
until_true 5 reads_are 1
ok $? "HUP reads the configuration again"
is "$(ask 7002)" changed "a changed service is what is written now"
is "$(ask 7004)" added "a new one is open"
is "$(ask 7003)" refused "a removed one is closed"
is "$(socket_of 7001) $(socket_of 7002)" "$sockets" "the others' sockets are those of before"
is "$(state same worker)" "$worker" "an equal service keeps its worker"
is "$(say same a)$(say changed b)$(say removed c)" abc "all sessions live on"
is "$(sessions same)$(sessions changed)$(sessions removed)" 111 "and are in the book"
gate kill removed
until_true 5 sessions_are removed 0
ok $? "a session of the removed service can be ended by command"
gone() { ! gate status | grep -q "^removed "; }
until_true 5 gone
ok $? "then nothing is left of it"
kill -USR2 "$server"
until_true 5 reads_are 2
ok $? "USR2 does what HUP does (CON-3)"

# All or nothing.
{
	cat "$tmp/conf"
	service broken 7005 /bin/echo broken "only_form = 127.0.0.1"
	service fine 7006 /bin/echo fine
} >"$tmp/new"
cp "$tmp/conf" "$tmp/good"
cp "$tmp/new" "$tmp/conf"
said=$(gate reload 2>&1)
is $? 1 "a configuration with a mistake is refused"
like "$said" "$tmp/conf:[0-9]+" "and where the mistake is told"
is "$(ask 7006)" refused "nothing of it is served"
is "$(ask 7004)" added "what was served is"
kill -HUP "$server"
until_true 5 grep -q "nothing is changed" "$tmp/said"
ok $? "by signal: the log tells" || note "$(tail -n 3 "$tmp/said")"
"$python" -c '
import socket, sys, time
s = socket.socket(); s.bind(("", 7007)); s.listen()
time.sleep(60)' &
taken=$!
until_true 5 socket_of 7007
{
	cat "$tmp/good"
	service taken 7007 /bin/echo taken
	service fine 7006 /bin/echo fine
} >"$tmp/conf"
said=$(gate reload 2>&1)
is $? 1 "so is one with an address that others have"
like "$said" "7007" "which is told"
is "$(ask 7006)" refused "nothing of it is served"
kill "$taken"
wait "$taken" 2>/dev/null
gate reload
is "$(ask 7007)/$(ask 7006)" taken/fine "and all of it when the address is free"

# From one address to all, and back: the kernel would not have both at a time.
{
	defaults
	service same 7001 /bin/cat
	service wide 7008 /bin/echo narrow "bind = 127.0.0.1"
} >"$tmp/conf"
gate reload
is "$(ask 7008)/$(ask 7008 192.0.2.1)" narrow/refused "one address"
sed -i 's/narrow/wide/; s/bind = 127.0.0.1//' "$tmp/conf"
gate reload
served_wide() { [ "$(ask 7008 192.0.2.1)" = wide ]; }
until_true 5 served_wide
ok $? "then all addresses"
sed -i 's/wide$/narrow/; /server_args = narrow/a bind = 192.0.2.2' "$tmp/conf"
gate reload
served_narrow() { [ "$(ask 7008)/$(ask 7008 192.0.2.2)" = refused/narrow ]; }
until_true 5 served_narrow
ok $? "then one again" || note "$(ask 7008) $(ask 7008 192.0.2.2)" "$(cat "$tmp/conf")"

# Another program in our place.
worker=$(state same worker)
socket=$(socket_of 7001)
began=$(gate status --format json | grep -o '"started": [0-9]*' | head -n 1)
gate reload --exec
is $? 0 "upgrade"
sleep 0.3
until_true 5 gate status
is "$(say same a)" a "sessions live on"
is "$(state same worker)/$(socket_of 7001)" "$worker/$socket" "workers and sockets are kept"
is "$(sessions same)" 1 "and the book"
is "$(gate status --format json | grep -o '"started": [0-9]*' | head -n 1)" "$began" "and counters"
hold later 7001
is "$(say later x)" x "it serves"
ask 7008 192.0.2.2 >/dev/null
until_true 5 pgrep -P "$server" -x log
ok $? "the log process is there"
worker=$(state same worker)
kill -9 "$worker"
until_true 5 state_is same worker None
is "$(say later y)$(sessions same)" y2 "workers of the life before are looked after"
cp "$tmp/new" "$tmp/conf"
gate reload --exec 2>/dev/null
is $? 1 "no upgrade with a configuration that has mistakes"
is "$(say same a)" a "nothing happens"
[ -d "/proc/$server" ] && [ "$(find "/proc/$server/fd" -type l | wc -l)" -lt 40 ]
ok $? "no descriptor is left over" || note "$(ls -l "/proc/$server/fd")"

# Limits hold across a reload.
{
	defaults
	service two 7009 /bin/cat "" "instances = 2"
} >"$tmp/conf"
gate reload
hold a 7009
hold b 7009
is "$(say a x)$(say b x)" xx "two of two"
ask 7009 >/dev/null
is "$(state two started)" 2 "no third"
sed -i 's/instances = 2/instances = 2\n\tnice = 1/' "$tmp/conf"
gate reload
ask 7009 >/dev/null
is "$(state two started)/$(state two refused)" 2/2 "nor after a reload"
is "$(say a x)$(say b x)" xx "the two live"
stop_server
is "$(pgrep -c -x cat)" 0 "no session is left behind"
finish
