#!/bin/bash
# tcpd, tcpdmatch, tcpdchk and libwrap.so.0: WRAP-6 to -10, -13; INETD-2.
# shellcheck disable=SC2154 # what lib.sh and server.sh set
. "${0%/*}/lib.sh"
. "${0%/*}/server.sh"
build=${GATEHOUSE%/*}

# An /etc and a /dev of our own: rules, names, a syslog.
# Nothing may be mounted below $tmp: it is removed at the end, with all that is in it.
mkdir /run/up /run/work
mount -t overlay -o lowerdir=/etc,upperdir=/run/up,workdir=/run/work none /etc 2>/dev/null || skip_all "needs overlay mounts"
mount -t tmpfs none /dev || skip_all "needs tmpfs"
mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/zero c 1 5 && mknod -m 666 /dev/urandom c 1 9 &&
	ln -s /proc/self/fd /dev/fd || skip_all "needs device nodes"
printf '127.0.0.1 localhost\n192.0.2.11 one.example.org\n192.0.2.12 two.example.org\n192.0.2.21 box\n' >/etc/hosts
printf 'hosts: files\npasswd: files\ngroup: files\nservices: files\n' >/etc/nsswitch.conf
: >/etc/hosts.allow
: >/etc/hosts.deny
for a in 192.0.2.11 192.0.2.12 192.0.2.21 198.51.100.5 198.51.100.6; do ip addr add $a/32 dev lo; done

"$python" -c '
import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
os.chmod("/dev/log", 0o666)
while True:
    print(s.recv(4096).decode(), flush=True)' >"$tmp/syslog" &
children+=("$!")
until_true 5 test -S /dev/log

# through PORT-less inetd: once CLIENT ARGV0 [ARGUMENT...]: what a client of tcpd is told
once() {
	"$python" - "$build/tcpd" "$@" <<'P'
import socket, subprocess, sys
tcpd, client, *argv = sys.argv[1:]
listener = socket.create_server(("192.0.2.1", 0))
s = socket.create_connection(listener.getsockname(), 5, (client, 0))
fd, _ = listener.accept()
child = subprocess.Popen(argv, executable=tcpd, stdin=fd, stdout=fd, stderr=fd)
fd.close()
s.shutdown(socket.SHUT_WR)
s.settimeout(10)
data = b""
while more := s.recv(4096):
    data += more
child.wait(5)
sys.stdout.write(data.decode())
P
}
logged() { until_true 5 grep -Eq "$1" "$tmp/syslog"; }

is "$(once 192.0.2.11 /bin/echo two words)" "two words" "the real daemon with its arguments (INETD-2, WRAP-7)"
logged '^<30>.* echo\[[0-9]+\]: connect from 192.0.2.11 \(192.0.2.11\)'
ok $? "who came is logged, daemon.info, without asking for a name (WRAP-6)" || note "$(cat "$tmp/syslog")"
once 192.0.2.11 service-that-is-not
logged 'service-that-is-not\[[0-9]+\]: error: cannot execute /usr/sbin/service-that-is-not: '
ok $? "a bare name is looked for in /usr/sbin"

echo 'sh: 192.0.2.11: setenv WHO %h: umask 027: nice 3: severity local3.notice' >/etc/hosts.allow
echo 'ALL: ALL' >/etc/hosts.deny
# shellcheck disable=SC2016 # the wrapped shell's
is "$(once 192.0.2.11 /bin/sh -c 'echo $0 $WHO $(umask) $(nice)')" "sh one.example.org 0027 3" "setenv, umask, nice; a proven name"
logged '^<157>.* sh\[[0-9]+\]: connect from one.example.org \(192.0.2.11\)'
ok $? "severity" || note "$(cat "$tmp/syslog")"
is "$(once 192.0.2.12 /bin/echo hello)" "" "refused: nothing is said, nothing runs"
logged '^<28>.* echo\[[0-9]+\]: refused connect from 192.0.2.12'
ok $? "a refusal is logged, daemon.warning (WRAP-6)" || note "$(cat "$tmp/syslog")"

mkdir "$tmp/banners"
echo 'go away, %a' >"$tmp/banners/echo"
echo "echo: ALL: spawn echo %d %a >$tmp/spawned: banners $tmp/banners" >/etc/hosts.deny
is "$(once 192.0.2.12 /bin/echo hello)" "go away, 192.0.2.12" "banners"
is "$(cat "$tmp/spawned")" "echo 192.0.2.12" "spawn"
echo "echo: ALL: twist echo instead of %d for %a" >/etc/hosts.deny
is "$(once 192.0.2.12 /bin/echo hello)" "instead of echo for 192.0.2.12" "twist"
echo 'id: ALL: user nobody' >/etc/hosts.allow
is "$(once 192.0.2.12 /usr/bin/id)" "$(setpriv --reuid nobody --regid nogroup --init-groups id)" "user"
echo 'id: ALL: user nosuchone' >/etc/hosts.allow
is "$(once 192.0.2.12 /usr/bin/id)" "" "an option that cannot be had refuses"
: >/etc/hosts.allow
echo 'ALL: 192.0.2' >/etc/hosts.deny
is "$(once 192.0.2.12 /bin/echo hello)" "" "a prefix without its dot refuses whom it meant (WRAP-12)"
logged "hosts.deny:1:.*a prefix must end in"
ok $? "and the log says so"

# A datagram is looked at, and left to the daemon; of a refused one nothing stays.
datagram() {
	"$python" - "$build/tcpd" "$@" <<'P'
import socket, subprocess, sys
tcpd, client, *argv = sys.argv[1:]
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    server.bind(("192.0.2.1", 0))
    s.bind((client, 0))
    s.sendto(b"dgram", server.getsockname())
    out = subprocess.run(argv, executable=tcpd, stdin=server, stdout=subprocess.PIPE, timeout=10)
    server.setblocking(False)
    try:
        server.recv(10)
        left = "left"
    except BlockingIOError:
        left = "gone"
    print(out.stdout.decode() + left)
P
}
is "$(datagram 198.51.100.5 /usr/bin/head -c 5)" "dgramgone" "a datagram is the daemon's"
is "$(datagram 192.0.2.12 /usr/bin/head -c 5)" "gone" "one that is refused is taken away"

# tcpdchk
printf 'login stream tcp nowait root /usr/sbin/in.rlogind in.rlogind\nftp stream tcp nowait root /usr/sbin/tcpd in.ftpd -l -a\n' >"$tmp/inetd.conf"
cd "$tmp" || exit 1
printf '%s\n' 'login: 192.168.4' 'in.ftpd: ALL' 'in.ftp: .example.org.' >hosts.allow
printf 'ALL: ALL: bogus\n' >hosts.deny
said=$("$build/tcpdchk" -a -d -i "$tmp/inetd.conf")
like "$said" "hosts.allow:1:[0-9]+: .*192.168.4: .*must end in '\\.'" "a prefix without its dot (WRAP-9)"
like "$said" "hosts.allow:1:1: .*login: this is the service's name; its process is in.rlogind" "a service's name (WRAP-10)"
like "$said" "hosts.allow:3:1: .*in.ftp: no such process name .*in.ftpd" "a name that nobody has, and which may be meant"
unlike "$said" "in.ftpd: no such" "a daemon behind tcpd is known"
like "$said" "hosts.deny:1:[0-9]+: .*unknown option: bogus" "a bad option"
like "$said" "hosts.allow:2:1: .*implicit \"allow\"" "-a"
printf 'ALL: ALL\n' >hosts.deny
printf 'in.ftpd: 192.0.2.: severity auth.info\n' >hosts.allow
is "$("$build/tcpdchk" -d -i "$tmp/inetd.conf")" "" "nothing is said of rules that are fine"
want="client:   address  192.0.2.5
server:   process  in.ftpd
matched:  $tmp/hosts.allow line 1
option:   severity auth.info
access:   granted"
is "$("$build/tcpdmatch" -d -i "$tmp/inetd.conf" in.ftpd 192.0.2.5)" "$want" "tcpdmatch"
like "$("$build/tcpdmatch" -d -i "$tmp/inetd.conf" ftp 192.0.2.5 2>&1)" "its process is in.ftpd" "it too knows services' names"
cd /

# Every entry point
echo 'echo stream tcp nowait root /usr/sbin/tcpd /bin/echo hello' >/etc/inetd.conf
service echo 7001 /bin/echo hello | sed '/NOLIBWRAP/d' >"$tmp/conf"
server -f "$tmp/conf"
said=$("$python" "$tests/system/wrappers.py" "$build" "${CASES:-50}" "${SEED:-1}" 7001)
ok $? "tcpdmatch, tcpd, gatehoused and libwrap.so.0 say the same (WRAP-8, WRAP-13)" || note "$said"
like "$said" ", ([5-9]|[1-9][0-9]+) allowed" "some of them were let in"
note "$(tail -n 1 <<<"$said")"
stop_server
finish
