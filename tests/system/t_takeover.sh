#!/bin/bash
# A service that has taken over its worker: what it tells the parent, writes into its book and does to its sockets
# hurts nobody but itself. See helpers/takeover.py.
# shellcheck disable=SC2154 # what lib.sh and server.sh set
. "${0%/*}/lib.sh"
. "${0%/*}/server.sh"

takeover() { "$python" "$tests/helpers/takeover.py" "$@"; }
cat >"$tmp/shut.py" <<'P'
import socket, sys
s = socket.socket(fileno=0)
s.shutdown(socket.SHUT_RDWR)
P
cat >"$tmp/greet" <<'P'
#!/bin/sh
echo hello
P
cat >"$tmp/flags" <<'P'
#!/bin/sh
sed -n 's/^flags:\t//p' /proc/self/fdinfo/0
P
chmod 755 "$tmp/greet" "$tmp/flags" "$tmp/shut.py"
cp "$(command -v sleep)" "$tmp/setuid"
chmod 4755 "$tmp/setuid"
# waits NAME PORT PROGRAM [ARGS]: gets the listener itself
waits() { service "$@" | sed 's/wait = no/wait = yes/'; }
change() { sed "/^service $1\$/,/^}/s/wait = yes/wait = no/; /^service $1\$/,/^}/s,server = .*,server = $2," "$tmp/conf"; }
{
	defaults
	service a 7001 /bin/cat
	service b 7002 "$tmp/greet"
	waits shut 7003 "$python" "$tmp/shut.py"
	waits later 7004 /bin/true
	service setuid 7005 "$tmp/setuid" 1000
	service wrapped 7007 /bin/cat | sed 's/flags = NOLIBWRAP/flags = KEEPALIVE/'
	service limited 7006 "$tmp/setuid" 1000 "session_time = 1"
} >"$tmp/conf"
: >"$tmp/allow"
: >"$tmp/deny"
server -f "$tmp/conf" --hosts-allow "$tmp/allow" --hosts-deny "$tmp/deny"
busy() { # busy PID: clock ticks of processor time so far
	local -a v
	read -ra v <"/proc/$1/stat"
	echo $((v[13] + v[14]))
}
last_pid() { cut -d' ' -f5 /proc/loadavg; }
others() { is "$(ask 7002)" hello "$1: others are served"; }

hold one 7001
children+=($!)
is "$(say one x)" x "a session"
first_worker() { # of the service a
	ask 7001 >/dev/null
	local p
	for p in $(pgrep -P "$server" -x worker); do
		ss -Hlntp "sport = :7001" | grep -q "pid=$p," && echo "$p"
	done | tail -n 1
}
pid=$(first_worker)
[ "$pid" ] && kill -0 "$pid"
ok $? "it has a worker" || note "$(pgrep -P "$server" -l)"

# What it says.
lines=$(wc -l <"$tmp/said")
like "$(takeover tell "$pid" 3000 7 0 0 'x\n26/1/1@00:00:00: FORGED\x1b[2J')" '^[1-9][0-9]{3}' "it complains 3,000 times"
others "complaints"
[ $(($(wc -l <"$tmp/said") - lines)) -lt 5 ]
ok $? "and is not written down so often" || note "$(wc -l <"$tmp/said") lines"
unlike "$(<"$tmp/said")" '^26/1/1@|'$'\e' "nor can it begin lines or speak to a terminal"

"$python" "$tests/helpers/takeover.py" ask "$pid" 2000 >"$tmp/asked" 2>/dev/null &
children+=($!)
until_true 20 grep -q ready "$tmp/asked"
resolver=$(pgrep -P "$server" -x resolver)
[ "$resolver" ] && [ "$(ls "/proc/$resolver/fd" | wc -l)" -lt 20 ]
ok $? "asking for the resolver 2,000 times gives it one end" || note "$(ls "/proc/$resolver/fd" | wc -l) descriptors"
others "asking"

sleep 100 &
victim=$!
children+=("$victim")
takeover tell "$pid" 1 12 9 "$victim" >/dev/null
takeover tell "$pid" 1 12 9 "$server" >/dev/null
other=$(pgrep -P "$server" -x log)
takeover tell "$pid" 1 12 9 "$other" >/dev/null
sleep 0.3
kill -0 "$victim" && kill -0 "$other" && kill -0 "$server"
ok $? "the parent kills nobody for it that is not its child"

# What it writes into its book.
takeover book "$server" "$pid" 2 &
hostile=$!
"$python" - <<'P' &
import socket
s = socket.create_connection(("127.0.0.1", 7001))
s.settimeout(2)
try:
    s.recv(1)
except OSError:
    pass
P
sleep 0.2
before=$(last_pid)
sleep 1
after=$(last_pid)
wait "$hostile"
[ $((after - before)) -lt 60 ]
ok $? "workers that give up at once are not started without end" || note "$((after - before)) processes in a second"
until_true 10 eval '[ "$(ask 7001)" != refused ]'
others "the book"

pid=$(first_worker)
takeover claim "$server" "$pid" "$server" "$victim" 1 "$other"
began=${EPOCHREALTIME/./}
kill -9 "$pid"
until_true 20 gate status
took=$(((${EPOCHREALTIME/./} - began) / 1000))
[ "$took" -lt 3000 ]
ok $? "65,536 false sessions per book do not hold the parent up" || note "$took ms"
gate kill a >/dev/null 2>&1
gate kill b >/dev/null 2>&1
kill -0 "$victim" && kill -0 "$other" && kill -0 "$server"
ok $? "and have nobody killed"
others "false sessions"

# What it does to its sockets.
ask 7003 >/dev/null
sleep 0.5
ticks=$(busy "$server") before=$(last_pid)
sleep 1
[ $(($(busy "$server") - ticks)) -lt 30 ] && [ $(($(last_pid) - before)) -lt 60 ]
ok $? "a socket that was shut down keeps nobody busy" || note "$(($(busy "$server") - ticks)) ticks, $(($(last_pid) - before)) processes"
until_true 10 eval '[ "$(ask 7003)" != refused ]'
ok $? "and listens again"

ask 7004 >/dev/null
change later "$tmp/flags" >"$tmp/new" && cat "$tmp/new" >"$tmp/conf"
gate reload >/dev/null
ask 7004 >/dev/null
hold two 7001
children+=($!)
fd=$(ss -Hlntp "sport = :7004" | grep -o 'pid=[0-9]*,fd=[0-9]*' | sort -u | head -n 1)
[[ $fd =~ pid=([0-9]+),fd=([0-9]+) ]]
flags=$(sed -n 's/^flags:\s*//p' "/proc/${BASH_REMATCH[1]}/fdinfo/${BASH_REMATCH[2]}")
(((0$flags & 04000) != 0))
ok $? "a socket that a program had is made as it must be" || note "flags $flags of $fd"

# hosts.allow becomes something that the account may not read, while a session goes on (WRAP-14).
hold four 7007
children+=($!)
is "$(say four x)" x "a session under hosts.allow"
chmod 600 "$tmp/allow" "$tmp/deny"
echo "cat: 192.0.2.9" >"$tmp/allow"
echo "ALL: ALL" >"$tmp/deny"
hold five 7007
children+=($!)
is "$(say five x)" "" "files that only root may read are obeyed"
echo "ALL: ALL" >"$tmp/allow"
hold six 7007
children+=($!)
is "$(say six x)" x "and obeyed again"
is "$(say four y)" y "the session of before goes on"

# Programs of another user than their worker's.
"$python" -c '
import socket, sys, time
v = [socket.create_connection(("127.0.0.1", p)) for p in (7005, 7006)]
print("there", flush=True)
time.sleep(60)' >"$tmp/there" &
children+=($!)
until_true 5 sessions_are setuid 1
until_true 5 eval '[ "$(stat -c %u "/proc/$(pgrep -f "setuid 1000" | head -n 1)")" = 0 ]'
ok $? "a program that is setuid root"
until_true 10 sessions_are limited 0
ok $? "ends when its time is over" || note "$(gate sessions)"
gate kill setuid >/dev/null
until_true 5 sessions_are setuid 0
ok $? "and by gatehouse kill" || note "$(gate sessions)"

# An upgrade: no worker sees a book that is not its own.
gate reload --exec >/dev/null
until_true 5 gate status
is "$(ask 7002)" hello "after an upgrade"
hold three 7001
children+=($!)
for p in $(pgrep -P "$server" -x worker); do grep -c gatehouse-book "/proc/$p/maps"; done | sort -u >"$tmp/maps"
is "$(<"$tmp/maps")" 1 "each worker has one book"
stop_server

# No process can be made for a moment: it is tried again, five times as by xinetd, before anybody is refused.
{
	defaults
	service few 7001 /bin/cat | sed 's/user = nobody/user = games/'
} >"$tmp/conf"
ulimit -Su 2
server -f "$tmp/conf"
hold seven 7001
children+=($!)
seven=$!
is "$(say seven x)" x "as many processes as the account may have"
(sleep 0.25; kill -9 "$seven") &
hold eight 7001
children+=($!)
is "$(say eight x)" x "one more is served as soon as it can be"
is "$(ask 7001)" "" "or refused in the end"
until_true 3 grep -q 'FAIL: few fork' "$tmp/log"
ok $? "and that is in the log" || note "$(tail -n 3 "$tmp/log")"
stop_server
finish
