# For tests of gatehoused: `. "${0%/*}/server.sh"` after lib.sh. The test goes on in network, mount and
# process namespaces of its own, so what it leaves behind ends with it.
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
need_root
GATEHOUSED=${GATEHOUSE%/*}/gatehoused
if [ -z "${IN_SERVER_TEST:-}" ]; then
	unshare --net --mount --pid --fork true 2>/dev/null || skip_all "needs namespaces"
	rm -rf --one-file-system "$tmp"
	export IN_SERVER_TEST=1 GATEHOUSE
	exec unshare --net --mount --pid --fork --kill-child --mount-proc "$BASH" "$0" "$@"
fi
ip link set lo up || skip_all "needs iproute2"
ip addr add 192.0.2.1/32 dev lo
ip addr add 192.0.2.2/32 dev lo
mount -t tmpfs none /run
chmod 755 "$tmp"
ctl=$tmp/control.sock
faked=()

# service NAME PORT PROGRAM [ARGS] [ATTRIBUTE...]: one section of xinetd.conf. tests run as root, so a user is named.
service() {
	printf 'service %s\n{\n\ttype = UNLISTED\n\tport = %s\n\tsocket_type = stream\n\tprotocol = tcp\n\twait = no\n' "$1" "$2"
	printf '\tflags = NOLIBWRAP\n\tuser = nobody\n\tserver = %s\n' "$3"
	[ -n "${4:-}" ] && printf '\tserver_args = %s\n' "$4"
	shift $(($# < 4 ? $# : 4))
	printf '\t%s\n' "$@"
	echo '}'
}
defaults() {
	printf 'defaults\n{\n\tlog_type = FILE %s\n\tlog_on_success = PID HOST EXIT DURATION\n\tlog_on_failure = HOST\n}\n' "$tmp/log"
}

# server [OPTION...]: starts gatehoused in the foreground -> $server; what it says is in $tmp/said.
server() {
	"${faked[@]}" "$GATEHOUSED" --foreground --control "$ctl" --pidfile "$tmp/pid" "$@" >>"$tmp/said" 2>&1 &
	server=$!
	until_true 5 gate status
}
gate() { "$GATEHOUSE" "$1" --control "$ctl" "${@:2}"; }
stop_server() {
	gate stop >/dev/null
	until_true 5 is_gone "$server"
}
is_gone() { ! kill -0 "$1"; }

# ask PORT [ADDRESS]: what the server there says till it closes.
ask() {
	timeout 5 "$python" - "${2:-127.0.0.1}" "$1" <<'P'
import socket, sys
try:
    s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)
    s.shutdown(socket.SHUT_WR)
    data = b""
    while True:
        more = s.recv(65536)
        if not more:
            break
        data += more
    sys.stdout.write(data.decode())
except ConnectionRefusedError:
    print("refused")
except ConnectionResetError:
    print("reset")
P
}

talk() { timeout 30 "$python" "$tests/helpers/talk.py" "$@"; }

# The time of day of the servers that are started from now on: clock_at WHEN (as date -d takes it; now) sets it.
fake_clock() {
	clock_at now
	export FAKE_CLOCK=$tmp/clock
	faked=(env "LD_PRELOAD=${GATEHOUSE%/*}/tests/libclock.so" ASAN_OPTIONS=verify_asan_link_order=0)
}
clock_at() {
	"$python" -c 'import struct, sys, time
with open(sys.argv[1], "r+b" if sys.argv[3] else "wb") as f:
    f.write(struct.pack("<q", int(sys.argv[2]) - int(time.time())))' "$tmp/clock" "$(date -d "$1" +%s)" "${FAKE_CLOCK:-}"
}

# hold NAME PORT: keeps a session to a server that echoes lines; say NAME WORD gives what it answers.
hold() {
	mkfifo "$tmp/$1.in" "$tmp/$1.out"
	"$python" -c '
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)
s.settimeout(5)
lines, out = open(sys.argv[2]), open(sys.argv[3], "w")
for line in lines:
    try:
        s.sendall(line.encode())
        answer = s.recv(4096).decode()
    except OSError:
        answer = ""
    out.write(answer.strip() + "\n")
    out.flush()
' "$2" "$tmp/$1.in" "$tmp/$1.out" &
	children+=("$!")
	exec {fd}>"$tmp/$1.in"
	eval "$1_in=$fd"
	exec {fd}<"$tmp/$1.out"
	eval "$1_out=$fd"
}
say() {
	local to="$1_in" from="$1_out" line=
	echo "$2" >&"${!to}"
	read -r -t 6 line <&"${!from}"
	echo "$line"
}
# state SERVICE KEY: of gatehouse status
state() {
	gate status --format json 2>/dev/null | "$python" -c '
import json, sys
for s in json.load(sys.stdin)["services"]:
    if s["service"] == sys.argv[1]:
        print(s[sys.argv[2]])' "$1" "$2"
}
state_is() { [ "$(state "$1" "$2")" = "$3" ]; }
sessions() { gate sessions --format plain | grep -c "^$1:"; }
sessions_are() { [ "$(sessions "$1")" = "$2" ]; }
