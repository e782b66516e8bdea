#!/bin/bash
# Files as an attacker or an accident leaves them, at every place where configuration is read: the
# audit ends soon, says what is wrong with file and line, and never leaves the root.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"

places="etc/inittab etc/inetd.conf etc/xinetd.conf etc/xinetd.d/x etc/crontab etc/cron.d/x
	var/spool/cron/crontabs/root etc/rc.local etc/rc.d/rc.local etc/rc.d/rc.inet2 etc/init.d/x
	etc/rc2.d/S01x etc/rcS.d/S01x etc/init/x.conf etc/init/x.override etc/systemd/system/x.service
	etc/systemd/system/x.socket etc/systemd/system/x.timer etc/systemd/system/x.path
	etc/systemd/system/x.service.d/a.conf lib/systemd/system/y.service
	etc/systemd/system/multi-user.target.wants/x.service etc/runlevels/default/x etc/conf.d/x
	etc/rc.conf etc/service/x/run service/x/run etc/services etc/rpc etc/protocols etc/passwd
	etc/group etc/gatehouse/policy etc/gatehouse/catalog.d/x.cat var/lib/dpkg/status
	var/lib/dpkg/info/x.list etc/hostname"
secret=$tmp/secret # outside of every root, and valid in several formats
mkdir "$secret"
cat >"$secret/file" <<-X
	canary stream tcp nowait root /usr/sbin/canary canary
	ca:2:respawn:/usr/sbin/canary
	@reboot root /usr/sbin/canary
	service canary
	{
	server = /usr/sbin/canary
	}
	[Service]
	ExecStart=/usr/sbin/canary
X
cp "$secret/file" "$secret/canary.service"
cp "$secret/file" "$secret/S01canary"

# each PLACE FUNCTION: in a fresh root $dir, FUNCTION makes the file $file
root_of() {
	local place
	dir=$tmp/root-$1
	mkdir "$dir"
	for place in $places; do
		file=$dir/$place
		mkdir -p "${file%/*}"
		"$1" || return
	done
}
head -c 10485760 /dev/zero | tr '\0' 'a' >"$tmp/long"
(seq -f '%.0f x:y [z] = { } \ " ' 1 30000) >"$tmp/many"
head -c 300000 /dev/zero >"$tmp/nul"
head -c 300000 /dev/urandom >"$tmp/noise"
long_line() { ln "$tmp/long" "$file"; }
many_lines() { ln "$tmp/many" "$file"; }
nul_bytes() { ln "$tmp/nul" "$file"; }
noise() { ln "$tmp/noise" "$file"; }
unfinished() { printf 'service x' >"$file"; }
nothing() { : >"$file"; }
loop() { ln -s "${file##*/}" "$file"; }
fifo() { mkfifo "$file"; }
directory() { mkdir "$file"; }
outside() { ln -s "$secret/file" "$file"; }
outside_relative() { ln -s "../../../../../../../../../../..$secret/file" "$file"; }
device() { mknod "$file" c 1 5 2>/dev/null; }
unreadable() { : >"$file" && chmod 0 "$file"; }

# try NAME STATUS-REGEX CMD...: the audit of $dir ends with such a status in the work of 5 s. That is
# told in processor time, of three threads that read side by side: how long it takes is up to what
# else this machine does.
try() {
	local name=$1 wanted=$2 spent status TIMEFORMAT='%U %S'
	shift 2
	{
		time timeout -s KILL 100 "$@" "$GATEHOUSE" audit --root "$dir" --format json \
			>"$tmp/out" 2>"$tmp/err"
		status=$?
	} 2>"$tmp/spent"
	spent=$(awk 'END { print $1 + $2 }' "$tmp/spent")
	[ "$(awk -v s="$spent" 'BEGIN { print s < 5 }')" = 1 ]
	ok $? "$name: ends in 5 s of processor time" || note "took $spent s of processor time"
	like "$status" "^($wanted)$" "$name: exit status $wanted" || note "$(tail -n 3 "$tmp/err")"
	holds "$name: the report is whole" "$tmp/out" 'L == []'
	query "$tmp/out" 'said()' >>"$tmp/err"
	! grep -aqi canary "$tmp/out" "$tmp/err"
	ok $? "$name: nothing from outside of the root" || note "$(grep -ai canary "$tmp/out" "$tmp/err" | head -n 3)"
}

for kind in long_line many_lines nul_bytes noise unfinished nothing; do
	root_of $kind
	try $kind '0|1|3'
done
like "$(cat "$tmp/root-unfinished/etc/xinetd.conf")" 'service x' 'the files are not changed'
for kind in loop fifo directory; do
	root_of $kind
	try $kind '1|3'
	for place in etc/inittab etc/inetd.conf etc/xinetd.conf etc/crontab etc/services; do
		like "$(cat "$tmp/err")" "/$place" "$kind: /$place is named"
	done
done
for kind in outside outside_relative; do
	root_of $kind
	try $kind '0|1|3'
done
if root_of device; then
	try device 3
	like "$(cat "$tmp/err")" '/etc/inetd.conf' 'device: /etc/inetd.conf is named'
else
	skip "needs CAP_MKNOD" "device nodes"
fi

# a fifo may hold anything: that is not seen, and the status says so
dir=$tmp/root-one-fifo
mkdir -p "$dir/etc"
mkfifo "$dir/etc/inetd.conf"
try 'a fifo alone' 3

# whole directories that lead outside
dir=$tmp/root-dirs
mkdir -p "$dir/etc/systemd" "$dir/var/spool/cron"
for place in etc/xinetd.d etc/cron.d etc/init.d etc/rc2.d etc/init etc/systemd/system etc/runlevels etc/service \
	service var/spool/cron/crontabs etc/gatehouse; do ln -s "$secret" "$dir/$place"; done
printf 'includedir %s\ninclude %s/file\nincludedir /etc/xinetd.d/../../../..%s\n' "$secret" "$secret" "$secret" >"$dir/etc/xinetd.conf"
try 'directories outside' '0|1|3'

# includes without end
dir=$tmp/root-cycle
mkdir -p "$dir/etc/xinetd.d"
printf 'include /etc/xinetd.conf\ninclude /etc/a\nincludedir /etc/xinetd.d\n' >"$dir/etc/xinetd.conf"
printf 'include /etc/a\ninclude /etc/xinetd.conf\n' >"$dir/etc/a"
printf 'includedir /etc/xinetd.d\ninclude /etc/xinetd.conf\n' >"$dir/etc/xinetd.d/a"
try 'cyclic includes' '0|1|3'
like "$(cat "$tmp/err")" '/etc/(xinetd.conf|a|xinetd.d/a):[0-9]+' 'cyclic includes: file and line are named'

# a directory with very many entries
dir=$tmp/root-huge
mkdir -p "$dir/etc/cron.d" "$dir/etc/xinetd.d"
(cd "$dir/etc/cron.d" && seq -f 'f%.0f' 1 70000 | xargs touch)
: >"$dir/etc/xinetd.conf"
try 'huge directory' '0|1|3'

# a depth of directories, and links to links
dir=$tmp/root-chain
mkdir -p "$dir/etc"
for ((i = 0; i < 60; i++)); do ln -s "l$((i + 1))" "$dir/etc/l$i"; done
echo 'canary-free' >"$dir/etc/l60"
ln -s l0 "$dir/etc/inetd.conf"
try 'a chain of 60 links' '0|3'
like "$(cat "$tmp/err")" '/etc/inetd.conf' 'a chain of 60 links: the file is named'

# a line that is wrong is named with its place, and the others are read
dir=$tmp/root-wrong
mkdir -p "$dir/etc"
printf '# fine\nfinger stream tcp nowait nobody /usr/sbin/in.fingerd in.fingerd\nbroken stream\ntelnet stream tcp nowait root /usr/sbin/telnetd telnetd\n' \
	>"$dir/etc/inetd.conf"
try 'a wrong line' '0|1|2|3'
like "$(cat "$tmp/err")" '/etc/inetd.conf:3(:[0-9]+)?:' 'a wrong line: file, line and column'
holds 'a wrong line: the others are read' "$tmp/out" \
	'{(s["name"], s["line"]) for s in S if s["mechanism"] == "inetd"} >= {("finger", 2), ("telnet", 4)}'

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	root_of unreadable
	chmod 711 "$tmp"
	try unreadable 3 setpriv --reuid 65534 --regid 65534 --clear-groups
	like "$(cat "$tmp/err")" '/etc/inetd.conf.*[Pp]ermission' 'unreadable: file and reason are named'
else
	skip "needs root and setpriv" "unreadable files"
fi

# escapes and bells in a file never reach the terminal
dir=$tmp/root-escape
mkdir -p "$dir/etc"
printf 'x\033]0;gotcha\007 stream tcp nowait root /bin/\033[31mred red\n\033[2J\n' >"$dir/etc/inetd.conf"
"$GATEHOUSE" audit --root "$dir" >"$tmp/out" 2>"$tmp/err"
! grep -q "$(printf '[\033\007]')" "$tmp/out" "$tmp/err"
ok $? 'no control bytes from a file are printed'

# nor do those of a file's name
dir=$tmp/root-names
mkdir -p "$dir/etc/cron.d" "$dir/etc/xinetd.d" "$dir/etc/systemd/system" "$dir/etc/init"
for place in etc/cron.d etc/xinetd.d etc/systemd/system etc/init; do
	for ending in '' .service .conf; do
		mkfifo "$dir/$place/x$(printf '\033]0;gotcha\007\033[2J\302\233 31m\nmore')$ending"
	done
done
echo 'includedir /etc/xinetd.d' >"$dir/etc/xinetd.conf"
"$GATEHOUSE" audit --verbose --root "$dir" >"$tmp/out" 2>"$tmp/err"
like "$(cat "$tmp/err")" 'gotcha' 'such files are named'
! grep -q "$(printf '[\033\007]\|\302\233\|^more')" "$tmp/out" "$tmp/err"
ok $? 'no control bytes from the name of a file are printed'

# what is to be typed in does what it says, whatever things are called
dir=$tmp/root-shell
mkdir -p "$dir"/etc/{containers/systemd,cron.d,init.d,rc2.d,systemd/system/multi-user.target.wants} \
	"$dir"/var/spool/cron/crontabs "$dir"/usr/sbin "$dir"/lib/systemd
: >"$dir/lib/systemd/systemd"
evil='a;pwn${IFS}x;$(pwn${IFS}x)'
printf '[Container]\nImage=x\n[Install]\nWantedBy=multi-user.target\n' >"$dir/etc/containers/systemd/$evil.container"
printf '#!/bin/sh\ncase $1 in start) /usr/sbin/x;; esac\n' | tee "$dir/etc/init.d/$evil" "$dir/etc/init.d/-Hx" >/dev/null
chmod +x "$dir"/etc/init.d/* && ln -s "../init.d/$evil" "$dir/etc/rc2.d/S01$evil" && ln -s ../init.d/-Hx "$dir/etc/rc2.d/S02-Hx"
printf 'root:x:0:0::/:/bin/sh\n%s:x:9:9::/:/bin/sh\n' "$evil" >"$dir/etc/passwd"
echo '@reboot /usr/sbin/x' >"$dir/var/spool/cron/crontabs/$evil"
echo "$evil stream tcp nowait root /usr/sbin/x x" >"$dir/etc/inetd.conf"
printf '[Service]\nExecStart=/usr/sbin/x\n' >"$dir/etc/systemd/system/-Hx.service"
ln -s ../-Hx.service "$dir/etc/systemd/system/multi-user.target.wants/-Hx.service"
for program in x update-inetd cron update-rc.d inetd; do : >"$dir/usr/sbin/$program" && chmod +x "$dir/usr/sbin/$program"; done
"$GATEHOUSE" starts --root "$dir" --format json >"$tmp/out" 2>"$tmp/err"
python3 - "$tmp/out" >"$tmp/typed" <<'X'
import json
import sys
for s in json.load(open(sys.argv[1]))["starts"]:
    if s["off"] and ("pwn" in s["off"] or "-Hx" in s["off"]):
        print(s["off"].split(": put")[0])
X
[ "$(wc -l <"$tmp/typed")" -ge 4 ]
ok $? 'names with a meaning to the shell are in commands' || note "$(cat "$tmp/typed")"
(
	cd "$tmp" && mkdir -p typed-in && cd typed-in || exit
	for word in systemctl update-inetd update-rc.d crontab mv chmod docker; do
		eval "$word() { :; }"
	done
	pwn() { : >pwned; }
	while read -r line; do PATH='' eval "$line"; done <"$tmp/typed" >/dev/null 2>&1
	! [ -e pwned ]
)
ok $? 'typed in, nothing else is run' || note "$(cat "$tmp/typed")"
unlike "$(cat "$tmp/typed")" "(--now|-f|--force|stop) '?-Hx" 'a name is no option'

# thousands of files as large as one may be
dir=$tmp/root-much
mkdir -p "$dir"/etc/{cron.d,xinetd.d,init.d,init,systemd/system/service.d,gatehouse/catalog.d} \
	"$dir"/var/spool/cron/atjobs "$dir"/var/lib/dpkg/info
truncate -s 16M "$tmp/sparse"
for place in etc/cron.d etc/xinetd.d etc/init.d etc/init etc/systemd/system/service.d etc/gatehouse/catalog.d var/lib/dpkg/info; do
	(cd "$dir/$place" && for i in {1..300}; do ln "$tmp/sparse" "f$i" && ln f$i "f$i.conf" && ln f$i "f$i.cat" && ln f$i "f$i.list"; done)
done
echo 'includedir /etc/xinetd.d' >"$dir/etc/xinetd.conf"
mknod "$dir/var/lib/dpkg/info/device.list" c 10 130 2>/dev/null # a watchdog
(
	ulimit -v 3000000
	try 'thousands of large files' 3
	exit $bad
) || bad=1
count=$((count + 4))
finish
