#!/bin/sh
# run.sh STARTDUMP: each NAME.sh makes a small tree; the start records found in it must be those of
# NAME.ok. Its line "# read: MECHANISM..." says whose. TAP. RECORD=1 writes the .ok files: read them.
dump=$1
dir=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 1
trap 'chmod -R u+rwx "$tmp"; rm -rf "$tmp"' EXIT
n=0

# What the NAME.sh files use.
file() { # file PATH [MODE]: its text from standard input
	mkdir -p "$root${1%/*}" && cat >"$root$1" && chmod "${2:-644}" "$root$1"
}
script() { printf '#!/bin/sh\n%s\n' "$2" | file "$1" 755; } # script PATH TEXT
link() { mkdir -p "$root${2%/*}" && ln -s "$1" "$root$2"; }    # link TARGET PATH
program() { for program; do script "$program" :; done; }

verdict() { # verdict STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

echo "TAP version 13"
for tree in "$dir"/*.sh; do
	label=$(basename "$tree" .sh)
	[ "$label" = run ] && continue
	root=$tmp/$label
	mkdir "$root"
	# shellcheck disable=SC1090
	. "$tree"
	for mechanism in $(sed -n 's/^# read: //p' "$tree"); do
		"$dump" --root "$root" --mechanism "$mechanism" --all 2>&1
	done >"$tmp/$label.got"
	[ -z "$RECORD" ] || cp "$tmp/$label.got" "$dir/$label.ok"
	diff -u "$dir/$label.ok" "$tmp/$label.got" >"$tmp/diff"
	verdict $? "$label"
	sed 's/^/# /' "$tmp/diff"
done

# START-5: the three layouts give the same model: names, states, runlevels.
for layout in redhat suse; do
	cut -f2-5 "$tmp/sysv-debian.got" | grep -v '^/' >"$tmp/a"
	cut -f2-5 "$tmp/sysv-$layout.got" | grep -v '^/' >"$tmp/b"
	diff -u "$tmp/a" "$tmp/b" >"$tmp/diff"
	verdict $? "the model of $layout is that of debian"
	sed 's/^/# /' "$tmp/diff"
done
echo "1..$n"
