# For the tests that set our word against a mechanism's own tools, in a throwaway copy of a Debian
# root: $GATEHOUSE_ROOTS/NAME, else the system tests' own.
# shellcheck shell=bash
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
# shellcheck source=tests/system/lib.sh
. "$here/../system/lib.sh"
STARTDUMP=${STARTDUMP:?the program startdump}
RANDOM=${SEED:-20}

# machine_of NAME: a machine "m" that only sleeps, on that root.
machine_of() {
	need_root
	if [ -d "${GATEHOUSE_ROOTS-/nonexistent}/$1" ]; then
		root=$GATEHOUSE_ROOTS/$1
	else
		need_debian "$1"
	fi
	machine_up m "$root" sh -c 'exec sleep 1000000'
}
# ours MECHANISM: the records of that machine, as startdump prints them.
ours() { "$STARTDUMP" --root "/proc/$(machine_pid m)/root" --mechanism "$1" 2>/dev/null; }
enabled() { ours "$1" | awk -F'\t' '$3 == "enabled" { print $2 }' | sort; }
# pick NAME WORD...: one of them into the variable NAME. Not by $(pick): a subshell's RANDOM starts
# anew from the clock, and SEED would repeat nothing.
pick() {
	local words=("${@:2}")
	printf -v "$1" %s "${words[RANDOM % ${#words[@]}]}"
}
