#!/bin/bash
# How sessions end and what is said of them: of programs, of built-ins and of redirects, by command and by themselves;
# bytes, time (XINETD-16), standard error; through an upgrade (XINETD-18, LOG-3).
# shellcheck disable=SC2154 # what lib.sh and server.sh set
. "${0%/*}/lib.sh"
. "${0%/*}/server.sh"

printf '#!/bin/sh\necho out\necho err >&2\n' >"$tmp/both"
printf '#!/bin/sh\nhead -c 70000 /dev/zero\ncat >/dev/null\n' >"$tmp/bytes"
chmod 755 "$tmp/both" "$tmp/bytes"
{
	defaults | sed "s,FILE .*,JSON $tmp/json,"
	printf 'service echo\n{\n\ttype = INTERNAL UNLISTED\n\tport = 7001\n\tsocket_type = stream\n\tprotocol = tcp\n\twait = no\n\tuser = nobody\n}\n'
	printf 'service there\n{\n\ttype = UNLISTED\n\tport = 7002\n\tsocket_type = stream\n\tprotocol = tcp\n\twait = no\n\tuser = nobody\n'
	printf '\tredirect = 127.0.0.1 7001\n\tlog_on_success += TRAFFIC\n}\n'
	service program 7003 /bin/cat
	service client 7004 "$tmp/both" "" "stderr = client"
	service null 7005 "$tmp/both" "" "stderr = null"
	service log 7006 "$tmp/both" "" "stderr = log"
	service default 7007 "$tmp/both"
	service bytes 7008 "$tmp/bytes" "" "log_on_success += TRAFFIC"
	service lasts 7009 /bin/sleep 2 "log_type = FILE $tmp/lasts"
	service exits 7010 /bin/sh "-c \"exit\\ 7\"" "log_type = FILE $tmp/exits"
} | sed 's/server_args = -c .*/server_args = -c "exit 7"/' >"$tmp/conf"
server -f "$tmp/conf"
ok $? "it starts" || note "$(cat "$tmp/said")"
# ended SERVICE: what the log says of the end of its last session
ended() {
	"$python" -c '
import json, sys
last = None
for line in open(sys.argv[1]):
    l = json.loads(line)
    if l["event"] == "exit" and l["service"] == sys.argv[2]:
        last = l
print(*[last.get(k) for k in sys.argv[3:]] if last else ["none"])' "$tmp/json" "$@"
}
ended_is() { [ "$(ended "${@:2}")" = "$1" ]; }

# By command.
for which in "echo 7001" "there 7002" "program 7003"; do
	# shellcheck disable=SC2086 # words
	set -- $which
	hold "$1" "$2"
	is "$(say "$1" hello)" hello "$1: a session"
	sessions_are "$1" 1
	ok $? "is listed"
	gate kill "$1:$(gate sessions --format plain | sed -n "s/^$1:\([0-9]*\).*/\1/p" | head -n 1)"
	ok $? "can be killed"
	until_true 5 sessions_are "$1" 0
	ok $? "and is gone"
	is "$(say "$1" hello)" "" "its client notices"
	until_true 5 ended_is killed "$1" end || note "$(grep "\"$1\"" "$tmp/json")"
	is "$(ended "$1" end)" killed "the log tells why it ended"
done

# Upgrade: those that our workers carry live on, too.
hold a 7001
hold b 7002
hold c 7003
is "$(say a x)$(say b y)$(say c z)" xyz "a session of each kind"
gate reload --exec
is $? 0 "upgrade"
sleep 0.3
until_true 5 gate status
is "$(say a x)$(say b y)$(say c z)" xyz "all live on"
is "$(sessions echo)$(sessions there)$(sessions program)" 211 "and are listed (the redirect's is one of echo, too)"
gate kill program
until_true 5 sessions_are program 0
ok $? "they can be killed by who came after"

# Standard error.
is "$(ask 7004 | sort | tr '\n' ' ')" "err out " "stderr = client"
is "$(ask 7007 | sort | tr '\n' ' ')" "err out " "which is the default, xinetd's"
is "$(ask 7005)" out "stderr = null"
is "$(ask 7006)" out "stderr = log"
until_true 5 grep -q '"event": *"stderr".*"service": *"log".*err\|"service": *"log".*"event": *"stderr"' "$tmp/json"
ok $? "where it is" || note "$(grep '"log"' "$tmp/json")"

# Bytes of a program's connection, which went past us.
"$python" -c '
import socket
s = socket.create_connection(("127.0.0.1", 7008), 5)
n = 0
while n < 70000:
    n += len(s.recv(65536))
s.sendall(b"x" * 12345)
s.shutdown(socket.SHUT_WR)
s.recv(1)'
until_true 5 ended_is "12345 70000" bytes bytes_in bytes_out
ok $? "TRAFFIC of a program" || note "$(grep '"bytes"' "$tmp/json")"

# DURATION, EXIT.
begin=$EPOCHREALTIME
ask 7009 >/dev/null
took=$(((${EPOCHREALTIME/./} - ${begin/./}) / 1000000))
until_true 5 grep -q 'EXIT: lasts' "$tmp/lasts"
said=$(sed -n 's/.*EXIT: lasts.*duration=\([0-9]*\)(sec).*/\1/p' "$tmp/lasts")
[ -n "$said" ] && [ $((said - took)) -le 1 ] && [ $((took - said)) -le 1 ]
ok $? "DURATION within a second of the truth (XINETD-16)" || note "said $said, took $took"
ask 7010 >/dev/null
until_true 5 grep -q 'EXIT: exits status=7 pid=[0-9]' "$tmp/exits"
ok $? "EXIT with the status" || note "$(cat "$tmp/exits" "$tmp/said")"
metrics=$(gate status --format openmetrics)
like "$metrics" '^gatehouse_sent_bytes_total\{service="bytes"\} 70000' "counters of bytes"
is "$(grep -c '^gatehouse_sessions_started_total{service="lasts"} 1$' <<<"$metrics")" 1 "and of sessions"
is "$("$python" -c '
import re, sys
# OpenMetrics 1.0: a TYPE for each family, before its samples; counters end in _total; # EOF ends it.
lines, types, seen = sys.stdin.read().splitlines(), {}, set()
assert lines[-1] == "# EOF" and lines.count("# EOF") == 1
for l in lines[:-1]:
    if l.startswith("# TYPE "):
        name, kind = l.split()[2:]
        assert name not in types, l
        types[name] = kind
    elif not l.startswith("# "):
        m = re.fullmatch(r"([a-z_]+)(\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*\})? (-?[0-9.e+-]+)", l)
        assert m, l
        base = m[1][:-6] if m[1].endswith("_total") else m[1]
        assert types.get(base) == ("counter" if m[1].endswith("_total") else "gauge"), l
        assert (m[1], m[2]) not in seen, l
        seen.add((m[1], m[2]))
print("good")' <<<"$metrics" 2>&1)" good "OpenMetrics, by its grammar"
stop_server
finish
