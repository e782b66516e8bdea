#!/bin/bash
# Logs of gatehoused: the lines of the real xinetd for the same visits (XINETD-11..16, LOG-3), syslog, journald, JSON,
# files that are rotated, full or limited.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
need_root
server=$BUILD/gatehoused
[ "${INSIDE:-}" ] || exec env INSIDE=1 unshare -nm --propagation private "$0"
ip link set lo up || skip_all "no network namespaces"

# This machine's /dev and /run as far as a log needs them.
mkdir "$tmp/dev" && mount -t tmpfs dev "$tmp/dev"
for name in null zero urandom tty; do
	: >"$tmp/dev/$name" && mount --bind "/dev/$name" "$tmp/dev/$name"
done
ln -s /proc/self/fd "$tmp/dev/fd"
mount --move "$tmp/dev" /dev
mount -t tmpfs run /run && mkdir -p /run/systemd/journal
mkdir "$tmp/etc" && : >"$tmp/etc/allow"
for name in hosts.allow hosts.deny; do
	[ ! -e "/etc/$name" ] || mount --bind "$tmp/etc/allow" "/etc/$name"
done
chmod 755 "$tmp"

visit() { "$python" "$tests/helpers/visit.py" "$@"; }
listens() { ss -Hlnt | grep -q ":$1 "; }
up() { # up CONFIG: starts gatehoused, pid in $pid
	"$server" --foreground -f "$1" --control "$tmp/control" >"$tmp/said" 2>&1 9>&- &
	pid=$!
	children+=("$pid")
	until_true 10 listens 2001 || { note "$(head -n 20 "$tmp/said")"; return 1; }
}
down() {
	kill -TERM "$pid"
	until_true 10 eval "! kill -0 $pid"
	wait "$pid" 2>/dev/null
}
service() { # service NAME PORT [LINE...]
	local name=$1 port=$2
	shift 2
	printf 'service %s\n{\n\ttype = UNLISTED\n\tport = %s\n\tsocket_type = stream\n\tprotocol = tcp\n' "$name" "$port"
	printf '\twait = no\n\tuser = nobody\n\tflags = NOLIBWRAP\n'
	printf '\t%s\n' "$@"
	printf '}\n'
}
printf '#!/bin/sh\nread a\necho hi $a\nexit 3\n' >"$tmp/hi"
printf '#!/bin/sh\nkill -9 $$\n' >"$tmp/dies"
chmod 755 "$tmp/hi" "$tmp/dies"

# --- the same visits to both

both() { # both LOG: the configuration
	printf 'defaults\n{\n\tlog_type = FILE %s\n\tlog_on_success = PID HOST\n\tlog_on_failure = HOST\n\tcps = 1000 1\n}\n' "$1"
	service plain 2001 "server = $tmp/hi"
	service full 2002 "server = $tmp/hi" "log_on_success += EXIT DURATION"
	service signal 2003 "server = $tmp/dies" "log_on_success = EXIT"
	service duration 2004 "server = $tmp/hi" "log_on_success = DURATION"
	service full_house 2005 "server = /bin/sleep" "server_args = 2" "instances = 1" "log_on_success ="
	service source 2006 "server = /bin/sleep" "server_args = 2" "per_source = 1" "log_on_success ="
	service night 2007 "server = $tmp/hi" "access_times = $night" "log_on_success ="
	service refuses 2008 "server = $tmp/hi" "no_access = 127.0.0.1" "log_on_success ="
	service quiet 2009 "server = $tmp/hi" "log_on_success =" "log_on_failure =" "only_from = 10.0.0.1"
	service attempt 2010 "server = $tmp/hi" "log_on_success =" "log_on_failure = ATTEMPT" "instances = 0"
}
night=$(date -d '-3 hours' +%H:00)-$(date -d '-2 hours' +%H:00)
[ "${night%-*}" \< "${night#*-}" ] || night=$(date -d '+2 hours' +%H:00)-$(date -d '+3 hours' +%H:00)
visits() { visit 2001=x '[::1]:2001=x' 2002=y 2003 2004=z +2005 2005 +2006 2006 2007 2008 2009 2010 sleep=1; }
# Of both: no time, no numbers that differ, xinetd's way to write an IPv4 address; of ours what stands behind xinetd's.
norm() {
	sed -E -e 's/^[0-9]+\/[0-9]+\/[0-9]+@[0-9:]{8}: //' -e 's/pid=[1-9][0-9]*/pid=N/' -e 's/::ffff://' \
		-e 's/duration=[0-2]\(/duration=N(/' -e 's/ (why|cpu|daemon|rule)=.*//' "$1" | sort
}
both "$tmp/ours" >"$tmp/ours.conf"
up "$tmp/ours.conf"
ok $? "gatehoused starts" || finish
visits
down
like "$(head -n 1 "$tmp/ours")" "^$(date +%y)/[0-9]{1,2}/[0-9]{1,2}@[0-9:]{8}: START: plain pid=[0-9]+ from=127\.0\.0\.1$" \
	"time and START are xinetd's"
like "$(<"$tmp/ours")" 'START: full pid=[0-9]+ from=127' "START with PID and HOST (XINETD-12)"
like "$(<"$tmp/ours")" 'EXIT: full status=3 pid=[0-9]+ duration=[01]\(sec\)' "EXIT and DURATION are added (XINETD-13, -16)"
like "$(<"$tmp/ours")" 'FAIL: refuses address from=127\.0\.0\.1 rule=.*ours\.conf:[0-9]+$' "FAIL with HOST (XINETD-14), and the rule"
unlike "$(<"$tmp/ours")" ' quiet ' "nothing is said where nothing is asked for"

need_debian openrc
xinetd=$root/usr/sbin/xinetd
if [ -x "$xinetd" ]; then
	both "$tmp/theirs" >"$tmp/theirs.conf"
	loader=$(find "$root/lib64/" -name 'ld-linux*.so.2' | head -n 1)
	"$loader" --library-path "$root/lib/x86_64-linux-gnu:$root/usr/lib/x86_64-linux-gnu" "$xinetd" -dontfork \
		-f "$tmp/theirs.conf" -pidfile "$tmp/pid" -filelog "$tmp/main" &
	pid=$!
	children+=("$pid")
	until_true 10 listens 2001
	visits
	down
	is "$(norm "$tmp/ours")" "$(norm "$tmp/theirs")" "the same lines as the real xinetd's"
else
	skip debian "the same lines as the real xinetd's"
fi

# --- other sinks

"$python" "$tests/helpers/sinks.py" /dev/log "$tmp/syslog" &
syslogd=$!
"$python" "$tests/helpers/sinks.py" /run/systemd/journal/socket "$tmp/journal" &
children+=("$syslogd" $!)
mkdir "$tmp/small" && mount -t tmpfs -o size=64k small "$tmp/small"
{
	printf 'defaults\n{\n\tlog_on_success = PID HOST EXIT DURATION TRAFFIC\n\tlog_on_failure = HOST\n\tcps = 10000 1\n}\n'
	service sys 2001 "server = $tmp/hi" "log_type = SYSLOG authpriv notice"
	service journal 2002 "server = $tmp/hi" "log_type = JOURNAL"
	service json 2003 "server = $tmp/hi" "log_type = JSON $tmp/json"
	service refused 2004 "server = $tmp/hi" "log_type = JSON $tmp/json" "no_access = 127.0.0.1"
	service small 2005 "server = $tmp/hi" "log_type = FILE $tmp/small/log"
	service limited 2006 "server = $tmp/hi" "log_type = FILE $tmp/limited 400 600"
	service none 2007 "server = $tmp/hi" "log_type = NONE"
} >"$tmp/sinks.conf"
: >"$tmp/syslog"
: >"$tmp/journal"
until_true 5 test -S /dev/log
up "$tmp/sinks.conf"
ok $? "gatehoused starts with every kind of sink"
visit 2001=x 2002=x 2003=x 2007=x
for _ in $(seq 60); do echo 2004; done | xargs "$python" "$tests/helpers/visit.py"
until_true 5 grep -q EXIT "$tmp/syslog"
like "$(<"$tmp/syslog")" '^<85>[A-Z][a-z]{2} [ 1-3][0-9] [0-9:]{8} gatehoused\[[0-9]+\]: START: sys pid=[0-9]+ from=127\.0\.0\.1$' \
	"syslog has facility authpriv and level notice (XINETD-11: 10 * 8 + 5)"
until_true 5 grep -q EXIT "$tmp/journal"
like "$(<"$tmp/journal")" 'PRIORITY=6\|MESSAGE=START: journal .*\|GATEHOUSE_EVENT=start\|GATEHOUSE_SERVICE=journal\|.*REMOTE_ADDR=127\.0\.0\.1\|' \
	"journald's own protocol, with fields"
until_true 20 grep -q suppressed "$tmp/json"
"$python" - "$tmp/json" "${tests%/*}/data/schema/log.schema.json" >"$tmp/checked" 2>&1 <<'PY'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
try:
    import jsonschema
    for line in lines:
        jsonschema.validate(line, json.load(open(sys.argv[2])))
except ImportError:
    pass
fails = [l for l in lines if l["event"] == "fail" and "suppressed" not in l]
more = [l["suppressed"] for l in lines if "suppressed" in l]
print(sorted({l["event"] for l in lines}), len(fails), more, fails[0]["reason"], "rule_line" in fails[0])
PY
is "$(<"$tmp/checked")" "['exit', 'fail', 'start'] 20 [40] address True" "JSON fits its schema; of 60 refusals 20 are written, 40 counted"

kill -9 "$syslogd"
wait "$syslogd" 2>/dev/null
visit 2001=gone sleep=0.2
: >"$tmp/syslog"
"$python" "$tests/helpers/sinks.py" /dev/log "$tmp/syslog" &
children+=($!)
until_true 10 grep -q EXIT "$tmp/syslog"
ok $? "a syslogd that was away gets the lines of that time when it is back"

dd if=/dev/zero of="$tmp/small/fill" bs=4k count=16 2>/dev/null
visit 2005=x 2003=x
until_true 5 grep -q '"service":"json"' "$tmp/json"
ok $? "a full disk stops nobody else's log"
rm "$tmp/small/fill"
until_true 5 grep -q 'EXIT: small' "$tmp/small/log"
ok $? "and its own lines are there when there is room again"

for _ in $(seq 20); do echo 2006=x; done | xargs "$python" "$tests/helpers/visit.py"
sleep 0.3
size=$(stat -c %s "$tmp/limited")
[ "$size" -gt 600 ] && [ "$size" -lt 750 ]
ok $? "the hard limit ends a file's lines" || note "$size bytes"

mv "$tmp/json" "$tmp/json.1"
kill -HUP "$pid"
until_true 10 test -e "$tmp/json"
visit 2003=x
until_true 5 grep -q '"exit"' "$tmp/json"
ok $? "after SIGHUP a rotated file is a new one"
down
umount "$tmp/small"
finish
