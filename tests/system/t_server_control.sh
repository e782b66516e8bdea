#!/bin/bash
# The control socket of gatehoused: who may ask what; hostile peers; a server without root.
# shellcheck disable=SC2154 # what lib.sh and server.sh set
. "${0%/*}/lib.sh"
. "${0%/*}/server.sh"

{
	defaults
	service echo 7001 /bin/cat "" "instances = 1"
	service id 7002 /usr/bin/id
} >"$tmp/conf"
# The directory must be root's alone, and others must get to the socket, or they would be refused by that.
mkdir -m 755 /run/gatehouse
ctl=/run/gatehouse/control.sock
server -f "$tmp/conf" --control-group daemon
hold one 7001
is "$(say one x)" x "a session"
ask 7001 >/dev/null

like "$(gate status)" "^echo +active +program +.*:7001" "gatehouse status"
refused() { [ "$(gate status --format openmetrics | grep '^gatehouse_refused_total.*instances')" = 'gatehouse_refused_total{service="echo",reason="instances"} 1' ]; }
until_true 5 refused
ok $? "counters by reason, in OpenMetrics" || note "$(gate status --format openmetrics)"
is "$(gate status --format openmetrics | tail -n 1)" "# EOF" "which end as they must"
like "$(gate sessions)" "^echo:1 +(\[::ffff:127.0.0.1\]|127.0.0.1):[0-9]+" "gatehouse sessions"
said=$(gate kill nothing 2>&1)
is $? 1 "kill: no such service"
said=$(gate kill echo:99 2>&1)
is $? 1 "kill: no such session"
gate kill echo:1
until_true 5 sessions_are echo 0
ok $? "kill ends a session"

# Others.
as() { setpriv --reuid "$1" --regid "$2" --clear-groups "$GATEHOUSE" "${@:3}" --control "$ctl" 2>&1; }
said=$(as nobody nogroup status)
[ $? -ne 0 ] && grep -qi "permission denied" <<<"$said"
ok $? "another user is refused" || note "$said"
chmod 666 "$ctl"
said=$(as nobody nogroup status)
[ $? -ne 0 ] && grep -q "not for this user" <<<"$said"
ok $? "even where the file's mode would let him" || note "$said"
said=$(as nobody daemon status)
is $? 0 "a member of the group may look"
for words in "stop" "reload" "kill echo" "reload --exec"; do
	# shellcheck disable=SC2086 # words
	said=$(as nobody daemon $words)
	[ $? -eq 1 ] && grep -q "only root" <<<"$said"
	ok $? "but not $words" || note "$said"
done

# Peers that want to hurt.
"$python" - "$ctl" <<'P'
import os, random, socket, sys
random.seed(1)
def dial():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(5)
    s.connect(sys.argv[1])
    return s
kept = [dial() for _ in range(40)]
for s in kept[:20]:
    try:
        s.send(b"status")
    except OSError:
        pass
for i in range(300):
    s = dial()
    try:
        s.send(random.randbytes(random.randrange(1, 3000)) + b"\n" * (i % 2))
    except OSError:
        pass
    s.close()
P
gate status >/dev/null
ok $? "many connections, half requests and noise later it answers"
long=$("$python" -c 'print("x" * 5000)')
said=$(gate kill "$long" 2>&1)
is $? 1 "a name without end"
like "$(ask 7002)" uid= "services do not notice"
stop_server

# Not root: own ports, own account, socket in XDG_RUNTIME_DIR.
mkdir -m 700 "$tmp/user" && mkdir "$tmp/bin"
cp "$GATEHOUSE" "$GATEHOUSED" "$tmp/bin" # the build may be where others may not look
{
	service id 7003 /usr/bin/id | sed 's/user = nobody/user = daemon/'
} >"$tmp/user/conf"
chown -R nobody "$tmp/user"
user() { setpriv --reuid nobody --regid nogroup --clear-groups env XDG_RUNTIME_DIR="$tmp/user" "$@"; }
user "$tmp/bin/gatehoused" --foreground -f "$tmp/user/conf" >"$tmp/user.said" 2>&1 &
until_true 5 user "$tmp/bin/gatehouse" status
ok $? "without root it runs" || note "$(cat "$tmp/user.said")"
like "$(ask 7003)" "^uid=[0-9]+.nobody" "as who it is"
[ -S "$tmp/user/gatehouse/gatehoused.sock" ]
ok $? "its socket is in XDG_RUNTIME_DIR"
"$GATEHOUSE" status --control "$tmp/user/gatehouse/gatehoused.sock" >/dev/null
ok $? "root may ask it"
user "$tmp/bin/gatehouse" stop
ok $? "it ends"
finish
