#!/bin/sh
# run.sh STARTDUMP MECHANISM: what is read of each recorded root tests/roots/MECHANISM-*/ must be what
# MECHANISM-*.ok beside it says. TAP. RECORD=1 writes the .ok files instead: read the difference
# before you commit it.
dump=$1 mechanism=$2
dir=$(dirname "$0")
n=0
now=$(mktemp) || exit 1
trap 'rm -f "$now"' EXIT
echo "TAP version 13"
for root in "$dir/$mechanism"-*/; do
	root=${root%/}
	n=$((n + 1))
	"$dump" --root "$root" --mechanism "$mechanism" --all >"$now" 2>&1 || echo "exit status $?" >>"$now"
	if [ -n "$RECORD" ]; then
		cp "$now" "$root.ok"
		echo "ok $n - $(basename "$root") recorded"
	elif difference=$(diff -u "$root.ok" "$now"); then
		echo "ok $n - $(basename "$root")"
	else
		echo "$difference" | sed 's/^/# /'
		echo "not ok $n - $(basename "$root")"
	fi
done
echo "1..$n"
