#!/bin/bash
# Daemons as Debian ships them, on machines that run them: service, owners, every address, reach
# and verdict of each. The owners are compared with ss(8).
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"

# daemon NAME PORT PROTO SERVICES PROGRAM REACH: PORT is offered by PROGRAM as one of SERVICES
daemon() {
	local name=$1 port=$2 proto=$3 services=$4 program=$5 reach=$6
	holds "$program on $port/$proto: service, program, reach" "$tmp/$name" \
		"on($port, '$proto') and all(l['service'] in '$services'.split('|') and '$program' in exes(l)
		and l['reach'] == '$reach' for l in on($port, '$proto'))" ||
		query "$tmp/$name" "'\n'.join('# got: %s %s %s' % (l['service'], exes(l), l['reach']) for l in on($port, '$proto'))"
	holds "$program on $port/$proto: a verdict and why" "$tmp/$name" \
		"all(l['verdict'] and l['reason'] for l in on($port, '$proto'))"
	inside "$name" ss -Hln "--$proto" -p "sport = $port" | grep -o 'pid=[0-9]*' | sort -u >"$tmp/pids"
	holds "$program on $port/$proto: owners as ss has them, every address" "$tmp/$name" \
		"sorted({'pid=%d' % o['pid'] for l in on($port, '$proto') for o in l['owners']}) == open('$tmp/pids').read().split()
		and len(on($port, '$proto')) == $(inside "$name" ss -Hln "--$proto" "sport = $port" | wc -l)"
}

mkdir -p "$tmp/extra/etc"
cat >"$tmp/extra/etc/inetd.conf" <<-X
	telnet stream tcp nowait root /usr/sbin/tcpd /usr/sbin/telnetd
	rstatd/1-3 dgram rpc/udp wait root /usr/sbin/tcpd /usr/sbin/rpc.rstatd
	rusersd/2-3 stream rpc/tcp nowait root /usr/sbin/tcpd /usr/sbin/rpc.rusersd
X
need_debian systemd
boot_dir sd "$tmp/extra:$root"
for port in 22 23 25 53 80 111 631 3306; do wait_port sd tcp $port; done
wait_port sd udp 69
audit sd "$tmp/sd"
daemon sd 22 tcp 'ssh|sshd' sshd anyone
daemon sd 80 tcp 'http|nginx|www' nginx anyone
daemon sd 25 tcp 'postfix|smtp' master host
daemon sd 631 tcp 'cups|ipp' cupsd host
daemon sd 3306 tcp 'mysql|mariadb' mariadbd anyone
daemon sd 111 tcp 'portmap|rpcbind|sunrpc' rpcbind anyone
daemon sd 111 udp 'portmap|rpcbind|sunrpc' rpcbind anyone
daemon sd 69 udp 'tftp|tftpd' in.tftpd anyone
daemon sd 23 tcp telnet inetd anyone
holds 'named: every address of it' "$tmp/sd" \
	"len(on(53)) == $(inside sd ss -Htln 'sport = 53' | wc -l) and len(on(53, 'udp')) == $(inside sd ss -Huln 'sport = 53' | wc -l)"
holds 'named: reach by address' "$tmp/sd" \
	'{(l["address"], l["reach"]) for l in on(53) if "%" not in l["address"] and not l["address"].startswith("fe80")} ==
	{("127.0.0.1", "host"), ("192.168.7.1", "private"), ("203.0.113.1", "anyone"), ("::1", "host"), ("fd00:7::1", "private"), ("2001:db8::1", "anyone")}'
holds 'named: link-local addresses reach the link' "$tmp/sd" \
	'{l["reach"] for l in on(53) if l["address"].startswith("fe80")} == {"link"}'
holds 'telnet is never kept' "$tmp/sd" 'all(l["verdict"] in ("remove", "disable") for l in on(23))'
holds 'AUD-29: rpcbind is named with its RPC program' "$tmp/sd" 'all("100000" in (l["rpc"] or "") for l in on(111, "udp"))'
holds 'AUD-29: an RPC service on a changing port' "$tmp/sd" \
	'[l for l in L if "100001" in (l["rpc"] or "") and exes(l) == ["inetd"]]'
holds 'AUD-29: each by its own line of inetd.conf' "$tmp/sd" \
	'{(n, by(l)[0]["mechanism"], by(l)[0]["line"]) for n in ("100001", "100002") for l in L if n in (l["rpc"] or "")}
	== {("100001", "inetd", 2), ("100002", "inetd", 3)}'
inside sd rpcinfo -p >"$tmp/rpcinfo"
holds 'AUD-29: its port is the one rpcinfo says' "$tmp/sd" \
	"{l['port'] for l in L if '100001' in (l['rpc'] or '')} == {$(awk '$1 == 100001 { print $4 }' "$tmp/rpcinfo" | sort -u | paste -sd,)}"
holds 'packages of the programs' "$tmp/sd" \
	'{l["owners"][0]["package"] for l in on(22)} == {"openssh-server"} and {o["package"] for l in on(80) for o in l["owners"]} == {"'"$(inside sd dpkg -S /usr/sbin/nginx | cut -d: -f1)"'"}'
holds 'every listener: a reach, a verdict, a reason' "$tmp/sd" 'all(l["reach"] and l["verdict"] and l["reason"] for l in L if l["port"])'
machine_down sd

mkdir -p "$tmp/x/etc/xinetd.d"
need_debian openrc
sed 's/disable.*/disable = no/' "$root/etc/xinetd.d/echo" >"$tmp/x/etc/xinetd.d/echo"
boot_dir rc "$tmp/x:$root"
wait_port rc tcp 7
audit rc "$tmp/rc"
daemon rc 7 tcp echo xinetd anyone
daemon rc 22 tcp 'ssh|sshd' sshd anyone
holds 'xinetd: test services are off, and not kept' "$tmp/rc" 'all(l["verdict"] in ("remove", "disable") for l in on(7))'

for name in sd rc; do
	said=$("$tests/../tools/check-schema" "$tests/../data/schema/audit.schema.json" \
		"${GATEHOUSE%/*}/tests/schemadump" cat "$tmp/$name" 2>&1)
	ok $? "$name: as the schema says" || note "$said"
done
finish
