#!/bin/bash
# The past flaws of super-servers, each by a test that fails where the flaw is. Sources: the CVE list, Debian's and the
# projects' changelogs.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
need_root
server=$BUILD/gatehoused
[ "${INSIDE:-}" ] || exec env INSIDE=1 unshare -nmpf --kill-child --mount-proc --propagation private "$0"
ip link set lo up || skip_all "no network namespaces"
chmod 755 "$tmp"

# Names and users come from servers that lie, see helpers/liars.py.
printf 'nameserver 127.0.0.53\n' >"$tmp/resolv.conf"
printf '127.0.0.1 localhost\n' >"$tmp/hosts"
mount --bind "$tmp/resolv.conf" /etc/resolv.conf && mount --bind "$tmp/hosts" /etc/hosts || skip_all "no mount namespaces"
mkfifo "$tmp/stay"
exec 9<>"$tmp/stay"
"$python" "$tests/helpers/liars.py" "$tmp/dns" <&9 >"$tmp/ready" &
children+=($!)
until_true 10 grep -q ready "$tmp/ready"

cat >"$tmp/talk.py" <<'PY'
"""talk.py FROM PORT [TEXT]: connects from the address (or address:port) FROM; prints what comes."""
import socket, sys
addr, _, port = sys.argv[1].partition(":")
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.settimeout(8)
s.bind((addr, int(port or 0)))
try:
    s.connect(("127.0.0.1", int(sys.argv[2])))
    if len(sys.argv) > 3:
        s.sendall(sys.argv[3].encode().decode("unicode_escape").encode("latin1"))
        s.shutdown(socket.SHUT_WR)
    while (data := s.recv(4096)):
        sys.stdout.buffer.write(data)
except OSError as e:
    print(type(e).__name__)
PY
talk() { "$python" "$tmp/talk.py" "$@"; }
cat >"$tmp/many.py" <<'PY'
"""many.py PORT N [reset]: N connections, one after the other; reset: given up at once, by RST."""
import socket, struct, sys
for _ in range(int(sys.argv[2])):
    s = socket.socket()
    s.settimeout(2)
    s.connect(("127.0.0.1", int(sys.argv[1])))
    if len(sys.argv) > 3:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    else:
        try:
            s.sendall(b"x")
            s.shutdown(socket.SHUT_WR)
            while s.recv(4096):
                pass
        except OSError:
            pass
    s.close()
PY
many() { "$python" "$tmp/many.py" "$@"; }

service() { # service NAME PORT [LINE...]
	local name=$1 port=$2
	shift 2
	printf 'service %s\n{\n\tport = %s\n\tsocket_type = stream\n\tprotocol = tcp\n\twait = no\n\tinstances = UNLIMITED\n' "$name" "$port"
	printf '\t%s\n' "$@"
	printf '}\n'
}
program() { # program NAME PORT PROGRAM [LINE...]
	local name=$1 port=$2 path=$3
	shift 3
	service "$name" "$port" "type = UNLISTED" "user = nobody" "server = $path" "$@"
}
printf '#!/bin/sh\numask; echo open' >"$tmp/open"
printf '#!/bin/sh\nls -l /proc/self/fd | sed 1d | wc -l; echo; ls -l /proc/self/fd' >"$tmp/fds"
printf '#!/bin/sh\necho "$(id -u) $(id -g) $(id -G)"' >"$tmp/ids"
printf '#!/bin/sh\necho ran\nsleep 1' >"$tmp/secret"
chmod 755 "$tmp"/{open,fds,ids,secret}
{
	printf 'defaults\n{\n\tlog_type = FILE %s/log\n\tlog_on_success = PID HOST USERID\n\tlog_on_failure = HOST USERID\n' "$tmp"
	printf '\tcps = 100000 1\n}\n'
	program open 2001 "$tmp/open" "flags = NOLIBWRAP" "log_on_success -= USERID"
	program named 2002 "$tmp/open" "flags = NOLIBWRAP" "only_from = good.example" "log_on_failure -= USERID"
	program ident 2003 "$tmp/open" "flags = NOLIBWRAP"
	program fds 2004 "$tmp/fds" "flags = NOLIBWRAP" "log_on_success -= USERID"
	program denied 2005 "$tmp/open" "flags = NOLIBWRAP" "only_from = 10.0.0.1" "log_on_failure -= USERID"
	program ids 2006 "$tmp/ids" "flags = NOLIBWRAP" "log_on_success -= USERID"
	program env 2007 /usr/bin/env "flags = NOLIBWRAP" "log_on_success -= USERID"
	program paranoid 2008 "$tmp/open" "log_on_success -= USERID" "log_on_failure -= USERID" "libwrap = paranoid"
	program known 2009 "$tmp/open" "log_on_success -= USERID" "log_on_failure -= USERID" "libwrap = known"
	program secret 2010 "$tmp/secret" "flags = NOLIBWRAP" "log_on_success -= USERID"
	service tcpmux 1 "type = INTERNAL" "user = root" "flags = NOLIBWRAP" "log_on_success -= USERID"
	printf 'service muxed\n{\n\ttype = TCPMUX UNLISTED\n\tport = 1\n\tsocket_type = stream\n\tprotocol = tcp\n\twait = no\n'
	printf '\tuser = nobody\n\tserver = %s/ids\n\tflags = NOLIBWRAP\n\tlog_on_success -= USERID\n}\n' "$tmp"
	service echo 7 "type = INTERNAL" "user = root" "flags = NOLIBWRAP" "log_on_success -= USERID"
	printf 'service echo\n{\n\tid = echo-dgram\n\ttype = INTERNAL\n\tsocket_type = dgram\n\tprotocol = udp\n\twait = yes\n'
	printf '\tuser = root\n\tflags = NOLIBWRAP\n\tlog_on_success -= USERID\n}\n'
} >"$tmp/conf"
printf '%s\n' 'paranoid : ALL EXCEPT PARANOID' 'known : KNOWN' >"$tmp/allow"
printf 'ALL : ALL\n' >"$tmp/deny"

mkdir -m 755 "$tmp/run"
echo precious >"$tmp/victim"
ln -s "$tmp/victim" "$tmp/run/gatehoused.dump"
ln -s "$tmp/victim" "$tmp/run/xinetd.dump"
ln -s "$tmp/victim" "$tmp/run/dump"
# As careless as a caller may be: no umask, other groups, an environment that no service should see.
(
	umask 0
	exec env SECRET_OF_ROOT=1 LD_BIND_NOW=1 setpriv --groups 0,4,24 "$server" --foreground -f "$tmp/conf" \
		--hosts-allow "$tmp/allow" --hosts-deny "$tmp/deny" --control "$tmp/run/control" >"$tmp/said" 2>&1 9>&-
) &
pid=$!
children+=("$pid")
listens() { ss -Hlnt | grep -q ":$1 "; }
until_true 10 listens 2001
ok $? "gatehoused serves" || { note "$(head "$tmp/said")"; finish; }
alive() { kill -0 "$pid" && [ "$(talk 127.0.0.1 2001 | tail -n 1)" = open ]; }
served() { # served NAME PORT: this build has that kind of service
	listens "$2" || return 1
	talk 127.0.0.1 "$2" '\r\n' >/dev/null &
	sleep 0.5
	! grep -q "$1.*cannot be served" "$tmp/said" "$tmp/log"
}
workers() { pgrep -P "$pid"; }
descriptors() { local p; for p in $pid $(workers); do ls "/proc/$p/fd"; done 2>/dev/null | wc -l; }
memory() { # KiB of all our processes that are theirs alone
	local p
	for p in $pid $(workers); do sed -n 's/^Private_Dirty: *\([0-9]*\).*/\1/p' "/proc/$p/smaps_rollup"; done 2>/dev/null |
		awk '{ n += $1 } END { print n + 0 }'
}

talk 127.0.0.1 2001 >/dev/null
kill -USR1 "$pid"
sleep 0.3
is "$(<"$tmp/victim")" precious "Bugtraq 1998: a state dump follows no link that waits for it"
[ -f "$tmp/run/gatehoused.dump" ] && [ ! -L "$tmp/run/gatehoused.dump" ]
ok $? "it takes the link's place"

is "$(talk 127.0.1.1 2002 | tail -n 1)" open "a rule by name lets in whose name leads back"
for from in 127.0.1.3 127.0.1.2 127.0.1.4; do
	unlike "$(talk $from 2002)" open "CVE-2000-0536: a rule by name keeps out $from, whose name is none, a lie, or not to be had"
done

for from in 127.0.1.23 127.0.1.30 127.0.1.25; do
	like "$(talk $from 2003)" open "CVE-2001-0763: the ident answer of $from hurts nobody"
done
until_true 3 grep -q 'USERID.*uuuu' "$tmp/log"
unlike "$(tr -d '\n' <"$tmp/log")" '[^ -~]' "CVE-2001-0763: and its bytes are not in the log"
like "$(<"$tmp/log")" 'USERID: ident .*a_b_%s' "CVE-2001-0763: nor are its formats followed"
for from in 127.0.1.26 127.0.1.29 127.0.1.22; do talk $from 2003 >/dev/null; done
alive
ok $? "CVE-2001-0825, CVE-2001-1389: answers of no length at all"

is "$(talk 127.0.0.1 2001 | head -n 1)" 0022 "CVE-2001-1322: a umask of its own, not the caller's 0"
is "$(talk 127.0.0.1 2004 | head -n 1)" 4 "CVE-2002-0871: a service has the descriptors 0, 1, 2 (and that of ls), no other"

many 2005 2000
sleep 0.5
before=$(descriptors) kib=$(memory)
many 2005 4000
sleep 0.5
is "$(descriptors)" "$before" "CVE-2003-0211: 4,000 refusals leave no descriptor"
[ "$(memory)" -le $((kib + 300)) ]
ok $? "CVE-2003-0211: nor memory" || note "$kib KiB before, $(memory) after"

if served tcpmux 1; then
	like "$(talk 127.0.0.1 1 'secret\r\n')" '^-' "CVE-2012-0862: tcpmux does not hand out services that are not of its type"
	unlike "$(talk 127.0.0.1 1 'open\r\n')" open "CVE-2012-0862: none of them"
	like "$(talk 127.0.0.1 1 'muxed\r\n')" '^65534 65534 65534' "CVE-2013-4342: a service of tcpmux runs under its account"
else
	skip tcpmux "CVE-2012-0862, CVE-2013-4342: tcpmux"
fi

if served echo 7; then
	cat >"$tmp/loop.py" <<'PY'
import socket
for port in (0, 7, 13, 19, 37):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(0.5 if port else 5)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the server has 7 itself
    s.bind(("127.0.0.2", port))
    s.sendto(b"ping", ("127.0.0.1", 7))
    try:
        print("high" if not port else port, s.recv(100))
    except OSError:
        pass
PY
	# The name service has taken no port of these.
	is "$("$python" "$tmp/loop.py")" "high b'ping'" "CVE-1999-0103: a datagram from a small service's port is not answered"
else
	skip echo "CVE-1999-0103: datagrams of small services"
fi
if served echo 7; then
	many 7 50
	sleep 0.3
	before=$(descriptors)
	many 7 500
	until_true 5 eval '[ "$(descriptors)" -le '"$before"' ]'
	ok $? "CVE-2001-0309: an internal service leaves no socket" || note "$before before, $(descriptors) after"
	is "$(ss -Hnt state close-wait | wc -l)" 0 "CVE-2001-0309: nor one half closed"
else
	skip echo "CVE-2001-0309: internal services leave no socket"
fi

is "$(talk 127.0.0.1 2006)" "65534 65534 65534" "FreeBSD-SA-01:11: a service has none of the caller's groups"

for from in 127.0.1.2 127.0.1.11; do
	unlike "$(talk $from 2008)" open "FreeBSD-SA-01:56: PARANOID is $from, whose name does not lead back"
done
like "$(talk 127.0.1.1 2008)" open "FreeBSD-SA-01:56: and is not whose name does"
for from in 127.0.1.3 127.0.1.4; do
	unlike "$(talk $from 2009)" open "CVE-2009-0786: $from, without a name, is not KNOWN"
done

is "$(talk 127.0.0.1:421 2001 | tail -n 1)" open "CA-1999-01: port 421 is like any other"

# The connection is gone between the wake-up and the accept: nobody may wait for the next one.
many 2001 1
for p in $(workers); do kill -STOP "$p"; done
many 2001 50 reset
for p in $(workers); do kill -CONT "$p"; done
alive
ok $? "NetBSD-SA1999-001: connections that are gone before they are accepted stop nothing"
blocking=0 listeners=0
for p in $pid $(workers); do
	for fd in "/proc/$p/fd"/*; do
		inode=$(readlink "$fd" | sed -n 's/socket:\[\(.*\)\]/\1/p')
		[ "$inode" ] && ss -Hlnte | grep -q "ino:$inode " || continue
		flags=$(sed -n 's/^flags:\s*//p' "/proc/$p/fdinfo/${fd##*/}")
		listeners=$((listeners + 1))
		(((0$flags & 04000) != 0)) || blocking=$((blocking + 1))
	done
done
[ $blocking = 0 ] && [ $listeners -gt 10 ]
ok $? "NetBSD-SA1999-001: and no listener blocks" || note "$blocking of $listeners"

env=$(talk 127.0.0.1 2007)
like "$env" '^REMOTE_HOST=127.0.0.1' "a service that shows its environment"
unlike "$env" 'SECRET_OF_ROOT|LD_BIND_NOW' "CVE-2026-24061 and its like: a clean environment"
alive
ok $? "after all that it serves"
kill -TERM "$pid"
wait "$pid" 2>/dev/null

# setuid(2) that fails: the service may not run with the rights it was to give up.
for p in $(pgrep -f "$tmp/conf"); do kill -9 "$p"; done 2>/dev/null
until_true 5 eval '! listens 2006'
program ids 2006 "$tmp/ids" "flags = NOLIBWRAP" >"$tmp/one"
setpriv --bounding-set=-setuid,-setgid --inh-caps=-setuid,-setgid "$server" --foreground -f "$tmp/one" \
	--control "$tmp/run/two" >"$tmp/said" 2>&1 9>&- &
pid=$!
children+=("$pid")
until_true 5 listens 2006
ok $? "a server that may not switch accounts listens"
unlike "$(talk 127.0.0.1 2006)" '^0 ' "CVE-2023-40303: without the right to switch accounts nothing runs as root"
kill -TERM "$pid"
finish
