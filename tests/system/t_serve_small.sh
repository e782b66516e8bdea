#!/bin/bash
# The small services' conversations, ours against those of the real xinetd and inetd (INETD-11, XINETD-20). Xinetd's
# daytime has a form of its own, and its chargen no blank, as the list of differences says.
# shellcheck disable=SC2154 # what lib.sh and server.sh set
. "${0%/*}/lib.sh"
. "${0%/*}/server.sh"
# Inetd answers no datagram from a loopback address.
ip link add box type veth peer name cable && ip addr add 198.51.100.7/24 dev box && ip link set box up && ip link set cable up || skip_all "needs veth"
{
	defaults | sed 's/^}/\tcps = 10000 1\n}/'
	for name in echo discard daytime time chargen; do
		for type in stream dgram; do
			protocol=tcp wait=no
			[ $type = dgram ] && protocol=udp wait=yes
			printf 'service %s\n{\n\tid = %s-%s\n\ttype = INTERNAL\n\tsocket_type = %s\n\tprotocol = %s\n\twait = %s\n\tuser = root\n\tflags = NOLIBWRAP\n}\n' \
				$name $name $type $type $protocol $wait
		done
	done
} >"$tmp/x.conf"
for name in echo discard daytime time chargen; do
	printf '%s stream tcp nowait root internal\n%s dgram udp wait root internal\n' $name $name
done >"$tmp/i.conf"
opens() { ss -Htln 'sport = :37' | grep -q . && ss -Huln 'sport = :37' | grep -q .; }
closed() { ! opens; }
real() { # real ROOT PROGRAM OPTION...
	local loader
	loader=$(find "$1/lib64/" -name 'ld-linux*.so.2' | head -n 1)
	"$loader" --library-path "$1/lib/x86_64-linux-gnu:$1/usr/lib/x86_64-linux-gnu" "$1$2" "${@:3}" >>"$tmp/real" 2>&1 &
	server=$!
	children+=("$server")
	until_true 10 opens
}
theirs() { kill "$server"; until_true 5 closed; }
for kind in xinetd inetd; do
	[ $kind = xinetd ] && file=$tmp/x.conf dir=openrc program=/usr/sbin/xinetd options=(-dontfork -f "$tmp/x.conf" -pidfile "$tmp/x.pid" -filelog "$tmp/main")
	[ $kind = inetd ] && file=$tmp/i.conf dir=sysv program=/usr/sbin/inetd options=(-i "$tmp/i.conf")
	server -f "$file"
	"$python" "$tests/helpers/smalltalk.py" 198.51.100.7 >"$tmp/ours.$kind" 2>&1
	stop_server
	is "$(wc -l <"$tmp/ours.$kind")" 11 "$kind's file: all are served"
	root=$("$tests/roots/mkroots" $dir 2>/dev/null)
	if [ ! -x "$root$program" ] || ! real "$root" "$program" "${options[@]}"; then
		skip debian "the same conversations as the real $kind's"
		continue
	fi
	"$python" "$tests/helpers/smalltalk.py" 198.51.100.7 >"$tmp/theirs.$kind" 2>&1
	theirs
	is "$(cat "$tmp/ours.$kind")" "$(cat "$tmp/theirs.$kind")" "the same conversations as the real $kind's"
done
finish
