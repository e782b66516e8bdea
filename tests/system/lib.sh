# What every system test begins with: `. "${0%/*}/lib.sh"`. Bash; speaks TAP; what a machine cannot
# do is a skip that names the capability.
# shellcheck shell=bash
set -u
tests=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
. "$tests/system/cache.sh"
GATEHOUSE=${GATEHOUSE:-${tests%/*}/build/gatehouse}
DOOR=${GATEHOUSE%/*}/tests/door # opens sockets, see helpers/door.c
export GATEHOUSE_CACHE PROGRAMS="$GATEHOUSE $DOOR"
tmp=$(mktemp -d) || exit 1
count=0 bad=0
machines=() children=()

# --- TAP

ok() { # ok STATUS NAME: STATUS 0 is fine
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		bad=1
	fi
	return "$1"
}
note() { echo "$*" | sed 's/^/# /'; }
is() { # is GOT WANTED NAME
	[ "$1" = "$2" ]
	ok $? "$3" || { note "got:  $1"; note "want: $2"; }
}
like() { # like TEXT REGEX NAME
	grep -Eq -e "$2" <<<"$1"
	ok $? "$3" || { note "no match for /$2/ in:"; note "$(head -n 20 <<<"$1")"; }
}
unlike() { # unlike TEXT REGEX NAME
	! grep -Eq -e "$2" <<<"$1"
	ok $? "$3" || { note "/$2/ found:"; note "$(grep -E -e "$2" <<<"$1" | head -n 5)"; }
}
skip() { # skip CAPABILITY NAME: one test that cannot be made here
	count=$((count + 1))
	echo "ok $count - $2 # SKIP $1"
}
skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}
finish() {
	echo "1..$count"
	exit $bad
}

clean_up() {
	local child name
	trap - EXIT
	for child in "${children[@]}"; do kill -9 "$child" 2>/dev/null; done
	for name in "${machines[@]}"; do machine_down "$name"; done
	# By number: a bare wait would also wait for what was left to us as the namespace's first process.
	for child in "${children[@]}"; do wait "$child" 2>/dev/null; done
	rm -rf --one-file-system "$tmp"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

# --- waiting

# until_true SECONDS CMD...: tries CMD till it succeeds; fails when time is over.
until_true() {
	local end=$((${EPOCHREALTIME/./} + $1 * 8000000)) # of a machine that is busy with other things
	shift
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt $end ] || return 1
		sleep 0.05
	done
}

# --- JSON: query FILE EXPRESSION prints it, holds NAME FILE EXPRESSION tests it; see query.py.

python=$(python3 -c 'import sys; print(sys.executable)') # itself, not a wrapper that looks for it
query() { "$python" "$tests/system/query.py" "$@"; }
holds() {
	local said
	said=$(query "$2" "bool($3)" 2>&1)
	[ "$said" = True ]
	ok $? "$1" || { note "not true: $3"; note "$said"; }
}

# --- machines

need_root() { [ "$(id -u)" = 0 ] || skip_all "needs root"; }

# Debian root NAME -> $root
need_debian() {
	need_root
	local said
	said=$("$tests/roots/mkroots" "$1" 2>"$tmp/mkroots.err")
	case $? in
	0) root=$said ;;
	77) skip_all "$(tail -n 1 "$tmp/mkroots.err")" ;;
	*) cat "$tmp/mkroots.err" >&2; exit 1 ;;
	esac
}

cgroup_tree() { # where cgroup v2 is on this machine
	local dir
	for dir in /sys/fs/cgroup /sys/fs/cgroup/unified; do
		[ "$(stat -fc %T $dir 2>/dev/null)" = cgroup2fs ] && { echo $dir; return; }
	done
	return 1
}

# Starts NAME as a machine over the directory ROOT, with CMD... as its pid 1.
machine_up() {
	local name=$1 dir=$2 tree cgroup
	shift 2
	tree=$(cgroup_tree) || skip_all "needs cgroup v2"
	cgroup=$tree/gatehouse-test-$$-$name
	mkdir "$cgroup" "$cgroup/login" 2>/dev/null || skip_all "needs a writable cgroup v2 tree"
	echo "$cgroup" >"$tmp/$name.cgroup"
	machines+=("$name")
	TMPDIR=$tmp setsid "$tests/system/machine" "$dir" "$cgroup" "$@" </dev/null >"$tmp/$name.console" 2>&1 &
	echo $! >"$tmp/$name.pid"
	disown
	until_true 10 machine_is_inside "$name" || {
		note "$(tail -n 5 "$tmp/$name.console")"
		skip_all "needs CAP_SYS_ADMIN, overlayfs and all namespaces"
	}
}
machine_pid() { pgrep -P "$(cat "$tmp/$1.pid")"; } # of its pid 1, seen from here
machine_is_inside() { # it has its own "/" and the command was started
	local pid
	pid=$(machine_pid "$1") || return 1
	[ "$(stat -Lc %d:%i "/proc/$pid/root/.")" != "$(stat -Lc %d:%i /)" ] || return 1
	case $(cat "/proc/$pid/comm") in machine | unshare | chroot | sh | env | setpriv) return 1 ;; esac
}
machine_down() {
	local pid cgroup i
	[ -e "$tmp/$1.pid" ] || return 0
	pid=$(machine_pid "$1") && kill -9 "$pid"
	kill -9 "$(cat "$tmp/$1.pid")" 2>/dev/null
	cgroup=$(cat "$tmp/$1.cgroup")
	for ((i = 0; i < 100; i++)); do
		find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
		[ -d "$cgroup" ] || break
		sleep 0.05
	done
	rm -f "$tmp/$1.pid"
}

# inside NAME CMD...: as root of that machine, in a cgroup of its own like any login.
inside() {
	local name=$1 pid
	shift
	pid=$(machine_pid "$name") || return 125
	(
		echo $BASHPID >"$(cat "$tmp/$name.cgroup")/login/cgroup.procs"
		exec nsenter -t "$pid" --mount --uts --ipc --net --pid --cgroup \
			env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
			HOME=/root TERM=dumb LC_ALL=C.UTF-8 "$@"
	)
}

# A machine with nothing running but a sleeping pid 1.
empty_machine() {
	need_debian "$2"
	machine_up "$1" "$root" sh -c 'exec sleep 1000000'
}

# boot NAME DEBIAN: boots a Debian root by its own init and waits for the end of the boot.
boot() {
	need_debian "$2"
	boot_dir "$1" "$root"
}
boot_dir() {
	machine_up "$1" "$2" /sbin/init
	until_true 90 machine_booted "$1" || {
		note "the boot of $2 did not end"
		note "$(tail -n 20 "$tmp/$1.console")"
		exit 1
	}
}
machine_booted() {
	inside "$1" sh -c '
	case $(readlink /proc/1/exe) in
	*/systemd)
		[ -S /run/systemd/private ] || exit 1
		timeout 60 systemctl is-system-running --wait >/dev/null
		systemctl is-system-running | grep -qE "running|degraded" ;;
	*/runit*)
		pgrep -x runsvdir >/dev/null && for s in /etc/service/ssh /etc/service/cron; do
			sv status $s | grep -q ^run: || exit 1
		done ;;
	*)
		if [ -d /run/openrc ]; then
			[ "$(cat /run/openrc/softlevel)" = default ] && ! pgrep -f "^(/usr)?/sbin/openrc " >/dev/null
		else
			runlevel | grep -q " [2345]" && ! pgrep -f "[/]etc/init.d/rc " >/dev/null
		fi ;;
	esac' 2>/dev/null
}

# may_login NAME: root of that machine may log in to it by ssh
may_login() {
	inside "$1" sh -c 'umask 077; mkdir -p /root/.ssh && cd /root/.ssh &&
		ssh-keygen -q -t ed25519 -N "" -f id_ed25519 && cp id_ed25519.pub authorized_keys'
}

# audit NAME FILE [OPTION...]: a machine's audit as JSON in FILE; status is the program's.
audit() {
	local name=$1 file=$2
	shift 2
	inside "$name" gatehouse audit --format json "$@" >"$file" 2>"$file.err"
}
# port_open NAME PROTO PORT: something takes connections or datagrams there
port_open() { inside "$1" ss -Hln "--$2" | grep -qE "[]:*0-9]:$3 "; }
wait_port() { # wait_port NAME PROTO PORT
	until_true 20 port_open "$@" || { note "nothing opens $2 port $3"; return 1; }
}
