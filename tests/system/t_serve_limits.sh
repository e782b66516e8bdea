#!/bin/bash
# Limits where they are easily forgotten: datagrams, IPv6 sources by prefix, what one source does to others, a queue,
# the number of all processes (XINETD-18, INETD-15).
# shellcheck disable=SC2154 # what lib.sh and server.sh set
. "${0%/*}/lib.sh"
. "${0%/*}/server.sh"
for addr in 1:0::1 1:0::2 1:1::1 2:0::1; do ip -6 addr add "2001:db8:${addr}/128" dev lo nodad; done

datagram() { # datagram NAME PORT [LINE...]: echo
	printf 'service echo\n{\n\tid = %s\n\ttype = INTERNAL UNLISTED\n\tport = %s\n\tsocket_type = dgram\n\tprotocol = udp\n' "$1" "$2"
	printf '\twait = yes\n\tuser = nobody\n\tflags = NOLIBWRAP\n'
	shift 2
	printf '\t%s\n' "$@"
	echo '}'
}
cat >"$tmp/answer.py" <<'P2'
import socket
s = socket.socket(fileno=0)
d, a = s.recvfrom(2000)
s.sendto(d, a)
P2
night=$(date -d '2 hours' +%H:%M)-$(date -d '3 hours' +%H:%M)
{
	# What is not the subject of a test stays out of its way.
	defaults | sed 's/^}/\tcps = 100000 1\n\tinstances = 1000\n}/'
	datagram rate 7001 "rate = 5 3600" "per_source = UNLIMITED"
	datagram source 7002 "source_rate = 3 3600" "penalty = 3600"
	datagram list 7003 "only_from = 127.0.0.0/8" "no_access = 127.0.0.66"
	datagram night 7004 "access_times = $night"
	datagram load 7005 "max_load = 0.000001"
	service prefix 7006 /bin/cat "" "per_source = 1"
	service wide 7007 /bin/cat "" "per_source = 1" "source_prefix = 24 48"
	service burst 7008 /bin/echo served "source_rate = 4 3600" "penalty = 3600"
	service queue 7009 /bin/cat "" "instances = 1" "on_limit = queue"
	service slow 7010 /bin/echo slowly "rate = 2 1" "on_limit = queue"
	service timed 7011 /bin/cat "" "session_time = 1"
	printf 'service echo\n{\n\tid = timed-echo\n\ttype = INTERNAL UNLISTED\n\tport = 7012\n\tsocket_type = stream\n'
	printf '\tprotocol = tcp\n\twait = no\n\tuser = nobody\n\tflags = NOLIBWRAP\n\tsession_time = 1\n}\n'
	service fair 7013 /bin/echo served "rate = 40 3600" "penalty = 3600"
	service cpsless 7014 /bin/echo served "cps = 3 3600"
	printf 'service wait\n{\n\ttype = UNLISTED\n\tport = 7015\n\tsocket_type = dgram\n\tprotocol = udp\n\twait = yes\n'
	printf '\tuser = root\n\tserver = %s\n\tserver_args = %s\n\tonly_from = 127.0.0.0/8\n\tno_access = 127.0.0.66\n\tflags = NOLIBWRAP\n}\n' "$python" "$tmp/answer.py"
} >"$tmp/conf"
server -f "$tmp/conf"
ok $? "it starts" || note "$(cat "$tmp/said")"
refused() { gate status --format openmetrics | sed -n "s/^gatehouse_refused_total{service=\"$1\",reason=\"$2\"} //p"; }
answers() { grep -c "^x" <<<"$1"; }

is "$(answers "$(talk times=8 wait=0.3 udp 127.0.0.1 7001 x)")" 5 "rate of a service, by datagrams"
is "$(refused rate '[a-z-]*')" 3 "each refusal is counted"
is "$(answers "$(talk from=127.0.1.1 times=5 wait=0.3 udp 127.0.0.1 7002 x)")" 3 "rate of a source, by datagrams"
is "$(talk from=127.0.1.2 udp 127.0.0.1 7002 x)" x "another source is not concerned"
is "$(talk from=127.0.0.65 udp 127.0.0.1 7003 x)/$(talk from=127.0.0.66 wait=0.3 udp 127.0.0.1 7003 x)/$(talk wait=0.3 from=192.0.2.2 udp 192.0.2.1 7003 x)" \
	x/silence/silence "only_from and no_access, by datagrams"
is "$(talk from=127.0.0.66 wait=0.5 udp 127.0.0.1 7015 x)/$(talk from=127.0.0.65 udp 127.0.0.1 7015 x)" silence/x \
	"of a program's datagrams too: the refused one is taken away"
is "$(talk wait=0.3 udp 127.0.0.1 7004 x)/$(refused night time)" silence/1 "access_times, by datagrams"
is "$(talk wait=0.3 udp 127.0.0.1 7005 x)/$(refused load load)" silence/1 "max_load, by datagrams"

# held ADDRESS PORT: a connection from there that lasts; its descriptor is a job
held() {
	"$python" -c '
import socket, sys, time
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
s.bind((sys.argv[1], 0))
s.connect((sys.argv[1], int(sys.argv[2])))
s.sendall(b"x")
open(sys.argv[3], "wb").write(s.recv(1))
time.sleep(60)' "$1" "$2" "$tmp/held" &
	held=$!
	children+=("$held")
	until_true 5 grep -q x "$tmp/held"
	rm -f "$tmp/held"
}
from() { talk "from=$1" tcp "$1" "$2" hey; }
held 2001:db8:1:0::1 7006
unlike "$(from 2001:db8:1:0::2 7006)" hey "two addresses of an IPv6 /64 are one source"
is "$(from 2001:db8:1:1::1 7006)" hey "the next /64 is another"
kill "$held"
held 2001:db8:1:0::1 7007
unlike "$(from 2001:db8:1:1::1 7007)" hey "source_prefix: now it is not"
is "$(from 2001:db8:2:0::1 7007)" "hey" "another /48 is, however" || note "$(cat "$tmp/log")"
kill "$held"
held 192.0.2.1 7007
unlike "$(talk from=192.0.2.2 tcp 192.0.2.1 7007 hey)" hey "of IPv4 likewise"
is "$(from 127.0.0.1 7007)" hey "others are served"
kill "$held"

is "$(talk from=127.0.2.1 times=6 tcp 127.0.0.1 7008 | grep -c served)" 4 "one source over its rate: the rest is refused"
is "$(talk from=127.0.2.2 tcp 127.0.0.1 7008)" served "the port is open for others"
like "$(ss -Htln 'sport = :7008')" 7008 "the listener never closes"
is "$(talk from=127.0.3.1 times=60 tcp 127.0.0.1 7013 | grep -c served)" 40 "a whole service's rate, used up by one"
is "$(talk from=127.0.3.2 tcp 127.0.0.1 7013)" served "leaves others their share"
is "$(talk from=127.0.3.1 tcp 127.0.0.1 7013 | grep -c served)" 0 "and him none"
talk from=127.0.4.1 times=5 tcp 127.0.0.1 7014 >/dev/null
is "$(talk from=127.0.4.2 tcp 127.0.0.1 7014)" served "cps: who did not break it is served"

# A queue: nobody is refused, nobody is served too early.
hold first 7009
is "$(say first a)" a "the one place is taken"
talk tcp 127.0.0.1 7009 waited >"$tmp/waited" {first_in}>&- &
waiter=$!
sleep 0.4
is "$(cat "$tmp/waited")" "" "on_limit = queue: the next one waits"
exec {first_in}>&-
wait "$waiter"
is "$(cat "$tmp/waited")" waited "until the place is free"
begin=$EPOCHREALTIME
is "$(talk times=6 tcp 127.0.0.1 7010 | grep -c slowly)" 6 "over the rate they wait, too"
took=$(((${EPOCHREALTIME/./} - ${begin/./}) / 1000))
[ $took -ge 1500 ]
ok $? "as long as the rate says" || note "$took ms"

# Time of a session, of a program and of a built-in.
for port in 7011 7012; do
	begin=$EPOCHREALTIME
	exec 5<>/dev/tcp/127.0.0.1/$port
	timeout 8 cat <&5 >/dev/null
	status=$?
	exec 5>&-
	took=$(((${EPOCHREALTIME/./} - ${begin/./}) / 1000))
	[ $status = 0 ] && [ $took -ge 950 ]
	ok $? "session_time ends it, at port $port" || note "status $status, $took ms"
done
stop_server

# All services together.
{
	defaults
	service one 7001 /bin/cat
	service two 7002 /bin/cat
} >"$tmp/conf"
server --limit 2 -f "$tmp/conf"
hold p 7001
hold q 7002
is "$(say p x)$(say q x)" xx "two processes"
unlike "$(talk tcp 127.0.0.1 7001 hey)" hey "--limit 2: no third, of whatever service"
until_true 5 grep -q 'FAIL: one process_limit from=127.0.0.1' "$tmp/log"
ok $? "which is logged" || note "$(cat "$tmp/log")"
exec {q_in}>&-
served() { [ "$(talk tcp 127.0.0.1 7001 hey)" = hey ]; }
until_true 5 served
ok $? "until one of the others ends"
stop_server
finish
