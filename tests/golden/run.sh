#!/bin/sh
# run.sh SYNDUMP FORMAT: every NAME.in of tests/golden/FORMAT must dump as NAME.ok. TAP.
# RECORD=1 writes the .ok files instead: read the difference before you commit it.
dump=$1 format=$2
dir=$(dirname "$0")/$format
n=0
echo "TAP version 13"
for in in "$dir"/*.in; do
	n=$((n + 1))
	ok=${in%.in}.ok name=$(basename "$in" .in)
	if [ -n "$RECORD" ]; then
		"$dump" "$format" "$in" >"$ok"
		echo "ok $n - $name recorded"
	elif difference=$("$dump" "$format" "$in" 2>&1 | diff -u "$ok" - 2>&1); then
		echo "ok $n - $name"
	else
		echo "$difference" | sed 's/^/# /'
		echo "not ok $n - $name"
	fi
done
echo "1..$n"
