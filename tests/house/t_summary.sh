#!/bin/sh
# tools/summary on invented logs: what counts as passed, failed, skipped; and MUST_WORK=1. TAP.
summary=$(cd "$(dirname "$0")/../.." && pwd)/tools/summary
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0 bad=0

# said NAME WANTED-STATUS WANTED-LAST-LINE RESULT STDOUT [VARIABLE=VALUE]
said() {
	n=$((n + 1))
	python3 -c 'import json, sys; print(json.dumps({"name": "t", "result": sys.argv[1],
		"stdout": sys.argv[2].replace("|", "\n")}))' "$4" "$5" >"$tmp/log"
	got=$(env MUST_WORK=0 ${6:+"$6"} "$summary" "$tmp/log")
	status=$?
	if [ "$status $(echo "$got" | tail -n 1)" = "$2 $3" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf 'status %s\n%s\n' "$status" "$got" | sed 's/^/# /'
		bad=1
	fi
}

said "each TAP line counts" 0 "2 passed, 0 failed" OK "TAP version 13|1..2|ok 1 - a|ok 2 - b"
said "a failed line fails, once" 1 "1 passed, 1 failed" FAIL "1..2|ok 1 - a|not ok 2 - b"
said "a test that broke off fails" 1 "1 passed, 1 failed" ERROR "1..2|ok 1 - a"
said "a timeout fails" 1 "0 passed, 1 failed" TIMEOUT ""
said "a known failure is none" 0 "1 passed, 0 failed" OK "1..1|not ok 1 - a # TODO later"
said "a test without TAP is one" 0 "1 passed, 0 failed" OK "all is well"
said "diagnostics are no results" 0 "1 passed, 0 failed" OK "1..1|# not ok 7 - x|ok 1 - a"
said "a skip is no pass" 0 "1 passed, 0 failed" OK "1..2|ok 1 - a|ok 2 - b # SKIP sctp: none"
said "a run of skips proves nothing" 1 "0 passed, 0 failed" SKIP "1..0 # SKIP needs root"
said "a skip must work" 1 "1 passed, 1 failed" OK "1..2|ok 1 - a|ok 2 - b # SKIP no idea" MUST_WORK=1
n=$((n + 1))
if "$summary" "$tmp/nowhere" >"$tmp/out"; then
	echo "not ok $n - a missing log fails"
	bad=1
else
	echo "ok $n - a missing log fails"
fi
echo "1..$n"
exit $bad
