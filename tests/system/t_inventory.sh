#!/bin/bash
# The inventory alone, against ss(8) down to the descriptor, in a namespace of its own: every way of
# finding sockets and owners gives the same, also where the kernel refuses one. No Debian root needed.
# shellcheck disable=SC2016 # awk programs
set -u
self=$(realpath "$0")
build=${BUILD:-${self%/tests/*}/build}
invdump=${INVDUMP:-$build/tests/invdump} door=$build/tests/door nosys=$build/tests/nosys storm=$build/tests/storm
if [ "${1:-}" != --inside ]; then
	[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root"; exit 0; }
	unshare --net --mount --pid --fork true 2>/dev/null || { echo "1..0 # SKIP needs namespaces"; exit 0; }
	exec unshare --net --mount --pid --fork --kill-child "$self" --inside
fi
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
ip link set lo up

tmp=$(mktemp -d)
trap 'rm -rf --one-file-system "$tmp"' EXIT
count=0 bad=0
ok() { # ok STATUS NAME
	count=$((count + 1))
	[ "$1" = 0 ] && echo "ok $count - $2" || { echo "not ok $count - $2"; bad=1; }
}
same() { # same A B NAME
	if cmp -s "$1" "$2" && [ -s "$1" ]; then ok 0 "$3"; else
		ok 1 "$3"
		diff "$1" "$2" | head -n 10 | sed 's/^/# /'
	fi
}

# protocol port pid fd of every owner, as each program tells it
of_ss() {
	{ ss -H -tulpn; ss -H -wlpn | sed 's/^UNCONN/raw UNCONN/'; } | awk '{
		kind = $1; at = $5
		p = at; sub(/.*:/, "", p)
		rest = $0
		while (match(rest, /pid=[0-9]+,fd=[0-9]+/)) {
			split(substr(rest, RSTART, RLENGTH), q, /[=,]/)
			print kind, p, q[2], q[4]
			rest = substr(rest, RSTART + RLENGTH)
		}
	}' | sort
}
of_ours() {
	"$@" 2>"$tmp/err" | awk '$1 ~ /^(tcp|udp|mptcp|raw)$/ {
		kind = $1 == "mptcp" ? "tcp" : $1
		for (i = 11; i <= NF; i++) if (split($i, o, "/") >= 3 && o[1] ~ /^[0-9]+$/) print kind, $4, o[1], o[2]
	}' | sort
}
raw_by_name() { sed -e 's/^\(raw\) ipv6-icmp /\1 58 /' -e 's/^\(raw\) icmp /\1 1 /'; }

start() { "$door" -d "$@" </dev/null >>"$tmp/doors"; }
start tcp:0.0.0.0:1001 'tcp:[::]:1002' 'tcp:[::1]:1003,v6only' udp:127.0.0.1:1004 'udp:[::]:1005'
start tcp:0.0.0.0:1006,dev=lo mptcp:127.0.0.1:1007 'mptcp:[::]:1008'
start -f 5 tcp:127.0.0.1:1009 udp:127.0.0.1:1009
start -f 3 -u 65534 tcp:127.0.0.1:1010
start -p tcp:127.0.0.1:1011
start raw:1 raw6:58 packet:0x88cc unix:/run/one unix:@two dgram:/run/three seqpacket:/run/four
for ((i = 0; i < 40; i++)); do start "tcp:127.0.0.1:$((1100 + i))" "udp:127.0.0.1:$((1100 + i))"; done
sleep 0.3

of_ss | raw_by_name >"$tmp/ss"
for how in auto bpf threads cgroup; do
	of_ours "$invdump" --owners=$how >"$tmp/ours"
	same "$tmp/ss" "$tmp/ours" "owners by $how: those of ss, pid and descriptor ($(wc -l <"$tmp/ss"))"
done
of_ours "$invdump" --no-diag >"$tmp/ours"
same "$tmp/ss" "$tmp/ours" "without sock_diag: the same"
for calls in bpf sock_diag,bpf openat2,open_by_handle_at setns sock_diag,bpf,setns,openat2,open_by_handle_at; do
	of_ours "$nosys" $calls "$invdump" >"$tmp/ours"
	same "$tmp/ss" "$tmp/ours" "refused $calls: the same"
done

"$invdump" >"$tmp/all" 2>/dev/null
row() { awk -v k="$1" -v p="$2" '$1 == k && $4 == p' "$tmp/all"; }
row mptcp 1007 | grep -q . && ! row tcp 1007 | grep -q . && [ "$(row mptcp 1007 | wc -l)" = 1 ]
ok $? "an MPTCP listener is one row"
row tcp 1006 | grep -q ' lo '; ok $? "the bound device by name"
row tcp 1003 | grep -q 'v6only=1'; ok $? "v6only known"
row tcp 1002 | grep -q 'v6only=0'; ok $? "dual stack known"
[ "$(row tcp 1009 | grep -o '/3/door' | wc -l)" = 6 ]; ok $? "a preforking server: six owners"
grep -q '^packet other - 35020 ' "$tmp/all"; ok $? "a packet socket with its ethertype"
for path in /run/one @two /run/three /run/four; do grep -q "path=$path " "$tmp/all"; ok $? "unix $path"; done

# an executable that is gone; another network namespace, with and without a process
cp "$door" "$tmp/gone"
"$tmp/gone" -d tcp:127.0.0.1:1201 </dev/null >/dev/null
rm "$tmp/gone"
"$invdump" --facts 2>/dev/null | grep -q "exe=$tmp/gone(deleted)"; ok $? "a deleted executable"
if ip netns add other 2>/dev/null; then
	ip netns exec other ip link set lo up
	ip netns exec other "$door" -d tcp:127.0.0.1:1202 </dev/null >/dev/null
	"$invdump" >"$tmp/all" 2>/dev/null
	row tcp 1202 | grep -q ' other .*door'; ok $? "a listener of another network namespace, by its name"
	! "$invdump" --netns=self 2>/dev/null | grep -q ' 1202 '; ok $? "not with --netns self"
	"$nosys" setns "$invdump" >"$tmp/all" 2>"$tmp/err"
	row tcp 1202 | grep -q 'door' && grep -q 'from outside' "$tmp/err"; ok $? "without setns: read from outside, and said so"
else
	count=$((count + 1)); echo "ok $count - other namespaces # SKIP ip netns"
fi

# one process with more sockets than fit into what a BPF iterator may say of a process at once
if ulimit -n 4096 2>/dev/null; then
	mapfile -t many < <(for ((i = 0; i < 3000; i++)); do echo "tcp:127.0.0.2:$((20000 + i))"; done)
	start -P "$tmp/many" "${many[@]}"
	of_ss | raw_by_name >"$tmp/ss"
	of_ours "$invdump" --netns=self --owners=bpf >"$tmp/ours"
	same "$tmp/ss" "$tmp/ours" "a process with 3,000 listeners ($(wc -l <"$tmp/ss"))"
	kill "$(cat "$tmp/many")"
	# Closing them takes a while: what follows looks twice and compares.
	for ((i = 0; i < 1200; i++)); do
		ss -Htln src 127.0.0.2 | grep -q . || break
		sleep 0.05
	done
fi

# another user: sees all sockets, owners only of its own, and says so
setpriv --reuid 65534 --regid 65534 --clear-groups "$invdump" --netns=self >"$tmp/user" 2>"$tmp/err"
[ $? = 3 ]; ok $? "nobody: status 3"
grep -q 'not seen' "$tmp/err"; ok $? "nobody: said"
grep -q '^tcp inet 127.0.0.1 1100 .* hidden path=$' "$tmp/user"; ok $? "nobody: an owner that is hidden"
[ "$(cut -d' ' -f1-6 "$tmp/user" | grep -c '^[tu]')" = "$("$invdump" --netns=self 2>/dev/null | cut -d' ' -f1-6 | grep -c '^[tu]')" ]
ok $? "nobody: the same sockets"

# processes that come and go while we look: no crash, and nobody else's socket
"$storm" 20 &
wrong=0
for ((i = 0; i < 50; i++)); do
	how=$([ $((i % 2)) = 0 ] && echo threads || echo bpf)
	"$invdump" --owners=$how --netns=self >"$tmp/storm" 2>"$tmp/err"
	status=$?
	[ $status = 0 ] || [ $status = 3 ] || { wrong=$((wrong + 1)); echo "# status $status"; head -n 5 "$tmp/err" | sed 's/^/# /'; }
	awk '$1 == "tcp" && $4 >= 2000 { for (i = 11; i <= NF; i++) if (split($i, o, "/") >= 3 && o[1] ~ /^[0-9]+$/ && o[3] != "own-" $4) { print "# port " $4 ": " $i; bad = 1 } } END { exit bad }' "$tmp/storm" || wrong=$((wrong + 1))
	seen=$((${seen:-0} + $(awk '$1 == "tcp" && $4 >= 2000 && $NF ~ /own-/' "$tmp/storm" | wc -l)))
done
[ $wrong = 0 ]; ok $? "a storm of processes: 50 looks, no wrong owner"
[ "${seen:-0}" -gt 20 ]; ok $? "the storm was seen ($seen owners)"
wait %1
echo "1..$count"
exit $bad
