#!/bin/bash
# Sockets of every kind: unix ones with their owner and mode, datagrams without wait, several ports and addresses, one
# network interface, sizes and backlog.
# shellcheck disable=SC2154 # what lib.sh and server.sh set
. "${0%/*}/lib.sh"
. "${0%/*}/server.sh"

# any NAME TYPE WAIT [LINE...]: a service that says itself where it listens
any() {
	printf 'service %s\n{\n\ttype = UNLISTED\n\tsocket_type = %s\n\twait = %s\n\tflags = NOLIBWRAP\n' "$1" "$2" "$3"
	shift 3
	printf '\t%s\n' "$@"
	echo '}'
}
# Answers one datagram, and says of which process.
cat >"$tmp/one.py" <<'P2'
import os, socket
s = socket.socket(fileno=0)
d, a = s.recvfrom(2000)
s.sendto(b"got " + d, a)
P2
# A datagram service without wait: takes a datagram and stays; the next one needs another process.
cat >"$tmp/each.py" <<'P2'
import socket
s = socket.socket(fileno=0)
d, a = s.recvfrom(2000)
s.sendto(b"each " + d, a)
P2
chmod 755 "$tmp"/*.py
ip link add veth0 type veth peer name veth1 2>/dev/null && ip addr add 198.51.100.1/24 dev veth0 &&
	ip link set veth0 up && ip link set veth1 up
device=$?
mkdir -m 755 "$tmp/run"
printf '#!/nonexistent/interpreter\n' >"$tmp/broken"
chmod 755 "$tmp/broken"
{
	defaults
	any stream stream no "socket = $tmp/run/stream nobody:daemon 0660" "user = nobody" "server = /bin/cat"
	any open stream no "socket = $tmp/run/open root 0666" "user = nobody" "server = /usr/bin/id" "server_args = -un"
	any dgram dgram yes "socket = $tmp/run/dgram root 0666" "user = root" "server = $python" "server_args = $tmp/one.py"
	any packets seqpacket no "socket = $tmp/run/packets root 0666" "user = nobody" "server = /bin/cat"
	any abstract stream no "socket = @gatehouse-test" "user = nobody" "server = /bin/echo" "server_args = abstract"
	any each dgram no "protocol = udp" "port = 7001" "user = root" "server = $python" "server_args = $tmp/each.py"
	any stuck dgram yes "protocol = udp" "port = 7009" "user = nobody" "server = $tmp/broken"
	any stuck_unix dgram yes "socket = $tmp/run/stuck root 0666" "user = nobody" "server = /bin/false"
	any ports stream no "protocol = tcp" "port = 7002 7003" "bind = 192.0.2.1 192.0.2.2" "user = nobody" \
		"server = /bin/echo" "server_args = ports"
	any both stream no "protocol = tcp" "port = 7004" "user = nobody" "server = /bin/echo" "server_args = both"
	any six stream no "protocol = tcp" "port = 7005" "v6only = yes" "user = nobody" \
		"server = /bin/echo" "server_args = six"
	any four stream no "protocol = tcp" "port = 7006" "user = nobody" \
		"server = /bin/echo" "server_args = four"
	any sized stream no "protocol = tcp" "port = 7008" "backlog = 3" "rcvbuf = 64K" "sndbuf = 32K" "user = root" \
		"server = $python" "server_args = $tmp/sizes.py"
	[ $device != 0 ] ||
		any device stream no "protocol = tcp" "port = 7007" "bind_device = veth0" "user = nobody" \
			"server = /bin/echo" "server_args = device"
} >"$tmp/conf"
# Two lines "flags" would be a mistake: those with a family replace the plain one.
sed -i '/^service six$/,/^}/ s/NOLIBWRAP$/NOLIBWRAP IPv6/; /^service four$/,/^}/ s/NOLIBWRAP$/NOLIBWRAP IPv4/' "$tmp/conf"
cat >"$tmp/sizes.py" <<'P2'
import socket
s = socket.socket(fileno=0)
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF), s.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))
P2
chmod 755 "$tmp/sizes.py"
# Left behind by somebody who was killed: nobody listens.
"$python" -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$tmp/run/open"
server -f "$tmp/conf"
ok $? "it starts, over a socket file nobody listens on" || note "$(cat "$tmp/said")"
# The very first datagrams of this machine, and nobody takes them.
talk wait=0.1 udp 127.0.0.1 7009 x >/dev/null
talk wait=0.1 dgram "$tmp/run/stuck" x >/dev/null

is "$(stat -c '%F %U %G %a' "$tmp/run/stream")" "socket nobody daemon 660" "owner, group and mode of a unix socket"
is "$(stat -c '%U %a' "$tmp/run/open")" "root 666" "only an owner"
is "$(talk stream "$tmp/run/stream" "there and back")" "there and back" "a stream"
is "$(talk stream "$tmp/run/open")" nobody "its account"
cp "$tests/helpers/talk.py" "$tmp" # the source may be where others may not look
is "$(setpriv --reuid daemon --regid nogroup --clear-groups "$python" "$tmp/talk.py" stream "$tmp/run/stream")" \
	forbidden "the kernel keeps others out"
is "$(setpriv --reuid daemon --regid daemon --clear-groups "$python" "$tmp/talk.py" stream "$tmp/run/stream" x)" \
	x "and lets the group in"
is "$(talk dgram "$tmp/run/dgram" a)/$(talk dgram "$tmp/run/dgram" b)" "got a/got b" "datagrams, the program waits"
is "$(talk seqpacket "$tmp/run/packets" packet)" packet "seqpacket"
is "$(talk stream @gatehouse-test)" abstract "an abstract one"

is "$(talk times=5 udp 127.0.0.1 7001 x | sort -u)" "each x" "datagrams without wait: each is answered"
is "$(for port in 7002 7003; do for addr in 192.0.2.1 192.0.2.2 127.0.0.1; do talk tcp $addr $port; echo; done; done | tr '\n' ' ')" \
	"ports  ports  refused ports  ports  refused " "two ports at two addresses each, and nowhere else"
is "$(talk tcp 127.0.0.1 7004)/$(talk tcp ::1 7004)" "both/both" "without a family IPv4 and IPv6"
is "$(talk tcp 127.0.0.1 7005)/$(talk tcp ::1 7005)" "refused/six" "IPv6 only"
is "$(talk tcp 127.0.0.1 7006)/$(talk tcp ::1 7006)" "four/refused" "IPv4 only"
# The kernel doubles what it is asked for (socket(7)).
is "$(talk tcp 127.0.0.1 7008)" "$((2 * 65536)) $((2 * 32768))" "buffers of a connection"
is "$(ss -Htln 'sport = :7008' | awk '{print $3}')" 3 "backlog"
if [ $device = 0 ]; then
	is "$(talk wait=2 tcp 127.0.0.1 7007)" refused "bind_device: not by another interface"
	like "$(ss -Htln 'sport = :7007')" '%veth0:7007' "it listens on that one"
	ip netns add other 2>/dev/null
	is "$(ip link set veth1 netns other && ip -n other addr add 198.51.100.2/24 dev veth1 && ip -n other link set veth1 up &&
		ip netns exec other "$python" "$tests/helpers/talk.py" tcp 198.51.100.1 7007)" device "by it it serves"
	ip netns del other
else
	skip veth "bind_device"
fi
for name in stuck stuck_unix; do
	started=$(state $name started)
	[ "$started" -ge 1 ] && [ "$started" -lt 20 ]
	ok $? "$name: a program that takes nothing is started ever more slowly" || note "$started times"
done
gate reload
is "$(talk stream "$tmp/run/stream" still)" still "after a reload"
stop_server
is "$(find "$tmp/run" -type s | wc -l)" 0 "no socket file is left behind"

# Somebody else listens there: it is not taken away.
"$python" -c '
import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()
time.sleep(30)' "$tmp/run/open" &
children+=($!)
until_true 5 test -S "$tmp/run/open"
inode=$(stat -c %i "$tmp/run/open")
server -f "$tmp/conf"
is "$(stat -c %i "$tmp/run/open")" "$inode" "a socket that somebody listens on is left alone"
until_true 8 grep -q "run/open" "$tmp/said"
ok $? "which is said" || note "$(cat "$tmp/said")"
is "$(talk stream "$tmp/run/stream" others)" others "the others are served"
stop_server
finish
