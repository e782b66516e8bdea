#!/bin/bash
# The resolver process against name and ident servers that lie (helpers/liars.py): WRAP-15, XINETD-15.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
need_root
askdump=$BUILD/tests/askdump
ldconfig -p | grep -q 'libcares\.so\.2 ' || skip_all "package libc-ares2 is not installed"

mkfifo "$tmp/stay"
exec 9<>"$tmp/stay"
echo "nameserver 127.0.0.53" >"$tmp/resolv.conf"
printf '127.0.0.1 localhost\n127.0.1.20 fromhosts\n' >"$tmp/hosts"

# A network and files of its own, that last until the test ends.
unshare -nm bash -c '
	ip link set lo up && ip addr add fd00::1/128 dev lo &&
	mount --bind "$1/resolv.conf" /etc/resolv.conf && mount --bind "$1/hosts" /etc/hosts || exit 1
	exec "$2" "$3/helpers/liars.py" "$1/dns"' - "$tmp" "$python" "$tests" <&9 >"$tmp/ready" 2>"$tmp/liars.err" &
liars=$!
children+=("$liars")
until_true 10 grep -q ready "$tmp/ready" || skip_all "no namespaces here: $(head -n 1 "$tmp/liars.err")"
ask() { nsenter -t "$liars" -n -m "$askdump"; }
answer() { sed -n "s/^$1 //p" "$tmp/answers"; }

{
	for i in $(seq 1 16) 20; do echo "name 127.0.1.$i 4000"; done # questions 0..16
	echo "name fd00::1 4000"
	echo "name ::ffff:127.0.1.1 4000"
} | ask >"$tmp/answers"
ok $? "every question about a name gets its answer"
like "$(answer 0)" '^known [0-9]+ - good\.example$' "a name that leads back is told"
like "$(answer 1)" '^liar [0-9]+ - its name good\.example does not' "a PTR to somebody else's name is a lie (WRAP-15)"
like "$(answer 2)" '^unknown [0-9]+ - it has no name$' "no such name"
like "$(answer 3)" '^unknown [0-9]+ - ' "a silent name server: unknown"
like "$(answer 4)" '^unknown [0-9]+ - ' "random bytes: unknown"
like "$(answer 5)" '^known [0-9]+ - alias\.example$' "chains of CNAME in both directions"
like "$(answer 6)" '^unknown ' "a loop of CNAME ends"
like "$(answer 7)" '^liar ' "300 names, none of which leads back"
like "$(answer 8)" '^unknown ' "a name with control bytes is none"
unlike "$(answer 8)" '[[:cntrl:]]' "and they are not told"
like "$(answer 9)" '^unknown ' "a name that looks like an address is none, though it leads back"
like "$(answer 10)" '^liar ' "a name whose own addresses nobody tells is not proven"
like "$(answer 11)" '^unknown ' "an answer with a wrong id is not believed"
like "$(answer 12)" '^liar ' "a name of 253 bytes"
like "$(answer 14)" '^unknown ' "an answer to another question is not believed"
like "$(answer 15)" '^known [0-9]+ - sixteen\.example$' "of two names, the one that leads back"
like "$(answer 16)" '^known [0-9]+ - fromhosts$' "/etc/hosts is asked first"
like "$(answer 17)" '^known [0-9]+ - six\.example$' "IPv6"
like "$(answer 18)" '^known [0-9]+ - good\.example$' "a mapped address is the IPv4 one"
late=$(awk '$3 > 45' "$tmp/answers")
is "$late" "" "none later than its deadline of 4 s"

# A thousand questions for two names, half of them before there is an answer.
: >"$tmp/dns"
{
	for _ in $(seq 1000); do echo "name 127.0.1.1"; done
	echo wait
	for _ in $(seq 1000); do echo "name 127.0.1.1"; done
} | ask | awk '$2 == "known"' | wc -l >"$tmp/known"
is "$(<"$tmp/known")" 2000 "two thousand questions for one name"
is "$(grep -c . "$tmp/dns")" 2 "are two questions to the name server"

# Silence of one host's ident port delays only those who come from there, once.
{
	for i in $(seq 21 30); do echo "user 127.0.1.$i 4711 127.0.1.1 23 3000"; done # 0..9
	for _ in $(seq 30); do echo "user 127.0.1.27 4711 127.0.1.1 23 3000"; done    # 10..39
	echo "user 127.0.1.21 4711 127.0.99.99 23 3000"                               # 40
	echo "user 127.0.1.21 4711 10.9.9.9 23 3000"                                  # 41: not our address
	echo "user fd00::1 4711 127.0.1.1 23 3000"                                    # 42: two families
	echo wait
	echo "user 127.0.1.27 4712 127.0.1.1 23 3000" # 43
	echo "user 127.0.1.21 4712 127.0.1.1 23 3000" # 44
} | ask >"$tmp/answers"
ok $? "every question about a user gets its answer"
is "$(answer 0)" "known 0 UNIX bob" "a user is told at once while others are silent (XINETD-15)"
is "$(answer 1)" "unknown 0 - no user" "ident says that there is none"
is "$(answer 2)" "known 0 OTHER a_b_%s__[1m" "strange bytes of a user are not told (CVE-2001-0763)"
is "$(answer 3)" "unknown 0 - bad response" "other ports than asked for: a bad response"
is "$(answer 4)" "unknown 0 - bad response" "5,000 bytes without an end: a bad response"
like "$(answer 5)" '^unknown 0 - ' "closed without a word"
like "$(answer 6)" '^unknown (29|3[0-9]) - timeout$' "a silent one: unknown when the time is over"
like "$(answer 7)" '^unknown (29|3[0-9]) - timeout$' "one byte now and then: the same"
is "$(answer 8)" "unknown 0 - bad response" "an empty user is none"
like "$(answer 9)" '^known 0 UNIX u{255}$' "400 bytes of user are cut"
is "$(sed -n '11,40p' "$tmp/answers" | grep -c 'too many')" 15 "of 31 at one silent host, 16 wait"
is "$(answer 40)" "known 0 UNIX bob" "asked from the address that the client came to"
is "$(answer 41)" "unknown 0 - system error" "an address that is not ours cannot ask"
is "$(answer 42)" "unknown 0 - system error" "nor one of the other family"
is "$(answer 43)" "unknown 0 - timeout" "the silent host is not waited for again"
is "$(answer 44)" "known 0 UNIX bob" "the others are asked as before"

# Without the library nothing is known, and nothing else happens.
library=$(ldconfig -p | sed -n 's/.*libcares\.so\.2 .*=> //p' | head -n 1)
said=$(echo "name 127.0.1.1" | nsenter -t "$liars" -n -m unshare -m sh -c 'mount --bind /dev/null "$1" && exec "$2"' \
	- "$(realpath "$library")" "$askdump" 2>"$tmp/err")
like "$said" '^0 unknown 0 - .*libcares' "without c-ares names are unknown"
is "$(grep -c libcares "$tmp/err")" 1 "which is said once"
finish
