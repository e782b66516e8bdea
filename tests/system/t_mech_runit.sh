#!/bin/bash
# A machine with runit as init: attribution to service directories, and off by their own switches.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
need_debian runit

extra=$tmp/extra
mkdir -p "$extra/etc/sv/door/log" "$extra/etc/sv/linked" "$extra/etc/runit/runsvdir/default" "$extra/usr/local/sbin"
for name in run linked; do cp "$DOOR" "$extra/usr/local/sbin/door-$name"; done
printf '#!/bin/sh\n# a comment\nexec 2>&1\nexec /usr/local/sbin/door-run tcp:0.0.0.0:7001\n' >"$extra/etc/sv/door/run"
printf '#!/bin/sh\nexec /usr/local/sbin/door-linked tcp:0.0.0.0:7002\n' >"$extra/etc/sv/linked/run"
printf '#!/bin/sh\nexec cat >/dev/null\n' >"$extra/etc/sv/door/log/run"
chmod 755 "$extra"/etc/sv/*/run "$extra/etc/sv/door/log/run"
ln -s /etc/sv/door "$extra/etc/runit/runsvdir/default/door"
ln -s /etc/sv/linked "$extra/etc/runit/runsvdir/default/linked"

boot_dir m "$extra:$root"
for port in 22 80 7001 7002; do wait_port m tcp $port; done
audit m "$tmp/a"
holds 'runit: ssh by its run script' "$tmp/a" 'caused(22, "runit", "ssh") and by(on(22)[0])[0]["file"].endswith("/ssh/run")'
holds 'runit: a service of our own, its exec line' "$tmp/a" \
	'caused(7001, "runit", "door") and by(on(7001)[0])[0]["line"] in (0, 4)'
holds 'runit: nginx by the rc script that stage 2 runs' "$tmp/a" \
	'on(80) and any(s["file"] == "/etc/init.d/nginx" for s in by(on(80)[0]))'
holds 'runit: services enabled as the directory has them' "$tmp/a" \
	"{s['name'] for s in S if s['mechanism'] == 'runit' and s['enabled'] and '/' not in s['name']} >= {'ssh', 'door', 'linked', 'cron'}"

inside m touch /etc/sv/door/down
inside m sv down door >/dev/null
inside m rm /etc/runit/runsvdir/default/linked
closed() { ! port_open m tcp 7001 && ! port_open m tcp 7002; }
until_true 20 closed
audit m "$tmp/b"
holds 'runit: off by a down file' "$tmp/b" 'not on(7001) and not any(s["enabled"] for s in rec("door", "runit"))'
holds 'runit: off by removing the link' "$tmp/b" 'not on(7002) and not any(s["enabled"] for s in rec("linked", "runit"))'
finish
