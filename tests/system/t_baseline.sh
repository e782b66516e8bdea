#!/bin/bash
# gatehouse baseline: after a restart of every daemon nothing differs; a new listener is one row.
# And gatehouse explain, on the same machine.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
need_debian sysv
mkdir -p "$tmp/extra/etc"
printf 'daytime stream tcp nowait root internal\ntime dgram udp wait root internal\n' >"$tmp/extra/etc/inetd.conf"
boot_dir m "$tmp/extra:$root"
for port in 13 22 80; do wait_port m tcp $port; done
baseline() { inside m gatehouse baseline "$@"; }

baseline save /root/base 2>"$tmp/err"
like "$?" '^[01]$' 'save' || note "$(cat "$tmp/err")"
inside m cat /root/base >"$tmp/base"
python3 -m json.tool "$tmp/base" >/dev/null
ok $? 'what is saved is JSON'
unlike "$(cat "$tmp/base")" '"(pid|inode|fd|cookie)"' 'and has no pid, inode or descriptor'
is "$(inside m sh -c 'ls -A /root | grep -c base')" 1 'no temporary file is left'
diff=$(baseline diff /root/base 2>&1)
is "$?" 0 'diff of the same machine: exit status 0' || note "$diff"

for name in ssh nginx openbsd-inetd tftpd-hpa cron rpcbind; do
	inside m "/etc/init.d/$name" restart >/dev/null 2>&1
done
for port in 13 22 80; do wait_port m tcp $port; done
wait_port m udp 69
diff=$(baseline diff /root/base 2>&1)
is "$?" 0 'every daemon restarted: exit status 0' || note "$diff"
unlike "$diff" '(22|80|13|69|111)/(tcp|udp)|:(22|80|13|69|111)\b' 'every daemon restarted: no row'

inside m door -d tcp:127.0.0.1:7009 >/dev/null
diff=$(baseline diff /root/base 2>&1)
is "$?" 1 'one new listener: exit status 1'
is "$(grep -c 7009 <<<"$diff")" 1 'one new listener: exactly that row' || note "$diff"
unlike "$diff" '(22|80|13|69|111)/(tcp|udp)|:(22|80|13|69|111)\b' 'and no other'

inside m /etc/init.d/nginx stop >/dev/null 2>&1
nginx_closed() { ! port_open m tcp 80; }
until_true 10 nginx_closed
diff=$(baseline diff /root/base 2>&1)
like "$diff" '(^|[^0-9])80([^0-9]|$)' 'a listener that is gone is a row'
baseline diff /root/nothing >/dev/null 2>"$tmp/err"
is "$?" 2 'no such baseline: exit status 2'
inside m sh -c 'echo "{" >/root/broken; echo "{\"schema\": 1, \"listeners\": 7}" >/root/wrong'
baseline diff /root/broken >/dev/null 2>&1
is "$?" 2 'a broken baseline: exit status 2'
baseline diff /root/wrong >/dev/null 2>&1
is "$?" 2 'a baseline of another shape: exit status 2'
like "$(baseline show /root/base)" 'ssh' 'show'

explain() { inside m gatehouse explain "$@" 2>&1; }
like "$(explain ssh)" '/etc/init.d/ssh' 'explain NAME: who starts it'
like "$(explain telnet)" '[Rr]emove|disable' 'explain NAME: of the catalog, not on this machine'
like "$(explain 22)" 'sshd' 'explain PORT'
like "$(explain 13/tcp)" '/etc/inetd.conf:1' 'explain PORT/PROTO: line of the super-server'
like "$(explain 37/udp)" '/etc/inetd.conf:2' 'explain PORT/PROTO: the other protocol'
unlike "$(explain 37/tcp)" '/etc/inetd.conf:2' 'explain PORT/PROTO: not of the wrong protocol'
like "$(explain /usr/sbin/sshd)" '/etc/init.d/ssh' 'explain PATH: a program'
like "$(explain /etc/init.d/ssh)" 'ssh' 'explain PATH: an init script'
pid=$(inside m pgrep -o -x sshd)
like "$(explain "$pid")" '/etc/init.d/ssh' 'explain PID'
like "$(explain 515)" '[Pp]rint' 'explain of a port where nothing listens (AUD-20)'
like "$(explain sunrpc)" 'rpcbind|port' 'explain of an alias (AUD-21)'
like "$(explain 1313/tcp)" "$(awk '$2 == "1313/tcp" { print $1 }' "$root/etc/services")" 'explain falls back to /etc/services (AUD-20)'
explain no-such-thing >/dev/null
like "$?" '^[123]$' 'explain of what does not exist is no success'
finish
