#!/bin/sh
# run.sh GATEHOUSE: the program from outside on a small machine of files: exit statuses, what goes
# to which stream, views of start records, colour, a full disk. TAP; needs no rights.
gatehouse=$1
n=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
root=$tmp/root
out=$tmp/out err=$tmp/err

result() { # NAME, status of the last command
	status=$?
	n=$((n + 1))
	[ $status -eq 0 ] && {
		echo "ok $n - $1"
		return
	}
	sed 's/^/# /' "$out" "$err"
	echo "not ok $n - $1"
}

run() { # ARGS...: exit status in $status
	"$gatehouse" "$@" >"$out" 2>"$err"
	status=$?
}

skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

echo "TAP version 13"

mkdir -p "$root/etc/init.d" "$root/etc/rc3.d" "$root/etc/xinetd.d" "$root/usr/sbin" "$root/sbin"
for s in radvd routed random rhnsd lonely; do
	printf '#!/bin/sh\n### BEGIN INIT INFO\n# Provides: %s\n### END INIT INFO\n' $s >"$root/etc/init.d/$s"
	chmod 755 "$root/etc/init.d/$s"
done
ln -s ../init.d/radvd "$root/etc/rc3.d/K46radvd"
ln -s ../init.d/routed "$root/etc/rc3.d/K55routed"
ln -s ../init.d/random "$root/etc/rc3.d/S20random"
ln -s ../init.d/rhnsd "$root/etc/rc3.d/S97rhnsd"
mkdir -p "$root/etc/rc2.d"
printf '#!/bin/sh\n### BEGIN INIT INFO\n# Provides: xinetd\n### END INIT INFO\nstart-stop-daemon --start --exec /usr/sbin/xinetd\n' \
	>"$root/etc/init.d/xinetd"
chmod 755 "$root/etc/init.d/xinetd"
ln -s ../init.d/xinetd "$root/etc/rc2.d/S20xinetd"
echo 'id:2:initdefault:' >"$root/etc/inittab"
echo ': a file' >"$root/sbin/init"
for s in inetd xinetd tcpd ipop3d in.telnetd in.ftpd in.finger in.rexec in.rlogin in.rsh in.telnet; do
	printf '#!/bin/sh\n' >"$root/usr/sbin/$s"
	chmod 755 "$root/usr/sbin/$s"
done
cat >"$root/etc/services" <<'EOF'
telnet 23/tcp
ftp 21/tcp
finger 79/tcp
exec 512/tcp rexec
login 513/tcp rlogin
shell 514/tcp rsh cmd
pop-3 110/tcp pop3
time 37/tcp
xtel 1313/tcp # french minitel
EOF
cat >"$root/etc/inetd.conf" <<'EOF'
# sample
time stream tcp nowait root internal
#telnet stream tcp nowait root /usr/sbin/tcpd in.telnetd
pop-3 stream tcp nowait root /usr/sbin/tcpd ipop3d
EOF
echo 'includedir /etc/xinetd.d' >"$root/etc/xinetd.conf"
for s in finger rexec rlogin rsh telnet; do
	printf 'service %s\n{\n\tdisable = no\n\tsocket_type = stream\n\twait = no\n\tuser = root\n\tserver = /usr/sbin/in.%s\n}\n' \
		$s $s >"$root/etc/xinetd.d/$s"
done
printf 'service ftp\n{\n\tdisable = no\n\tsocket_type = stream\n\twait = no\n\tuser = root\n\tserver = /usr/sbin/in.ftpd\n}\n' \
	>"$root/etc/xinetd.d/wu-ftpd"

run starts --root "$root" --runlevel 3 --format plain
printf 'K46radvd\tstop\t46\tradvd\t../init.d/radvd\nK55routed\tstop\t55\trouted\t../init.d/routed\nS20random\tstart\t20\trandom\t../init.d/random\nS97rhnsd\tstart\t97\trhnsd\t../init.d/rhnsd\n' |
	diff - "$out" >>"$err"
result "links of a runlevel in init's order, fields split, targets told (AUD-24, AUD-27)"

run starts --root "$root" --scripts --format plain
grep -q 'init.d/lonely' "$out"
result "a script without a link is listed too (AUD-25)"

run starts --root "$root" inetd --format plain
[ "$(grep -c '^/etc/inetd.conf:[24]	' "$out")" = 2 ] && grep -q '^/etc/inetd.conf:3	.*	off	' "$out"
result "inetd entries, on and off, with their lines (AUD-22)"

run starts --root "$root" xinetd --format plain
[ "$(grep -c '^/etc/xinetd.d/' "$out")" = 6 ] && grep -q '^/etc/xinetd.d/wu-ftpd:1	xinetd	ftp	' "$out"
result "xinetd's services with their files (AUD-23)"

run starts --root "$root"
grep -q 'default 2' "$out"
result "the default runlevel is told (AUD-26)"

run starts --root "$root" nosuch
[ $status -eq 2 ] && [ ! -s "$out" ] && grep -q nosuch "$err"
result "an unknown mechanism is a mistake"

conf=$tmp/conf
mkdir -p "$conf/etc" "$conf/srv"
printf '#!/bin/sh\n' >"$conf/srv/d"
chmod 755 "$conf/srv/d"
printf 'root:x:0:0::/:/bin/sh\n' >"$conf/etc/passwd"
printf 'ftp 21/tcp\ntelnet 23/tcp\nimap 143/tcp\n' >"$conf/etc/services"
printf 'tcp 6 TCP\n' >"$conf/etc/protocols"
printf 'service ftp\n{\nsocket_type = stream\nwait = no\nuser = root\nserver = /srv/d\nv6only = no\n}\n' \
	>"$conf/etc/xinetd.conf"
run check --root "$conf"
[ $status -eq 0 ] && [ ! -s "$err" ] && grep -q '^ftp (/etc/xinetd.conf:1)' "$out" && grep -q 'tcp \[::\]:21$' "$out" &&
	grep -q 'differs.*v6only-no: ' "$out" && grep -q '^1 service, 0 left out' "$out"
result "check shows what is served and where xinetd differs"

printf 'service imap\n{\nuser = root\nserver = /srv/d\n}\nservice telnet\n{\nsocket_type = stream\nwait = no\nuser = root\nserver = /srv/d\nonly_form = 10.0.0.1\n}\n' \
	>>"$conf/etc/xinetd.conf"
run check --root "$conf"
[ $status -eq 2 ] && grep -q '/etc/xinetd.conf:9:1: error: service imap: socket_type, wait are missing$' "$err" &&
	grep -q '/etc/xinetd.conf:20:1: error: service telnet: only_form .*did you mean "only_from"' "$err" &&
	grep -q '^telnet (/etc/xinetd.conf:14): xinetd would start it$' "$out" && grep -q '^1 service, 2 left out' "$out"
result "check names what is missing or misspelt, and says what xinetd would do (XINETD-23)"

run check --root "$conf" --format json
[ $status -eq 2 ] && python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
assert [s["id"] for s in d["services"]] == ["ftp"] and d["closed"] == 2 and d["xinetd"][0]["starts"]
assert {"file": "/etc/xinetd.conf", "line": 20, "column": 1}.items() <= [x for x in d["diagnostics"] if "only_form" in x["text"]][0].items()
' "$out"
result "the same as JSON"

run check --root "$conf" -f /etc/nothing
[ $status -eq 2 ] && [ ! -s "$out" ] && grep -q /etc/nothing "$err"
result "a configuration that is not there is a mistake"

run explain --root "$root" 1313/tcp
[ $status -eq 0 ] && grep -q 'french minitel' "$out"
result "explain falls back to the services file (AUD-20)"

run explain --root "$root" :1313
[ $status -eq 0 ] && grep -q 'french minitel' "$out"
result "explain takes a port as it stands in an address"

run explain --root "$root" telnet
[ $status -eq 0 ] && grep -q '^  verdict  *remove$' "$out" && grep -q 'client programs of this name stay usable' "$out" &&
	grep -q '/etc/inetd.conf:3: commented out' "$out" && grep -q '^  groups .*danger' "$out"
result "explain telnet: only the server goes (POL-10), its group (POL-24), its line"

run explain --root "$root" ftp
grep -q 'client programs of this name stay usable' "$out"
result "explain ftp: only the server goes (POL-10)"

run explain --root "$root" httpd
grep -q '^  verdict  *disable until in use and configured' "$out" && grep -q '^  *Listen 127.0.0.1:80$' "$out" &&
	! grep -q 'x0a' "$out"
result "explain httpd: disable until in use and configured (POL-13); lines of configuration stay lines"

mkdir -p "$root/etc/gatehouse"
printf 'Facts: mx\n' >"$root/etc/gatehouse/policy"
run explain --root "$root" sendmail
grep -q '^  verdict  *restrict, since mx' "$out" && tr -s ' \n' ' ' <"$out" | grep -q 'current, patched and effectively firewalled'
result "explain: wanted danger is never plain ok (POL-4)"
rm "$root/etc/gatehouse/policy"

for pair in login=rlogin shell=rsh exec=rexec sunrpc=portmap auth=identd netbios-ssn=smbd domain=named http=httpd http=apache2 \
	smtp=sendmail printer=lpd x11=X ipp=cups www=http; do
	run explain --root "$root" "${pair%=*}"
	head -n 1 "$out" >"$tmp/one"
	run explain --root "$root" "${pair#*=}"
	[ -s "$tmp/one" ] && head -n 1 "$out" | cmp -s - "$tmp/one"
	result "$pair: either name finds the same (AUD-21)"
done

run explain --root "$root" 515
[ $status -eq 0 ] && head -n 1 "$out" | grep -qx lpd
result "explain 515 (AUD-20)"

echo box >"$root/etc/hostname"
run explain --root "$root" /etc/hostname
[ $status -eq 1 ] && [ ! -s "$out" ]
result "a file that bears a service's name is not that service"

mkdir -p "$tmp/inetd/etc" "$tmp/inetd/usr/sbin"
printf 'echo stream tcp nowait root internal\n' >"$tmp/inetd/etc/inetd.conf"
printf 'echo 7/tcp\n' >"$tmp/inetd/etc/services"
printf 'root:x:0:0::/:/bin/sh\n' >"$tmp/inetd/etc/passwd"
: >"$tmp/inetd/usr/sbin/inetd"
run explain --root "$tmp/inetd" group:test
[ $status -eq 0 ] && grep -q '^  chargen  .*off:' "$out" && grep -q '/etc/inetd.conf:1' "$out" && ! grep -q ssh "$out"
result "explain tells the members of a group and what starts them (CATG-3)"

run starts --root "$tmp/inetd" --format json inetd
grep -q '"ports": \["7/tcp"\]' "$out"
result "a port of both families is listed once"

run explain --root "$root" group:nonesuch
[ $status -eq 1 ] && [ -s "$err" ]
result "explain knows no other groups"

run explain --root "$root" no-such-thing-at-all
[ $status -eq 1 ] && [ ! -s "$out" ] && [ -s "$err" ]
result "explain says when nothing is known"

run audit --root "$root" --format json
[ $status -eq 1 ] && python3 -c 'import json,sys; json.load(open(sys.argv[1]))' "$out" 2>>"$err"
result "an image with telnet has findings, and good JSON"

run audit --root "$tmp/nowhere"
[ $status -eq 2 ] && [ ! -s "$out" ] && [ -s "$err" ]
result "a root that is not there is bad input"

run audit --listing "$0"
[ $status -eq 2 ] && [ ! -s "$out" ]
result "a listing that is none is bad input"

printf 'root:x:0:0::/:/bin/sh\nbin:x:2:2::/:/bin/sh\nActive:x:13:13::/:/bin/sh\nproxy:x:13:13::/:/bin/sh\n' >"$tmp/passwd"
run audit --listing "$tmp/passwd"
[ $status -eq 2 ] && [ ! -s "$out" ]
result "nor is one with a line like a heading"

mkfifo "$tmp/fifo"
for file in /dev/null "$tmp/fifo" /dev/zero "$tmp"; do
	for args in "audit --listing" "baseline diff"; do
		# shellcheck disable=SC2086 # words
		run $args "$file"
		[ $status -eq 2 ] && [ ! -s "$out" ]
		result "$args: ${file##*/} is no listing"
	done
done

printf 'tcp 0 0 127.0.0.1:37 0.0.0.0:* LISTEN -\n' >"$tmp/list"
run audit --listing "$tmp/list" --format plain
grep -q '^tcp	127.0.0.1:37	host	' "$out"
result "a saved listing is judged (POL-8)"

cp "$tmp/list" "$tmp/services.lst"
run baseline show --format plain "$tmp/services.lst"
printf 'tcp\tloopback\t37\t-\t-\t1\n' | diff - "$out" >>"$err"
result "a saved listing is a baseline (AUD-19)"

for args in "baseline show $tmp/none" "baseline" "baseline burn" "baseline diff $root" "audit --format x" "audit x" \
	"sockets --view x" "processes --view x" "explain" "explain a b"; do
	# shellcheck disable=SC2086 # words
	run $args
	[ $status -eq 2 ] && [ ! -s "$out" ] && [ -s "$err" ]
	result "gatehouse ${args%"$tmp"*}...: a mistake is told on standard error"
done

for args in "audti" "help audti" "audit --formt=json" "audit --format jsn"; do
	# shellcheck disable=SC2086 # words
	run $args
	[ $status -eq 2 ] && [ ! -s "$out" ] && grep -qE 'did you mean "(audit|format|json)"' "$err"
	result "gatehouse $args: what may have been meant"
done

printf 'Facts remote-login\n' >"$tmp/policy"
run audit --root "$root" --policy "$tmp/policy"
[ $status -eq 2 ] && grep -q "$tmp/policy:1:.*colon" "$err"
result "a mistake in the policy is told without being asked, and is bad input"

if [ -w /dev/full ]; then
	"$gatehouse" starts --root "$root" >/dev/full 2>"$err"
	[ $? -eq 3 ] && grep -q 'cannot write' "$err"
	result "a full disk is not success"
else
	skip "a full disk is not success" "no /dev/full"
fi

if command -v script >/dev/null; then
	TERM=xterm script -qec "'$gatehouse' audit --root '$root'" /dev/null >"$out" 2>"$err" </dev/null
	grep -q "$(printf '\033')\[1m" "$out"
	result "colour on a terminal"
	TERM=xterm NO_COLOR=1 script -qec "'$gatehouse' audit --root '$root'" /dev/null >"$out" 2>"$err" </dev/null
	! grep -q "$(printf '\033')" "$out"
	result "none with NO_COLOR"
else
	skip "colour on a terminal" "no script(1)"
	skip "none with NO_COLOR" "no script(1)"
fi
echo "1..$n"
