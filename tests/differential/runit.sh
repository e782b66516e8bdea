#!/bin/bash
# runit.sh STARTDUMP: our word for each service against the real runsvdir and sv: `sv status` says
# of a supervised service whether it is normally up. Before, hands and update-service change some.
STARTDUMP=$1
# shellcheck source=tests/differential/lib.sh
. "${0%/*}/lib.sh"
machine_of runit
inside m sh -c 'command -v runsvdir && command -v sv' >/dev/null || skip_all "needs runit in the root"

# Programs that do nothing, so that nothing but the supervision is tried.
inside m sh -c 'rm -rf /etc/runit/runsvdir/default/* && mkdir -p /etc/runit/runsvdir/default
	for n in 1 2 3 4 5 6 7 8 9; do
		mkdir -p /etc/sv/t$n && printf "#!/bin/sh\nexec sleep 77777\n" >/etc/sv/t$n/run && chmod 755 /etc/sv/t$n/run
		ln -s /etc/sv/t$n /etc/runit/runsvdir/default/t$n
	done
	mkdir -p /etc/sv/t1/log && cp -p /etc/sv/t1/run /etc/sv/t1/log/run
	touch /etc/sv/t2/down /etc/sv/t3/down
	mv /etc/runit/runsvdir/default/t4 /etc/runit/runsvdir/default/.t4
	rm /etc/sv/t5/run
	chmod 644 /etc/sv/t6/run
	rm -r /etc/sv/t7
	rm /etc/runit/runsvdir/default/t8
	ln -sfn /etc/runit/runsvdir/default /etc/runit/runsvdir/current'
inside m update-service --remove /etc/sv/t9 t9 >/dev/null 2>&1
inside m sh -c 'mkdir -p /run/runit/supervise; runsvdir -P /etc/runit/runsvdir/default >/dev/null 2>&1 &'

# run: NAME: ...; "normally up" and "normally down" say when the state is not the usual one
normally_up() {
	inside m sh -c 'cd /etc/runit/runsvdir/default && for s in *; do [ -d "$s" ] && sv status "./$s"; done' 2>/dev/null |
		sed 's/; run: log.*//; s/; down: log.*//' |
		awk '/^run: / && !/normally down/ || /^down: / && /normally up/ { sub(/.*\//, "", $2); sub(/:.*/, "", $2); print $2 }' | sort
}
ours_up() { enabled runit | grep -v /; }
# A run script that cannot run leaves runsv trying for ever: normally up for sv, off for us.
cannot_run="t5 t6"
settled() { [ "$(normally_up | wc -l)" -ge 2 ] && inside m sv status /etc/runit/runsvdir/default/t2; }
until_true 15 settled
is "$(ours_up)" "$(normally_up | grep -vxE "${cannot_run// /|}")" "the services that are normally up"
is "$(ours runit | awk -F'\t' '$3 == "enabled" && $2 ~ /\/log$/ { print $2 }')" t1/log "the log service of one"
is "$(inside m pgrep -c -f 'sleep 77777')" "$(ours runit | grep -c -P '^runit\t[^\t]*\tenabled')" \
	"as many programs run as we call enabled"
like "$(ours runit | grep -P '^runit\tt8\t')" 'off.*installed, not started' "one without a link is installed, not started"
unlike "$(ours runit | cut -f2)" '^\.t4' "a name with a dot is not looked at"
finish
