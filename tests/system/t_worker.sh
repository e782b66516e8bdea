#!/bin/bash
# What a worker gives its programs, and what it refuses: INETD-5..7, INETD-15, XINETD-15..18. In a
# network and pid namespace of its own, where every process that is made can be counted.
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP root"; exit 0; }
if [ -z "${INSIDE:-}" ]; then
	unshare -n -p -f -m --mount-proc true 2>/dev/null || { echo "1..0 # SKIP namespaces"; exit 0; }
	INSIDE=1 exec unshare -n -p -f -m --mount-proc --kill-child bash "$0"
fi
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
GATEHOUSED=${GATEHOUSE%/*}/gatehoused
[ -x "$GATEHOUSED" ] || skip_all gatehoused
ip link set lo up || skip_all network

chmod 755 "$tmp"
: >"$tmp/allow"
: >"$tmp/deny"
echo '#!/nonexistent/interpreter' >"$tmp/broken"
cat >"$tmp/datagram.py" <<'P'
import socket
s = socket.socket(fileno=0)
d, a = s.recvfrom(2000)
s.sendto(b"got " + d, a)
P
cat >"$tmp/accepts.py" <<'P'
import socket
s = socket.socket(fileno=0)
for _ in range(2):
    c, a = s.accept()
    c.sendall(b"accepted\n")
    c.close()
P
printf '#!/bin/sh\necho to-client\necho to-log >&2\n' >"$tmp/talks"
chmod 755 "$tmp"/{broken,talks,datagram.py,accepts.py}

# service NAME PORT LINE...: one of xinetd's entries
service() {
	printf 'service %s\n{\n\ttype = UNLISTED\n\tport = %s\n\tflags = NOLIBWRAP\n' "$1" "$2"
	shift 2
	printf '\t%s\n' "$@"
	printf '}\n'
}
stream() { # stream NAME PORT SERVER LINE...
	local name=$1 port=$2 server=$3
	shift 3
	service "$name" "$port" "socket_type = stream" "protocol = tcp" "wait = no" \
		"server = $server" "$@"
}
{
	printf 'defaults\n{\n\tlog_type = FILE %s\n' "$tmp/log"
	printf '\tlog_on_success = PID HOST EXIT DURATION\n\tlog_on_failure = HOST\n'
	printf '\tcps = 100000 1\n}\n'
	stream fds 2001 /bin/ls "user = nobody" "server_args = /proc/self/fd"
	stream ids 2002 /usr/bin/id "user = daemon" "groups = yes"
	stream few 2003 /bin/cat "user = nobody" "server_args = /proc/self/limits" \
		"rlimit_as = 64M" "rlimit_cpu = 7"
	stream env 2004 /usr/bin/env "user = nobody" "env = ONE=1 TWO=2" "passenv ="
	stream state 2005 /bin/cat "user = nobody" "server_args = /proc/self/status" "umask = 027"
	stream stat 2006 /bin/cat "user = nobody" "server_args = /proc/self/stat" "nice = 10"
	stream hold 2007 /bin/cat "user = nobody" "instances = 1"
	stream persource 2008 /bin/cat "user = nobody" "per_source = 2"
	stream broken 2009 "$tmp/broken" "user = nobody"
	stream root 2010 /usr/bin/id "user = root"
	stream leads 2090 /bin/cat "user = root" "server_args = /proc/self/stat"
	stream limited 2011 /bin/cat "user = nobody" "session_time = 1"
	stream talks 2012 "$tmp/talks" "user = nobody" "stderr = log"
	stream rate 2013 /bin/true "user = nobody" "cps = 5 3"
	stream load 2014 /bin/true "user = nobody" "max_load = 0.000001"
	stream queue 2015 /bin/cat "user = nobody" "instances = 1" "on_limit = queue"
	stream ident 2019 /usr/bin/env "user = nobody" "log_on_success += USERID"
	service dgram 2016 "socket_type = dgram" "protocol = udp" "wait = yes" "user = root" \
		"server = $python" "server_args = $tmp/datagram.py"
	service spin 2017 "socket_type = dgram" "protocol = udp" "wait = yes" "user = nobody" \
		"server = /bin/true"
	service accepts 2018 "socket_type = stream" "protocol = tcp" "wait = yes" "user = root" \
		"server = $python" "server_args = $tmp/accepts.py"
} >"$tmp/conf"

"$GATEHOUSED" --foreground -f "$tmp/conf" --hosts-allow "$tmp/allow" --hosts-deny "$tmp/deny" \
	--control "$tmp/control" >"$tmp/out" 2>&1 &
server=$!
children+=("$server")
listens() { ss -Hltn | grep -q ":$1\\b"; }
until_true 10 listens 2018
ok $? "gatehoused listens" || { note "$(cat "$tmp/out")"; finish; }

# ask PORT [TEXT]: what a service says
ask() {
	timeout 10 "$python" - "$@" <<'P'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 8)
if len(sys.argv) > 2:
    s.sendall(sys.argv[2].encode())
    s.shutdown(socket.SHUT_WR)
out = b""
try:
    while True:
        got = s.recv(65536)
        if not got:
            break
        out += got
except ConnectionResetError:
    pass
sys.stdout.write(out.decode())
P
}
logged() { grep -Eq -e "$1" "$tmp/log"; }
workers() { pgrep -P "$server" | wc -l; }

is "$(workers)" 0 "no process before the first connection (INETD-7)"
is "$(ask 2001 | tr '\n' ' ')" "0 1 2 3 " "a program has 0-2, and the one ls opened"
is "$(ask 2002)" "$(setpriv --reuid daemon --regid daemon --init-groups id)" "its user, group and groups (INETD-6)"
is "$(ask 2010 | cut -d' ' -f1)" "uid=0(root)" "a root service keeps root"
limits=$(ask 2003)
like "$limits" 'Max address space +67108864 +67108864' "its limits (XINETD-18)"
like "$limits" 'Max cpu time +7 +7' "all of them"
is "$(grep 'Max open files' <<<"$limits" | awk '{print $4}')" "$(ulimit -Sn)" "descriptors as the server was given"
env=$(ask 2004 | sort)
is "$(grep -cE '^(ONE=1|TWO=2|PROTO=TCP|TCPREMOTEIP=127.0.0.1|REMOTE_HOST=127.0.0.1|REMOTE_ADDR=127.0.0.1|TCPLOCALIP=127.0.0.1|TCPLOCALPORT=2004)$' <<<"$env")" 8 "its environment"
like "$env" '^REMOTE_PORT=[0-9]+$' "the client's port, in one way"
is "$(sed -n 's/^REMOTE_PORT=//p' <<<"$env")" "$(sed -n 's/^TCPREMOTEPORT=//p' <<<"$env")" "and in the other"
state=$(ask 2005)
like "$state" '^SigBlk:.0+$' "no signal is blocked"
like "$state" '^SigIgn:.0+$' "none is ignored"
like "$state" '^Umask:.0027$' "its umask"
is "$(ask 2006 | awk '{print $19}')" 10 "its niceness (XINETD-17)"
is "$(ask 2006 | awk '{print ($1 == $5)}')" 1 "a process group of its own"
is "$(ask 2006 | awk '{print ($1 == $6)}')" 0 "no session"
is "$(ask 2090 | awk '{print ($1 == $6)}')" 1 "a program that runs as root leads one: it may want a terminal"

is "$(ask 2009)" "" "a program that cannot be started says nothing"
until_true 5 logged 'FAIL: broken exec'
ok $? "and the log says it"
! logged 'EXIT: broken'
ok $? "it is no session that ended with status 0"

is "$(ask 2012)" "to-client" "standard error is not the client's under stderr = log"
until_true 5 logged 'to-log'
ok $? "it is logged"

start=$EPOCHSECONDS
exec 5<>/dev/tcp/127.0.0.1/2011
timeout 8 cat <&5 >/dev/null
ok $? "session_time ends a session"
[ $((EPOCHSECONDS - start)) -ge 1 ]
ok $? "not before its time"
exec 5>&-

# Limits; what is refused costs no process and leaves nothing behind.
exec 5<>/dev/tcp/127.0.0.1/2007
echo hello >&5
until_true 5 logged 'START: hold'
read -r -t 5 -u 5 said
is "$said" hello "the one instance serves"
worker=$(awk '{print $4}' "/proc/$(sed -n 's/.*START: hold pid=\([0-9]*\).*/\1/p' "$tmp/log")/stat")
ask 2007 >"$tmp/refused"
is "$(cat "$tmp/refused")" "" "the second is refused (INETD-15)"
until_true 5 logged 'FAIL: hold service_limit from=127.0.0.1'
ok $? "and logged"

flood() { # flood PORT N: that many connections, one after the other; says how many were refused
	"$python" - "$@" <<'P'
import socket, sys
refused = 0
for _ in range(int(sys.argv[2])):
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 8)
    try:
        refused += s.recv(100) == b""
    except ConnectionResetError:
        refused += 1
    s.close()
print(refused)
P
}
flood 2007 200 >/dev/null
fds=$(find "/proc/$worker/fd" | wc -l)
pages=$(awk '/^(RssAnon|RssShmem)/ {n += $2} END {print n}' "/proc/$worker/status")
before=$(cat /proc/sys/kernel/ns_last_pid)
refused=$(flood 2007 5000)
after=$(cat /proc/sys/kernel/ns_last_pid)
is "$refused" 5000 "a flood is refused whole"
# cat, python, its thread or wrapper, the subshell: a handful, not five thousand.
[ $((after - before)) -lt 50 ]
ok $? "without a process each (XINETD-18)" || note "$((after - before)) processes"
is "$(find "/proc/$worker/fd" | wc -l)" "$fds" "no descriptor is left behind"
grown=$(($(awk '/^(RssAnon|RssShmem)/ {n += $2} END {print n}' "/proc/$worker/status") - pages))
[ "$grown" -lt 100 ]
ok $? "nor memory" || note "$grown KiB"

# A worker that is killed: what it had counts on.
kill -9 "$worker"
echo more >&5
read -r -t 5 -u 5 said
is "$said" more "a session outlives its worker"
is "$(ask 2007)" "" "and is still counted by the next one"
exec 5>&-
again() { [ "$(ask 2007 x)" = x ]; }
until_true 10 again
ok $? "until it ends"

exec 5<>/dev/tcp/127.0.0.1/2008 6<>/dev/tcp/127.0.0.1/2008
is "$(ask 2008)" "" "per_source"
until_true 5 logged 'FAIL: persource per_source_limit from=127.0.0.1'
ok $? "is logged"
exec 5>&-
third() { [ "$(ask 2008 x)" = x ]; }
until_true 5 third
ok $? "a place that is given back serves again"
exec 6>&-

flood 2013 6 >/dev/null
until_true 5 logged 'FAIL: rate connections per second from=127.0.0.1'
ok $? "a rate"
ask 2014 >/dev/null
until_true 5 logged 'FAIL: load load from=127.0.0.1'
ok $? "max_load"

exec 5<>/dev/tcp/127.0.0.1/2015
ask 2015 queued >"$tmp/queued" 5>&- &
queued=$!
sleep 0.3
[ ! -s "$tmp/queued" ]
ok $? "on_limit = queue: the second waits"
exec 5>&-
wait "$queued"
is "$(cat "$tmp/queued")" queued "and is served then"
! logged 'FAIL: queue'
ok $? "nobody was refused"

datagrams() {
	"$python" - "$1" "$2" <<'P'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(8)
n = int(sys.argv[2])
for i in range(n):
    s.sendto(b"%d" % i, ("127.0.0.1", int(sys.argv[1])))
print(len({s.recv(100) for i in range(n)}))
P
}
is "$(datagrams 2016 20)" 20 "wait: every datagram is answered, none is lost (INETD-5)"
"$python" -c 'import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 2017))'
until_true 5 logged 'spin: server failing \(looping\)'
ok $? "a program that does not read is noticed"
sleep 1
[ "$(grep -c 'START: spin' "$tmp/log")" -lt 20 ]
ok $? "and not started without end" || note "$(grep -c 'START: spin' "$tmp/log") times"
is "$(ask 2018)$(ask 2018)$(ask 2018)$(ask 2018)" \
	"acceptedacceptedacceptedaccepted" "wait: a stream program accepts by itself (INETD-5)" \
	2>/dev/null

# Who the client says it is (XINETD-13, XINETD-15): known, unknown, and not said for a while.
ask 2019 >"$tmp/asked"
until_true 5 logged 'NOID: ident 127.0.0.1'
ok $? "no ident server: served, and logged"
"$python" - "$tmp/ident" <<'P' &
import socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 113))
s.listen(5)
open(sys.argv[1], "w").close()
c, a = s.accept()
c.sendall(c.recv(100).strip() + b" : USERID : UNIX : joe\r\n")
c.close()
c, a = s.accept()
time.sleep(3)
P
children+=("$!")
until_true 5 test -e "$tmp/ident"
like "$(ask 2019)" '^TCPREMOTEINFO=joe$' "the program is told the user"
until_true 5 logged 'USERID: ident .*joe'
ok $? "and the log"
ask 2019 >"$tmp/asked" &
asked=$!
sleep 0.3
is "$(ask 2010 | cut -d' ' -f1)" "uid=0(root)" "who waits for ident delays nobody"
wait "$asked"
like "$(cat "$tmp/asked")" '^PROTO=TCP$' "and is served in the end"

# The parent is killed: its sessions go on, its ports are free at once.
exec 5<>/dev/tcp/127.0.0.1/2007
echo hello >&5
read -r -t 5 -u 5 said
kill -9 "$server"
wait "$server" 2>/dev/null
no_listener() { ! listens '20[0-9]*'; }
until_true 5 no_listener
ok $? "without a parent nobody listens" || note "$(ss -Hltnp)"
echo still >&5
read -r -t 5 -u 5 said
is "$said" still "a session outlives the parent"
exec 5>&-
gone() { ! pgrep -x gatehoused; }
until_true 15 gone
ok $? "and then all of it is gone" || note "$(pgrep -ax gatehoused)"
finish
