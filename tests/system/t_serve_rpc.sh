#!/bin/bash
# RPC services and the real rpcbind: registered with their versions, gone from it when they are (INETD-13).
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
PROGRAMS="$PROGRAMS ${GATEHOUSE%/*}/gatehoused"
empty_machine m sysv
inside m sh -c 'command -v rpcbind rpcinfo' >/dev/null || skip_all rpcbind
inside m sh -c 'ip link set lo up; mkdir -p /run/rpcbind /run/gatehouse; rpcbind -w' >"$tmp/rpcbind" 2>&1
wait_port m tcp 111 || skip_all "rpcbind does not run: $(cat "$tmp/rpcbind")"

inside m sh -c 'cat >/root/answers.py && chmod 755 /root /root/answers.py' <<'P2'
#!/usr/bin/perl
# Answers the null procedure of one call (RFC 5531), a datagram.
open(my $s, "+<&=0");
my $from = recv($s, my $call, 2000, 0);
my $xid = substr($call, 0, 4);
send($s, $xid . pack("N5", 1, 0, 0, 0, 0), 0, $from);
P2
configure() {
	{
		printf 'defaults\n{\n\tlog_type = FILE /root/log\n}\n'
		for protocol in "$@"; do
			type=dgram wait=yes
			[ "$protocol" = tcp ] && type=stream wait=yes
			printf 'service rstatd\n{\n\tid = rstatd-%s\n\ttype = RPC\n\tsocket_type = %s\n\tprotocol = %s\n' "$protocol" $type "$protocol"
			printf '\twait = %s\n\tuser = root\n\tserver = /root/answers.py\n\trpc_version = 2-4\n\tflags = NOLIBWRAP\n}\n' $wait
		done
		printf 'service echo\n{\n\ttype = INTERNAL\n\tsocket_type = stream\n\tprotocol = tcp\n\twait = no\n\tuser = root\n}\n'
	} | inside m sh -c 'cat >/etc/test.conf'
}
registered() { inside m rpcinfo -p | awk '$1 == 100001 {print $2, $3}' | sort; }
registered_are() { [ "$(registered | tr '\n' ' ')" = "$1" ]; }
configure udp tcp
inside m sh -c 'gatehoused --foreground -f /etc/test.conf </dev/null >/root/said 2>&1 &'
until_true 10 inside m gatehouse status >/dev/null || note "$(inside m cat /root/said)"
until_true 5 registered_are "2 tcp 2 udp 3 tcp 3 udp 4 tcp 4 udp "
ok $? "each version is registered, for both protocols (INETD-13)" || note "$(registered; inside m cat /root/said)"
like "$(inside m rpcinfo -s)" '100001 +2,3,4|100001 +4,3,2' "IPv6 too" || note "$(inside m rpcinfo)"
like "$(inside m rpcinfo -n "$(inside m rpcinfo -p | awk '$1 == 100001 && $2 == 3 && $3 == "udp" {print $4; exit}')" -u 127.0.0.1 100001 3)" \
	'ready and waiting' "its client gets an answer from the port that was told"
inside m gatehouse reload
registered_are "2 tcp 2 udp 3 tcp 3 udp 4 tcp 4 udp "
ok $? "a reload without a change changes nothing"
configure udp
inside m gatehouse reload
until_true 5 registered_are "2 udp 3 udp 4 udp "
ok $? "what is removed is unregistered" || note "$(registered)"

# rpcbind is started again: what it forgot is told again.
inside m sh -c "pkill -x rpcbind; sleep 0.3; rpcbind"
wait_port m tcp 111
configure udp tcp
inside m gatehouse reload
until_true 5 registered_are "2 tcp 2 udp 3 tcp 3 udp 4 tcp 4 udp "
ok $? "a new rpcbind is told all of it at the next reload" || note "$(registered)"
inside m gatehouse stop
until_true 5 registered_are ""
ok $? "at the end nothing of ours is left with rpcbind" || note "$(registered)"

# Without rpcbind: the others are served, and it is told when it comes.
inside m pkill -x rpcbind
inside m sh -c 'gatehoused --foreground -f /etc/test.conf </dev/null >>/root/said 2>&1 &'
until_true 10 inside m gatehouse status
wait_port m tcp 7
ok $? "without rpcbind other services are served"
like "$(inside m cat /root/said)" 'rpcbind' "and it is said"
inside m rpcbind -w
until_true 20 registered_are "2 tcp 2 udp 3 tcp 3 udp 4 tcp 4 udp "
ok $? "rpcbind is told when it is there" || note "$(registered)"
inside m gatehouse stop
finish
