#!/bin/sh
# What `make install` brings, in a directory of its own: every program, page and unit, nothing that
# is switched on, and `make uninstall` takes all of it away. TAP. $1: the build.
build=$1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0 bad=0

ok() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		bad=1
	fi
}

DESTDIR=$tmp meson install -C "$build" --no-rebuild --quiet >"$tmp.log" 2>&1
ok $? "installs" || cat "$tmp.log"
rm -f "$tmp.log"
(cd "$tmp" && find . ! -type d) >"$tmp/.list"
for file in sbin/gatehouse sbin/gatehoused man/man8/gatehouse.8 man/man8/gatehoused.8 man/man5/gatehouse.conf.5 \
	man/man5/gatehouse.access.5 man/man5/gatehouse.policy.5 man/man5/gatehouse.catalog.5 \
	systemd/system/gatehoused.service bash-completion/completions/gatehouse schema/log.schema.json \
	examples/inetd.conf examples/xinetd.conf; do
	grep -q "/$file\$" "$tmp/.list"
	ok $? "$file"
done
! grep -q "/etc/\|\.wants/\|/run/" "$tmp/.list"
ok $? "no configuration, nothing enabled (POL-21)"
server=$(find "$tmp" -name gatehoused -type f)
unit=$(find "$tmp" -name gatehoused.service)
[ "$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")" = "${server#"$tmp"}" ]
ok $? "the unit starts the program that is installed"
echo "1..$n"
exit $bad
