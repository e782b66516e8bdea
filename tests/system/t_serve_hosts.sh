#!/bin/bash
# hosts.allow and hosts.deny in front of running services (WRAP-1..4, 6..8, 11, 12, 14, 16, XINETD-8, 9, 19). What the
# rules mean is compared with libwrap's own word in differential/wrap.c.
# shellcheck disable=SC2154 # what lib.sh and server.sh set
. "${0%/*}/lib.sh"
. "${0%/*}/server.sh"
GATE_OPTIONS=(--hosts-allow "$tmp/allow" --hosts-deny "$tmp/deny")
printf '#!/bin/sh\necho "$0" "$@"\n' >"$tmp/in.served"
printf '#!/bin/sh\necho "twisted $*"\n' >"$tmp/twisted"
printf '#!/bin/sh\necho "$*" >>%s/spawned\n' "$tmp" >"$tmp/spawns"
chmod 755 "$tmp"/{in.served,twisted,spawns}
: >"$tmp/allow"
: >"$tmp/deny"
: >"$tmp/spawned"
chmod 666 "$tmp/spawned"
wrapped() { service "$@" | sed '/flags = NOLIBWRAP/d'; }
{
	defaults
	wrapped one 7001 "$tmp/in.served" one
	wrapped two 7002 /bin/echo two
	wrapped named 7003 /bin/echo named "libwrap = in.other"
	service free 7004 /bin/echo free
	wrapped lists 7005 /bin/echo lists "only_from = 127.0.0.0/8" "no_access = 127.0.0.66"
} >"$tmp/x.conf"
# The sixth field: tcpd is not started, its argument is.
printf '7010 stream tcp nowait nobody /usr/sbin/tcpd %s served here\n' "$tmp/in.served" >"$tmp/i.conf"
printf '7011 stream tcp nowait nobody /bin/echo in.echo plain\n' >>"$tmp/i.conf"
server "${GATE_OPTIONS[@]}" -f "$tmp/x.conf" -f "$tmp/i.conf"
ok $? "it starts" || note "$(cat "$tmp/said")"

allow() { printf '%s\n' "$@" >"$tmp/allow"; }
deny() { printf '%s\n' "$@" >"$tmp/deny"; }
served() { # served PORT [FROM [TO]]: yes or no
	local said
	said=$(talk "from=${2:-127.0.0.1}" tcp "${3:-127.0.0.1}" "$1")
	[ -n "$said" ] && [ "$said" != reset ] && echo yes || echo no
}
is "$(served 7001)" yes "no rule: granted"
deny "ALL : ALL"
is "$(served 7001)$(served 7002)$(served 7010)$(served 7011)" nononono "hosts.deny refuses, at the next connection (WRAP-1, WRAP-14)"
is "$(served 7004)" yes "not who never asks"
allow "in.served : 127.0.0.1"
is "$(served 7001)$(served 7002)" yesno "hosts.allow comes first; it names the program (WRAP-1, WRAP-10)"
is "$(talk tcp 127.0.0.1 7010)" "$tmp/in.served served here" "tcpd's daemon itself, with its arguments (WRAP-7, INETD-2)"
allow "in.served : 127.0.0.2" "in.served : ALL : DENY" "ALL : ALL"
is "$(served 7001)$(served 7001 127.0.0.2)$(served 7002)" noyesyes "the first line that applies decides (WRAP-2)"
allow "in.served, echo : 127.0.0.5, 127.0.0.6 127.0.0.7"
is "$(for i in 4 5 6 7 8; do served 7002 127.0.0.$i; done | tr '\n' ' ')" "no yes yes yes no " "commas and blanks (WRAP-3)"
allow "ALL : 127.0. EXCEPT 127.0.3."
is "$(served 7001 127.0.2.1)$(served 7001 127.0.3.1)$(served 7001 127.1.0.1)" yesnono "a prefix, EXCEPT (WRAP-4)"
allow "ALL EXCEPT in.served : 127.0.0.0/255.255.255.0"
is "$(served 7001)$(served 7002)$(served 7002 127.0.1.1)" noyesno "net and mask, EXCEPT among daemons (WRAP-11)"
allow "in.served@192.0.2.1 : ALL"
is "$(served 7001 192.0.2.1 192.0.2.1)$(served 7001)" yesno "daemon@address (WRAP-11)"
allow "ALL : [::1]/128"
is "$(served 7001 ::1 ::1)$(served 7001)" yesno "[IPv6]/bits (WRAP-11)"
printf '127.0.0.9\n127.0.0.10\n' >"$tmp/list"
allow "ALL : $tmp/list"
is "$(served 7001 127.0.0.9)$(served 7001 127.0.0.1)" yesno "a file of patterns (WRAP-11)"
allow "in.other : ALL"
is "$(served 7003)$(served 7002)" yesno "libwrap: the name the service has there"
allow "in.served : ALL : twist $tmp/twisted %a %d %%"
is "$(talk tcp 127.0.0.1 7001)" "twisted 127.0.0.1 in.served %" "twist, and expansions (WRAP-11)"
allow "in.served : ALL : spawn $tmp/spawns %h-%a-%d-%s : ALLOW"
is "$(served 7001)" yes "spawn, then ALLOW"
until_true 5 grep -q '127.0.0.1-in.served' "$tmp/spawned"
ok $? "which did its work" || note "$(cat "$tmp/spawned")"
mkdir "$tmp/banners" && echo "welcome %a" >"$tmp/banners/in.served"
allow "in.served : ALL : banners $tmp/banners"
is "$(talk tcp 127.0.0.1 7001 | head -n 1)" "welcome 127.0.0.1" "banners (WRAP-11)"
allow "in.served : ALL : nosuchoption"
is "$(served 7001)" no "a faulty line refuses (WRAP-12)"
allow "in.served : ALL"
is "$(served 7001)" yes "until it is right"
rm "$tmp/allow" "$tmp/deny"
is "$(served 7001)" yes "missing files are empty ones (WRAP-12)"
mkdir "$tmp/allow"
is "$(served 7001)" no "an unreadable one refuses (WRAP-12)"
rmdir "$tmp/allow"
allow "in.served : ALL"
deny "ALL : ALL"
worker_gone() { [ "$(served 7001)" = yes ]; }
until_true 15 worker_gone
ok $? "until it can be read"

# Lists and rules together.
deny "echo : 127.0.0.7"
is "$(served 7005)$(served 7005 127.0.0.66)$(served 7005 192.0.2.2 192.0.2.1)" yesnono "only_from, no_access: the better match (XINETD-8, XINETD-9)"
is "$(served 7005 127.0.0.7)" no "hosts.deny refuses whom only_from lets in (XINETD-19)"

# The connection is there before it is judged; the log says why it ended.
"$python" -c '
import socket
s = socket.socket(); s.bind(("127.0.0.66", 0)); s.connect(("127.0.0.1", 7005)); s.settimeout(5)
try:
    print(repr(s.recv(10)))
except ConnectionResetError:
    print(repr(b""))' >"$tmp/seen"
is "$(cat "$tmp/seen")" "b''" "a refused client sees its connection end (WRAP-16)"
until_true 5 grep -q "FAIL: lists libwrap from=127.0.0.7 .*rule=$tmp/deny:1" "$tmp/log"
ok $? "a refusal names its rule (WRAP-6)" || note "$(tail -n 3 "$tmp/log")"
like "$(cat "$tmp/log")" "START: one pid=[0-9]+ from=127.0.0.1" "and who came in is logged (WRAP-6)"
stop_server
finish
