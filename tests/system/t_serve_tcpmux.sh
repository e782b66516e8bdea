#!/bin/bash
# Tcpmux: what it offers changes with a reload, and a client is told "+" only when it may be served (RFC 1078).
# shellcheck disable=SC2154 # what lib.sh and server.sh set
. "${0%/*}/lib.sh"
. "${0%/*}/server.sh"

muxed() { # muxed NAME TYPE PROGRAM [LINE...]
	printf 'service %s\n{\n\ttype = %s UNLISTED\n\tsocket_type = stream\n\tprotocol = tcp\n\twait = no\n' "$1" "$2"
	printf '\tflags = NOLIBWRAP\n\tuser = nobody\n\tserver = %s\n' "$3"
	shift 3
	printf '\t%s\n' "$@"
	echo '}'
}
mux() {
	printf 'service tcpmux\n{\n\ttype = INTERNAL UNLISTED\n\tport = 7001\n\tsocket_type = stream\n\tprotocol = tcp\n'
	printf '\twait = no\n\tuser = nobody\n\tflags = NOLIBWRAP\n\tcps = 100000 1\n\tinstances = 10000\n}\n'
}
call() { talk tcp 127.0.0.1 7001 "$1\r\n${2-}" | tr -d '\r'; }

echo nobody is at home >"$tmp/no"
echo please come in >"$tmp/yes"
echo hello >"$tmp/always"
{
	defaults
	mux
	muxed first TCPMUXPLUS /bin/echo "server_args = first"
	muxed plain TCPMUX /bin/cat
	muxed closed TCPMUXPLUS /bin/echo "server_args = secret" "only_from = 192.0.2.99" "banner_fail = $tmp/no"
	muxed silent TCPMUX /bin/echo "server_args = secret" "no_access = 0.0.0.0/0"
	muxed one TCPMUXPLUS /bin/cat "instances = 1"
	muxed polite TCPMUXPLUS /bin/echo "server_args = polite" "banner = $tmp/always" "banner_success = $tmp/yes"
	muxed night TCPMUXPLUS /bin/echo "server_args = night" "access_times = $(date -d '2 hours' +%H:%M)-$(date -d '3 hours' +%H:%M)"
	service other 7002 /bin/echo "other"
} >"$tmp/conf"
server -f "$tmp/conf"
ok $? "it starts" || note "$(cat "$tmp/said")"
is "$(call help)" $'first\nplain\nclosed\nsilent\none\npolite\nnight' "help names the services of the multiplexer only"
is "$(call first)" $'+Go\nfirst' "PLUS: the server says +"
is "$(call plain "+mine")" "+mine" "without PLUS the program says it"
like "$(call closed)" '^-.+' "who may not be served is told -"
unlike "$(call closed)" '\+|secret' "and no +"
is "$(call closed | tail -n 1)" "nobody is at home" "then banner_fail"
like "$(call silent)" '^-.+' "the same where the program would say +"
like "$(call night)" '^-.+' "and at the wrong time"
is "$(call polite)" $'+Go\nhello\nplease come in\npolite' "banners stand behind the +"
until_true 5 grep -q 'FAIL: closed address from=127.0.0.1' "$tmp/log"
ok $? "a refusal is logged with its service" || note "$(cat "$tmp/log")"
exec 5<>/dev/tcp/127.0.0.1/7001
printf 'one\r\n' >&5
read -r -t 5 -u 5 said
is "$said" $'+Go\r' "a session"
like "$(call one)" '^-.+' "instances: - for the second"
exec 5>&-

# What it offers changes with the files; itself it does not.
worker=$(state tcpmux worker)
[ "$worker" != None ]
ok $? "tcpmux has a worker"
{
	defaults
	mux
	muxed first TCPMUXPLUS /bin/echo "server_args = first"
	muxed second TCPMUXPLUS /bin/echo "server_args = second"
} >"$tmp/conf"
gate reload
is "$(call help)" $'first\nsecond' "after a reload help names what there is now"
is "$(call second)" $'+Go\nsecond' "a new service is there"
like "$(call plain)" '^-' "a removed one is not"
worker=$(state tcpmux worker)
gate reload
call first >/dev/null
is "$(state tcpmux worker)" "$worker" "with the same services it keeps its worker"

# A connection that no worker can take.
worker=$(state first worker)
for ((i = 0; i < 6; i++)); do
	worker=$(state first worker)
	[ "$worker" != None ] && kill -9 "$worker"
	sleep 0.02
	call first >"$tmp/answer"
	[ "$(state first state)" = failing ] && break
done
like "$(call first)" '^-|^\+Go' "while a service's workers die its clients get an answer, not just an end"
# A worker that does not take it: its queue is full.
first_goes() { [[ $(call first) == +Go* ]]; }
until_true 10 first_goes
worker=$(state first worker)
kill -STOP "$worker"
"$python" - "$tmp/answers" <<'P2'
import select, socket, sys
conns = []
for i in range(700):
    s = socket.create_connection(("127.0.0.1", 7001), 5)
    s.sendall(b"first\r\n")
    conns.append(s)
poll, n = select.poll(), 0
for s in conns:
    poll.register(s, select.POLLIN)
seen = []
for fd, event in poll.poll(8000):
    s = next(s for s in conns if s.fileno() == fd)
    seen.append(s.recv(100)[:1])
open(sys.argv[1], "w").write("%d %s" % (len(seen) > 0, sorted(set(seen))))
P2
is "$(cat "$tmp/answers")" "1 [b'-']" "who cannot be handed over is told -, none is just dropped"
like "$(cat "$tmp/said")" "tcpmux: a client of first is turned away" "and the log says it"
kill -CONT "$worker"
stop_server
finish
