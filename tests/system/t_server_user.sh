#!/bin/bash
# gatehoused as the one who starts it meets it: what is said, and the exit status. And what the audit
# says of the sockets it holds.
# shellcheck disable=SC2154 # what lib.sh and server.sh set
. "${0%/*}/lib.sh"
. "${0%/*}/server.sh"

# as DESCRIPTION STATUS REGEX COMMAND...: what it prints in all, and how it ends
as() {
	said=$("${@:4}" 2>&1 </dev/null)
	is $? "$2" "$1: exit status"
	like "$said" "$3" "$1: what is said"
}
line() { echo "$1 stream tcp nowait nobody ${2:-/bin/cat} ${2:-cat}"; }
own() { "$GATEHOUSED" --control "$ctl" --pidfile "$tmp/pid" "$@"; }

as "unknown option" 2 'no option .*--bogus.*--help' "$GATEHOUSED" --bogus
as "unknown letter" 2 "no option '-Z'" "$GATEHOUSED" -Z
as "near miss" 2 'did you mean "foreground"' "$GATEHOUSED" --foregroud
as "no value" 2 'needs a value: FILE' "$GATEHOUSED" --file
as "bad number" 2 "--limit cannot be 'x'" "$GATEHOUSED" --limit x
as "relative pidfile" 2 "--pidfile cannot be" "$GATEHOUSED" --pidfile here
as "version" 0 '^gatehoused [0-9]' "$GATEHOUSED" --version
as "help" 0 '^usage: gatehoused' "$GATEHOUSED" --help
is "$(awk 'length > 80' <<<"$said")" "" "help: 80 columns"
as "missing file" 2 "$tmp/none: .*No such file" own --foreground "$tmp/none"
as "missing file, as a daemon" 2 "$tmp/none: .*No such file" own "$tmp/none"

line 7001 >"$tmp/conf"
as "a start" 0 '^$' own "$tmp/conf"
as "a second start" 3 'already running' own "$tmp/conf"
hold one 7001
is "$(say one hello)" hello "it serves"
as "check" 0 '7001/tcp' "$GATEHOUSE" check "$tmp/conf"
as "status" 0 '^7001/tcp +active +program +\*:7001 +1 +1 +0$' gate status
unlike "$said" $'\e' "status: no colours in a pipe"
is "$(awk 'length > 80' <<<"$said")" "" "status: 80 columns"
as "audit" 1 "by inetd 7001 $tmp/conf:1" "$GATEHOUSE" audit
unlike "$said" "a guess" "audit: the line is no guess"
as "no such service" 1 "no service 'telnet'" gate kill telnet
as "kill by the bare name" 0 '^$' gate kill 7001

line 7002 >>"$tmp/conf"
echo "7003 raw6 tcp nowait nobody /bin/cat cat" >>"$tmp/conf"
as "reload with a mistake" 1 "$tmp/conf:3:6: .*stays closed: .*raw6" gate reload
unlike "$(gate status)" 7002 "and nothing is changed"
as "stop" 0 '^$' gate stop
as "stop when nothing runs" 3 'no gatehoused is running' gate stop
as "status when nothing runs" 3 'no gatehoused is running' gate status

as "a start with a mistake" 0 "$tmp/conf:3:6: .*stays closed" own "$tmp/conf"
like "$(gate status)" '^7002/tcp' "the other services are served"
as "a port in use" 0 "$tmp/conf:1: service 7001/tcp: .*another program listens there" \
	"$GATEHOUSED" --control "$tmp/other.sock" --pidfile "$tmp/other.pid" "$tmp/conf"
like "$("$GATEHOUSE" status --control "$tmp/other.sock")" '^7001/tcp +closed .*not open' "and the status says so"
"$GATEHOUSE" stop --control "$tmp/other.sock"
gate stop

# As Debian's script for xinetd calls it, and all that xinetd's usage names.
ln -s "$GATEHOUSED" "$tmp/xinetd"
printf 'defaults\n{\n}\n' >"$tmp/xinetd.conf"
as "called xinetd" 0 "" "$tmp/xinetd" -f "$tmp/xinetd.conf" -pidfile "$tmp/x.pid" -stayalive -inetd_compat \
	-inetd_ipv6 -reuse -limit 50 -logprocs 5 -shutdownprocs 5 -cc 60 -syslog daemon
as "which runs" 0 '^$' "$GATEHOUSE" stop

# Without privilege: a port that needs it.
line 23 >"$tmp/low"
line 7004 >>"$tmp/low"
cp "$GATEHOUSE" "$GATEHOUSED" "$tmp" # the build may be where others may not look
mkdir "$tmp/run" && chown nobody "$tmp/run" && chmod 700 "$tmp/run"
nobody() { setpriv --reuid nobody --regid nogroup --clear-groups env XDG_RUNTIME_DIR="$tmp/run" "$@"; }
if [ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 23 ]; then
	as "port 23 without privilege" 0 "low:1: service 23/tcp: .*not without privilege" nobody "$tmp/gatehoused" "$tmp/low"
	like "$(nobody "$tmp/gatehouse" status)" '^7004/tcp +idle' "the other one is served"
	as "its own user may stop it" 0 '^$' nobody "$tmp/gatehouse" stop
fi
finish
