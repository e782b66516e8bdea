#!/bin/sh
# run.sh FAKEREPORT: the invented audit in every format must look as recorded. TAP.
# RECORD=1 writes the .ok files instead: read the difference before you commit it.
report=$1
dir=$(dirname "$0")
n=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
echo "TAP version 13"

check() { # NAME ARGS...
	name=$1
	shift
	n=$((n + 1))
	"$report" "$@" >"$tmp/out" || echo "exit status $?" >>"$tmp/out"
	if [ -n "$RECORD" ]; then
		cp "$tmp/out" "$dir/$name.ok"
		echo "ok $n - $name recorded"
	elif diff -u "$dir/$name.ok" "$tmp/out" >"$tmp/diff"; then
		echo "ok $n - $name"
	else
		sed 's/^/# /' "$tmp/diff"
		echo "not ok $n - $name"
	fi
}

# No control character but line feed (and tab in plain, escape in colour), at most 80 columns.
safe() { # NAME ALLOWED ARGS...
	name=$1 allowed=$2
	shift 2
	n=$((n + 1))
	if "$report" "$@" | LC_ALL=C tr -d "\\n\\040-\\176$allowed" | grep -q .; then
		echo "not ok $n - $name has characters a terminal would act upon"
	else
		echo "ok $n - $name is safe to show"
	fi
}

fits() { # NAME ARGS...
	name=$1
	shift
	n=$((n + 1))
	if "$report" "$@" | grep -nE '^.{81,}'; then
		echo "not ok $n - $name has lines beyond 80 columns"
	else
		echo "ok $n - $name fits 80 columns"
	fi
}

check table table 80
check verbose table 80 verbose all
check wide table 160
check colour table 80 colour
check json json
check plain plain
check summary summary
check checklist checklist all
safe table '' table 80 verbose all
safe json '\357\277\275' json
safe plain '\t' plain
fits table table 80
fits verbose table 80 verbose all
fits summary summary
fits checklist checklist all
echo "1..$n"
