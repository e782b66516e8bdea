#!/bin/bash
# gatehoused's processes: who runs when, what happens when one of them dies (INETD-7, -9, -16, POL-18).
# shellcheck disable=SC2154 # what lib.sh and server.sh set
. "${0%/*}/lib.sh"
. "${0%/*}/server.sh"

{
	defaults
	service id 7001 /usr/bin/id
	service echo 7002 /bin/cat
	service inside 7003 /bin/echo inside "bind = 192.0.2.1"
	service outside 7003 /bin/echo outside "bind = 192.0.2.2" "id = outside"
} >"$tmp/conf"
echo 99999 >"$tmp/pid"
server -f "$tmp/conf"
ok $? "it starts and answers"
is "$(cat "$tmp/pid")" "$server" "the pidfile: its number, over a stale one (INETD-9)"
is "$(pgrep -c -P "$server")" 0 "no other process before the first client (INETD-7)"
owners=$(ss -Htlnp | grep -o 'pid=[0-9]*' | sort -u)
is "$owners" "pid=$server" "one process owns all sockets (INETD-16)"
is "$(ask 7001)" "$(setpriv --reuid nobody --regid nogroup --clear-groups id)" "a service runs as its account"
is "$(ask 7003 192.0.2.1)/$(ask 7003 192.0.2.2)" "inside/outside" "two programs on one port, an address each (POL-18)"
is "$(ask 7003 127.0.0.1)" refused "and on no other address"
root_ones=$(pgrep -P "$server" -u root -c)
is "$root_ones" 0 "no process but the first is root's"

hold one 7002
is "$(say one hello)" hello "a session"
worker=$(state echo worker)
session=$(pgrep -P "$worker" -x cat)
[ -n "$session" ]
ok $? "it is the worker's child"

kill -9 "$worker"
until_true 5 state_is echo worker None
is "$(say one again)" again "it survives its worker"
is "$(sessions echo)" 1 "and is still in the book"
is "$(cut -d' ' -f4 "/proc/$session/stat")" "$server" "now the first process's child"
hold two 7002
is "$(say two new)" new "a new worker serves"
is "$(sessions echo)" 2 "both are in the book"
kill "$session"
until_true 5 sessions_are echo 1
ok $? "the end of the first is noticed"
until_true 5 grep -q "EXIT: echo .*pid=$session" "$tmp/log"
ok $? "and logged" || note "$(cat "$tmp/log")"
like "$(cat "$tmp/said")" "echo: worker $worker ended with signal 9" "the worker's end is said"

old=$(pgrep -P "$server" -x log)
kill -9 "$old"
sleep 0.3
is "$(say two more)" more "sessions do not notice the end of the log process"
ask 7001 >/dev/null
until_true 5 pgrep -P "$server" -x log
new=$(pgrep -P "$server" -x log)
[ -n "$new" ] && [ "$new" != "$old" ]
ok $? "there is another one"
before=$(grep -c START "$tmp/log")
ask 7001 >/dev/null
logs_more() { [ "$(grep -c START "$tmp/log")" -gt "$before" ]; }
until_true 5 logs_more
ok $? "which writes" || note "$(cat "$tmp/log" "$tmp/said")"

# The end of the first process, and its return.
kill -9 "$server"
wait "$server" 2>/dev/null
is "$(say two orphan)" orphan "a session survives kill -9 of the first process"
server -f "$tmp/conf"
ok $? "which can be started again at once" || note "$(cat "$tmp/said")"
is "$(ask 7003 192.0.2.1)" inside "and serves"
is "$(say two still)" still "the session too"

# It will not be started twice.
said=$("$GATEHOUSED" --foreground --control "$ctl" -f "$tmp/conf" 2>&1)
is $? 3 "a second one on the same control socket ends"
like "$said" "already running" "and says why"
is "$(ask 7003 192.0.2.1)" inside "the first does not notice"

hold three 7002
is "$(say three x)" x "a session of the new one"
kill -QUIT "$server"
until_true 5 is_gone "$server"
ok $? "QUIT ends it"
is "$(say three y)" y "and leaves sessions running"
[ ! -e "$tmp/pid" ] && [ ! -e "$ctl" ]
ok $? "pidfile and socket are gone"
server -f "$tmp/conf"
hold four 7002
is "$(say four x)" x "a session"
kill -TERM "$server"
until_true 8 is_gone "$server"
ok $? "TERM ends it"
is "$(say four y)" "" "and its sessions"

# A worker that cannot be is not tried for ever in a row.
{
	defaults
	service bad 7001 /usr/bin/id "" "nice = 5" "group = nogroup"
} >"$tmp/conf"
server -f "$tmp/conf"
for ((i = 0; i < 6; i++)); do
	(ask 7001 >/dev/null &)
	until_true 1 pgrep -P "$server" -x worker || break
	worker=$(pgrep -P "$server" -x worker | tail -n 1)
	kill -9 "$worker"
	sleep 0.02
done
sleep 0.2
is "$(state bad state)" failing "a service whose workers die all the time waits"
stop_server
ok $? "gatehouse stop ends it"

# Nothing is open that nobody asked for (POL-21): no file, no service; an empty file, no socket.
said=$("$GATEHOUSED" --foreground --control "$ctl" -f /dev/null 2>&1)
status=$?
[ $status -ne 0 ] && [ -n "$said" ]
ok $? "without a service it ends and says so"
: >"$tmp/empty"
server --stayalive -f "$tmp/empty"
is "$(ss -Htuln | wc -l)" 0 "with --stayalive it runs, and no socket is open (POL-21)"
stop_server

# systemd's protocol.
{
	defaults
	service id 7001 /usr/bin/id
} >"$tmp/conf"
"$python" -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
s.settimeout(20)
with open(sys.argv[2], "w", buffering=1) as out:
    while True:
        out.write(s.recv(4096).decode().replace("\n", " ") + "\n")' "$tmp/notify" "$tmp/notified" 2>/dev/null &
until_true 5 test -S "$tmp/notify"
NOTIFY_SOCKET=$tmp/notify WATCHDOG_USEC=200000 server -f "$tmp/conf"
gate reload
sleep 0.5
stop_server
notified=$(cat "$tmp/notified")
is "$(head -n 1 <<<"$notified")" READY=1 "READY=1 first"
like "$notified" "RELOADING=1 MONOTONIC_USEC=[0-9]+" "RELOADING"
is "$(grep -v WATCHDOG <<<"$notified" | tail -n 1)" STOPPING=1 "STOPPING last"
[ "$(grep -c WATCHDOG <<<"$notified")" -ge 2 ]
ok $? "the watchdog is fed" || note "$notified"

# A socket that somebody opened for us (LISTEN_FDS) is the one that is used.
cat >"$tmp/activate" <<'P'
import os, socket, sys
s = socket.socket(socket.AF_INET6)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.bind(("::", 7001))
s.listen(7)
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
print(os.stat(3).st_ino, flush=True)
os.execv(sys.argv[1], sys.argv[1:])
P
"$python" "$tmp/activate" "$GATEHOUSED" --foreground --control "$ctl" -f "$tmp/conf" >"$tmp/inode" 2>>"$tmp/said" &
server=$!
until_true 5 gate status
is "$(ss -Htlnpe 'sport = :7001' | grep -o 'ino:[0-9]*')" "ino:$(head -n 1 "$tmp/inode")" "a socket that was passed is taken over"
like "$(ask 7001)" uid= "and served"
stop_server

# inetd's option -q.
"$GATEHOUSED" --foreground --control "$ctl" -q 9 -f "$tmp/conf" >>"$tmp/said" 2>&1 &
server=$!
until_true 5 gate status
is "$(ss -Htln 'sport = :7001' | awk '{print $3}')" 9 "-q: so many connections may wait"
stop_server

# -limit counts processes, also those that outlive their worker, and forgets them when they end.
{
	defaults
	service id 7001 /usr/bin/id
	service echo 7002 /bin/cat
} >"$tmp/limited"
"$GATEHOUSED" --foreground --control "$ctl" --limit 1 -f "$tmp/limited" >>"$tmp/said" 2>&1 &
server=$!
until_true 5 gate status
hold limited 7002
is "$(say limited hello)" hello "--limit 1: one process"
unlike "$(ask 7001)" uid= "no second one"
worker=$(state echo worker)
session=$(pgrep -P "$worker" -x cat)
kill -9 "$worker"
until_true 5 state_is echo worker None
unlike "$(ask 7001)" uid= "its worker is killed: it still counts"
kill "$session"
serves() { [[ "$(ask 7001)" = *uid=* ]]; }
until_true 5 serves
ok $? "until it ends"
stop_server

# As a daemon: the starter returns when it serves.
"$GATEHOUSED" --control "$ctl" --pidfile "$tmp/pid" --filelog "$tmp/messages" -f "$tmp/conf" </dev/null
is $? 0 "as a daemon"
like "$(ask 7001)" uid= "it serves when its starter has returned"
is "$(cut -d' ' -f5,6 "/proc/$(cat "$tmp/pid")/stat" | tr ' ' '\n' | sort -u | wc -l)" 1 "in a session of its own"
server=$(cat "$tmp/pid")
stop_server
"$GATEHOUSED" --control "$ctl" --pidfile "$tmp/pid" -f "$tmp/none" </dev/null 2>"$tmp/err"
status=$?
[ $status -ne 0 ] && grep -q "$tmp/none" "$tmp/err"
ok $? "the starter tells when it cannot"
finish
