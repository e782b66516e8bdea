#!/bin/sh
# explain_client.sh GATEHOUSE: may that client in, and which rule says so (issue's oracle). The
# truth table is written down from xinetd.conf(5) and hosts_access(5). TAP; needs no rights.
gatehouse=$1
n=0
root=$(mktemp -d) || exit 1
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/etc" "$root/usr/sbin"
printf 'root:x:0:0::/:\nnobody:x:65534:65534::/:\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
printf 'telnet 23/tcp\ntime 37/tcp\n' >"$root/etc/services"
printf '#!/bin/sh\n' >"$root/usr/sbin/in.telnetd"
chmod 755 "$root/usr/sbin/in.telnetd"
cat >"$root/etc/xinetd.conf" <<'END'
service telnet
{
	socket_type = stream
	wait = no
	user = nobody
	server = /usr/sbin/in.telnetd
	instances = 5
	only_from = 10.0.0.0/8 192.0.2.7 2001:db8::/32
	no_access = 10.9.0.0/16
	access_times = 22:00-06:00
}
service time
{
	type = INTERNAL
	socket_type = stream
	wait = no
	flags = NOLIBWRAP
}
END
printf 'ALL: 10.1.\n' >"$root/etc/hosts.allow"
cat >"$root/etc/hosts.deny" <<'END'
# all others
in.telnetd: ALL EXCEPT 192.0.2.7
END

ask() { # STATUS PATTERN TITLE ARGS...
	want=$1 pattern=$2 title=$3
	shift 3
	n=$((n + 1))
	out=$("$gatehouse" explain --root "$root" "$@" 2>&1)
	status=$?
	if [ $status -eq "$want" ] && echo "$out" | grep -qE "$pattern"; then
		echo "ok $n - $title"
	else
		echo "$out" | sed 's/^/# /'
		echo "not ok $n - $title: exit $status"
	fi
}

night="--service telnet --at 23:00"
echo "TAP version 13"
# shellcheck disable=SC2086 # a list of words
{
	ask 0 'allowed' "allowed by both" $night --from 10.1.2.3
	ask 1 '/etc/xinetd.conf:9 ' "no_access is more specific (XINETD-9)" $night --from 10.9.2.3
	ask 1 '/etc/xinetd.conf:8 +only_from' "not in only_from, and where that is" $night --from 172.16.0.1
	ask 1 '/etc/hosts.deny:2 ' "hosts.deny refuses (XINETD-19)" $night --from 10.2.2.3
	ask 0 'allowed' "EXCEPT in hosts.deny" $night --from 192.0.2.7
	ask 0 'allowed' "a mapped address is the IPv4 one" $night --from ::ffff:10.1.2.3
	ask 1 '/etc/hosts.deny:2 ' "an IPv6 network" $night --from 2001:db8::1
	ask 0 'inside access_times' "06:00 is inside, over midnight (XINETD-10)" --service telnet --at 06:00 --from 10.1.2.3
	ask 1 'outside access_times' "06:01 is outside" --service telnet --at 06:01 --from 10.1.2.3
	ask 0 'instances +unseen' "offline it is not known how many there are" $night --from 10.1.2.3
	ask 0 'allowed' "NOLIBWRAP" --service time --from 172.16.0.1
	ask 2 'no service' "an unknown service" --service nosuch --from 10.1.2.3
	ask 2 'no address' "a bad address" --service time --from 10.1.2
	ask 2 'no time' "a bad time" --service time --from 10.1.2.3 --at soon
	ask 2 'go together' "a service without a client" --service time
	ask 0 '"verdict": *"allowed"' "JSON" $night --from 10.1.2.3 --format json
	ask 1 '"reason": *"wrap"' "JSON of a refusal" $night --from 10.2.2.3 --format json
}
echo "1..$n"
