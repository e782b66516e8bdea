#!/bin/bash
# Processes that others take for something else: containers, logins, children of daemons. Each is a
# real process with a real socket in the control group that the runtime in question would use.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
boot m systemd
wait_port m tcp 22

hex=$(printf 'ab%.0s' {1..32})
pod=pod11111111-2222-3333-4444-555555555555
in_group() { # in_group PORT CGROUP: a listener whose processes are in that group
	inside m sh -c "mkdir -p '/sys/fs/cgroup$2' && echo \$\$ >'/sys/fs/cgroup$2/cgroup.procs' &&
		exec door -d tcp:0.0.0.0:$1" >/dev/null || note "no group $2"
}
in_group 7001 "/system.slice/docker-$hex.scope"
in_group 7002 "/docker/$hex"
in_group 7003 "/machine.slice/libpod-$hex.scope/container"
in_group 7004 "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-$pod.slice/cri-containerd-$hex.scope"
in_group 7005 "/lxc.payload.web/system.slice/nginx.service"
in_group 7006 "/machine.slice/systemd-nspawn@inner.service/payload"
in_group 7007 "/system.slice/docker.service"
in_group 7008 "/system.slice/my-docker-proxy.service"
in_group 7009 "/kubepods/besteffort/$pod/$hex"

may_login m
inside m ssh -o StrictHostKeyChecking=no -o BatchMode=yes root@127.0.0.1 \
	'setsid /usr/local/sbin/door -d -t "java -jar app.jar" tcp:0.0.0.0:7010' >/dev/null 2>&1
inside m ssh -o StrictHostKeyChecking=no -o BatchMode=yes -o ControlMaster=yes -o ControlPath=/run/mux \
	-o ControlPersist=60 -f -N -L 7011:127.0.0.1:22 root@127.0.0.1 >/dev/null 2>&1
inside m systemd-run --quiet --unit=by-hand /usr/local/sbin/door tcp:0.0.0.0:7012
inside m systemd-run --quiet --scope --unit=a.scope sh -c 'exec door -d tcp:0.0.0.0:7013' >/dev/null
for port in 7001 7009 7010 7011 7012 7013; do wait_port m tcp $port; done
audit m "$tmp/a"

contained() { # contained PORT RUNTIME ID
	holds "$2: $3" "$tmp/a" "on($1) and by(on($1)[0])[0]['mechanism'] == 'container' and
		'$2' in json.dumps(by(on($1)[0])[0]) and '${4:-${hex:0:12}}' in json.dumps(by(on($1)[0])[0])"
}
contained 7001 docker 'scope of systemd'
contained 7002 docker 'plain group'
contained 7003 podman 'scope of systemd'
contained 7004 kubernetes 'containerd in a pod'
contained 7005 lxc 'a unit inside of a container is not ours (nginx.service)' web
contained 7006 nspawn 'a unit of the host, payload inside (needrestart 326)' inner
contained 7009 kubernetes 'bare groups'
holds 'docker.service is the daemon, not a container' "$tmp/a" \
	'on(7007) and not [s for s in by(on(7007)[0]) if s["mechanism"] == "container"]'
holds 'a unit with docker in its name is no container' "$tmp/a" \
	'on(7008) and not [s for s in by(on(7008)[0]) if s["mechanism"] == "container"]'
holds 'nginx.service of this machine is not given what the container has' "$tmp/a" \
	'not any(s["name"] == "nginx.service" for s in by(on(7005)[0]))'
holds 'needrestart 52: java from an ssh login is a session, not ssh.service' "$tmp/a" \
	'by(on(7010)[0])[0]["mechanism"] == "session" and not any("ssh" in s["name"] for s in by(on(7010)[0]))'
holds 'needrestart 203: ssh: [mux] is not the ssh service' "$tmp/a" \
	'on(7011) and exes(on(7011)[0]) == ["ssh"] and not any(s["name"].startswith("ssh.") for s in by(on(7011)[0]))
	and on(7011)[0]["service"] not in ("ssh", "sshd")'
holds 'a transient unit will not come back' "$tmp/a" \
	'by(on(7012)[0])[0]["name"] == "by-hand.service" and on(7012)[0]["orphan"] is True'
holds 'a scope is not a service' "$tmp/a" 'on(7013) and not any(s["enabled"] for s in by(on(7013)[0]))'
finish
