#!/bin/bash
# Sensors: who touches one is refused by every service for deny_time, and no longer.
# shellcheck disable=SC2154 # what lib.sh and server.sh set
. "${0%/*}/lib.sh"
. "${0%/*}/server.sh"

sensor() { # sensor NAME PORT TIME [udp]
	local type=stream protocol=tcp wait=no
	[ "${4:-}" ] && type=dgram protocol=udp wait=yes
	printf 'service %s\n{\n\ttype = INTERNAL UNLISTED\n\tport = %s\n\tsocket_type = %s\n\tprotocol = %s\n' "$1" "$2" $type $protocol
	printf '\twait = %s\n\tuser = nobody\n\tflags = SENSOR NOLIBWRAP\n\tdeny_time = %s\n}\n' $wait "$3"
}
{
	defaults
	service hello 7001 /bin/echo hello
	service again 7002 /bin/echo again
	sensor minutes 7003 2
	sensor ever 7004 FOREVER
	sensor never 7005 NEVER
	sensor datagram 7006 FOREVER udp
	printf 'service echo\n{\n\tid = datagrams\n\ttype = INTERNAL UNLISTED\n\tport = 7007\n\tsocket_type = dgram\n'
	printf '\tprotocol = udp\n\twait = yes\n\tuser = nobody\n\tflags = NOLIBWRAP\n}\n'
} >"$tmp/conf"
fake_clock
server -f "$tmp/conf"
ok $? "it starts" || note "$(cat "$tmp/said")"
hello() { talk "from=$1" tcp 127.0.0.1 "${2:-7001}"; }
is "$(hello 127.1.0.1)" hello "a client is served"
is "$(hello 127.1.0.1 7003)" "" "it touches a sensor, which says nothing"
closed() { [ "$(hello 127.1.0.1)" != hello ]; }
until_true 3 closed
ok $? "and is refused from then on"
unlike "$(hello 127.1.0.1 7002)" again "by all services"
is "$(talk from=127.1.0.1 wait=1 udp 127.0.0.1 7007 hey)" silence "by those of datagrams too"
is "$(talk from=127.1.0.2 wait=3 udp 127.0.0.1 7007 hey)" hey "which others get"
is "$(hello 127.1.0.2)" hello "others are served"
until_true 5 grep -q 'FAIL: again .*from=127.1.0.1' "$tmp/log"
ok $? "the refusal is logged" || note "$(cat "$tmp/log")"
gate reload
unlike "$(hello 127.1.0.1)" hello "a reload does not forget it"
gate reload --exec
sleep 0.3
until_true 5 gate status
unlike "$(hello 127.1.0.1)" hello "nor does an upgrade"
clock_at "60 seconds"
unlike "$(hello 127.1.0.1)" hello "before its time is over it is still refused"
clock_at "123 seconds"
is "$(hello 127.1.0.1)" hello "then it is served again"

hello 127.1.0.3 7004
closed() { [ "$(hello 127.1.0.3)" != hello ]; }
until_true 3 closed
clock_at "20 years"
unlike "$(hello 127.1.0.3)" hello "FOREVER"
clock_at "1 second"
hello 127.1.0.4 7005
sleep 0.3
is "$(hello 127.1.0.4)" hello "NEVER: only logged"
until_true 5 grep -q 'never.*127.1.0.4' "$tmp/log"
ok $? "which it is" || note "$(cat "$tmp/log")"
talk from=127.1.0.5 wait=0.3 udp 127.0.0.1 7006 x >/dev/null
sleep 0.3
is "$(hello 127.1.0.5)" hello "a datagram shuts nobody out: its sender may be invented"
until_true 5 grep -q 'datagram.*127.1.0.5' "$tmp/log"
ok $? "it is logged" || note "$(cat "$tmp/log")"
stop_server
finish
