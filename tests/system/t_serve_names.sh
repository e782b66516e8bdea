#!/bin/bash
# Called xinetd or inetd it takes that one's options, files and signals (INETD-9, XINETD-22, CON-3).
# shellcheck disable=SC2154 # what lib.sh and server.sh set
. "${0%/*}/lib.sh"
. "${0%/*}/server.sh"
mkdir "$tmp/bin"
for name in xinetd inetd; do ln -s "$GATEHOUSED" "$tmp/bin/$name"; done
mkdir -p /run/gatehouse
# The machine's own files must not matter, nor be touched.
: >"$tmp/empty"
for file in /etc/inetd.conf /etc/xinetd.conf; do [ ! -e $file ] || mount --bind "$tmp/empty" $file; done
start() { # start NAME OPTION...: in the background of this shell -> $server
	"$tmp/bin/$1" "${@:2}" >>"$tmp/said" 2>&1 &
	server=$!
	until_true 5 opens 7001
}
opens() { ss -Htln "sport = :$1" | grep -q .; }
finished() {
	kill "$server" 2>/dev/null
	until_true 5 is_gone "$server"
}
{
	defaults
	service one 7001 /bin/echo one
} >"$tmp/x.conf"
printf '7001 stream tcp nowait nobody /bin/echo echo one\n' >"$tmp/i.conf"
printf '7002 stream tcp nowait nobody /bin/cat cat\n' >"$tmp/j.conf"

# xinetd(8)
start xinetd -dontfork -f "$tmp/x.conf" -pidfile "$tmp/x.pid" -filelog "$tmp/x.log" -stayalive -limit 5 -logprocs 5 -cc 60
is "$(ask 7001)" one "xinetd -dontfork -f -pidfile -filelog -stayalive -limit -logprocs -cc"
is "$(cat "$tmp/x.pid")" "$server" "-pidfile"
kill -HUP "$server"
until_true 5 grep -q "read again" "$tmp/x.log"
ok $? "-filelog has the server's own messages" || note "$(cat "$tmp/x.log")"
like "$(tail -n 1 "$tmp/x.log")" '^[0-9]+/[0-9]+/[0-9]+@[0-9:]{8}: ' "as xinetd writes them"
# Its signals: USR1 dumps, IOT checks, HUP reads.

kill -USR1 "$server"
until_true 5 grep -q 'state written to' "$tmp/x.log"
ok $? "USR1 writes its state" || note "$(cat "$tmp/x.log")"
dump=$(sed -n 's/.*state written to //p' "$tmp/x.log" | head -n 1)
is "$(stat -c '%U %a' "$dump")" "root 600" "where only root may read it"
is "$("$python" -c 'import json, sys
d = json.load(open(sys.argv[1]))
print(*(s["id"] for s in d["services"]))' "$dump" 2>&1)" one "as JSON, with its services"
lines=$(wc -l <"$tmp/x.log")
kill -ABRT "$server"
more() { [ "$(wc -l <"$tmp/x.log")" -gt "$lines" ]; }
until_true 5 more
ok $? "IOT: it checks itself, says so"
like "$(tail -n 1 "$tmp/x.log")" 'consistency check: 0 wrong' "and that all is well"
is "$(ask 7001)" one "and lives"
finished
"$tmp/bin/xinetd" -f "$tmp/x.conf" -pidfile "$tmp/x.pid" </dev/null >>"$tmp/said" 2>&1
is "$?/$(ask 7001)" 0/one "without -dontfork it is a daemon"
server=$(cat "$tmp/x.pid")
finished
for words in "-nosuch" "-limit x" "-syslog nosuch" "-f" "-pidfile" "-i" "--foreground"; do
	# shellcheck disable=SC2086 # words
	said=$("$tmp/bin/xinetd" $words 2>&1 </dev/null)
	[ $? = 2 ] && [ -n "$said" ]
	ok $? "xinetd $words: wrong, and it says so" || note "$said"
done
like "$("$tmp/bin/xinetd" -version 2>&1)" '[0-9]' "-version"
mount -t tmpfs none /mnt
mkdir /mnt/upper /mnt/work
if mount -t overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work none /etc 2>/dev/null; then
	cp "$tmp/x.conf" /etc/xinetd.conf
	printf '7003 stream tcp nowait nobody /bin/echo echo inetd\n' >/etc/inetd.conf
	start xinetd -dontfork -inetd_compat
	is "$(ask 7001)/$(ask 7003)" one/inetd "xinetd reads /etc/xinetd.conf, with -inetd_compat /etc/inetd.conf too"
	is "$(cat /run/xinetd.pid)" "$server" "its pidfile is xinetd's"
	finished
	cp "$tmp/i.conf" /etc/inetd.conf
	start inetd -i
	is "$(ask 7001)" one "inetd reads /etc/inetd.conf"
	is "$(cat /run/inetd.pid)" "$server" "its pidfile is inetd's (INETD-9)"
	finished
	[ ! -e /run/inetd.pid ]
	ok $? "which goes with it"
else
	for what in xinetd "xinetd's pidfile" inetd "inetd's pidfile" gone; do skip overlayfs "$what: usual files"; done
fi

# inetd(8)
start inetd -i "$tmp/i.conf"
is "$(ask 7001)" one "inetd -i FILE"
cp "$tmp/j.conf" "$tmp/i.conf"
kill -HUP "$server"
until_true 5 opens 7002
is "$(ask 7001)/$(talk tcp 127.0.0.1 7002 x)" refused/x "HUP reads the file again (INETD-8)"
finished
printf '7001 stream tcp nowait nobody /bin/echo echo one\n' >"$tmp/i.conf"
start inetd -d "$tmp/i.conf"
is "$(ask 7001)" one "inetd -d stays in the foreground"
finished
start inetd -dil -E -R 3 -q 7 "$tmp/i.conf"
is "$(ss -Htln 'sport = :7001' | awk '{print $3}' | sort -u)" 7 "letters together, and -q"
is "$(talk times=5 tcp 127.0.0.1 7001 | grep -c one)" 3 "-R 3: so many in a minute"
is "$(talk from=127.0.0.9 tcp 127.0.0.1 7001 | grep -c one)" 1 "of one source: others are served"
finished
for words in -z "-R x" -q -dontfork --filelog; do
	# shellcheck disable=SC2086 # words
	said=$("$tmp/bin/inetd" $words "$tmp/i.conf" 2>&1 </dev/null)
	[ $? = 2 ] && [ -n "$said" ]
	ok $? "inetd $words: wrong, and it says so" || note "$said"
done
finish
