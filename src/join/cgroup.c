/*
 * What a cgroup path says about who started a process. Whole path components are matched,
 * never substrings: "docker.service" is the docker daemon, "docker-<id>.scope" a container.
 * Names as systemd.unit(5), systemd-cgls(1), the OCI runtimes and the kubelet write them.
 */
#include <string.h>

#include "base/span.h"
#include "join/join.h"

/* How each runtime names a container's cgroup. id: what is left of the component. */
static const struct {
	const char *prefix, *suffix, *runtime;
	bool hex; /* the rest must be a long hexadecimal id */
} names[] = {
	{"docker-", ".scope", "docker", true},
	{"libpod-", ".scope", "podman", true},
	{"libpod-", "", "podman", true},
	{"cri-containerd-", ".scope", "containerd", true},
	{"crio-", ".scope", "cri-o", true},
	{"nerdctl-", ".scope", "containerd", true},
	{"lxc.payload.", "", "lxc", false},
	{"machine-qemu", ".scope", NULL, false}, /* a virtual machine: a unit, not a container */
	{"machine-lxc", ".scope", "lxc", false},
	{"machine-", ".scope", "machine", false},
	{"systemd-nspawn@", ".service", "nspawn", false},
};

/* A component after which the next one is the container's id or name. */
static const struct {
	const char *parent, *runtime;
	bool hex;
} parents[] = {
	{"docker", "docker", true},  {"libpod_parent", "podman", false}, {"lxc", "lxc", false},
	{"garden", "garden", false}, {"actions_job", "docker", true},    {"ecs", "ecs", false},
};

static bool
is_hex_id(struct span s)
{
	if (s.n < 12)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("0123456789abcdef", s.p[i]))
			return false;
	return true;
}

/* systemd writes '-' and others in names as \x2d (systemd-escape(1)). */
static char *
unescape(struct arena *arena, struct span s)
{
	static const char digits[] = "0123456789abcdef";
	char *text = span_dup(arena, s), *out = text;

	for (const char *in = text; *in; in++) {
		const char *high, *low;

		if (in[0] == '\\' && in[1] == 'x' && in[2] && in[3] &&
		    (high = strchr(digits, in[2])) && (low = strchr(digits, in[3]))) {
			*out++ = (char)((high - digits) << 4 | (low - digits));
			in += 3;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
	return text;
}

static struct span
between(struct span s, const char *prefix, const char *suffix)
{
	size_t before = strlen(prefix), after = strlen(suffix);

	if (s.n < before + after || !span_starts(s, prefix) || !span_ends(s, suffix))
		return (struct span){0};
	return (struct span){s.p + before, s.n - before - after};
}

static bool
named_container(struct arena *arena, struct span part, struct join_cgroup *ret)
{
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct span id = between(part, names[i].prefix, names[i].suffix);

		if (!id.n || (names[i].hex && !is_hex_id(id)))
			continue;
		if (!names[i].runtime)
			return false;
		if (names[i].hex && id.n > 12)
			id.n = 12;
		ret->runtime = names[i].runtime;
		ret->container = unescape(arena, id);
		return true;
	}
	return false;
}

static bool
is_pod(struct span part)
{
	return span_starts(part, "kubepods");
}

static bool
below_container(struct arena *arena, struct span parent, struct span part, bool pod,
		struct join_cgroup *ret)
{
	for (size_t i = 0; i < COUNT_OF(parents); i++)
		if (span_is(parent, parents[i].parent) && (!parents[i].hex || is_hex_id(part))) {
			ret->runtime = parents[i].runtime;
			ret->container = unescape(
				arena,
				(struct span){part.p, parents[i].hex && part.n > 12 ? 12 : part.n});
			return true;
		}
	/* cgroupfs driver: /kubepods/burstable/pod<uid>/<id>; others: /<64 digits> */
	if (is_hex_id(part) && (pod || part.n == 64)) {
		ret->runtime = pod ? "kubernetes" : "container";
		ret->container = span_dup(arena, (struct span){part.p, 12});
		return true;
	}
	return false;
}

static bool
is_unit(struct span part)
{
	return span_ends(part, ".service") || span_ends(part, ".socket") ||
	       span_ends(part, ".scope") || span_ends(part, ".mount");
}

static void
take_unit(struct arena *arena, struct span part, bool user, struct join_cgroup *ret)
{
	struct span session = between(part, "session-", ".scope");
	struct span openrc = between(part, "openrc.", "");

	if (openrc.n)
		ret->openrc = unescape(arena, openrc);
	if (session.n && !user)
		ret->session = unescape(arena, session);
	if (!is_unit(part))
		return;
	/* The first one is the manager's own; with Delegate= the service names what is below. */
	if (user && !ret->user_unit)
		ret->user_unit = span_dup(arena, part);
	else if (!user && !ret->unit)
		ret->unit = span_dup(arena, part);
}

void
join_cgroup_read(struct arena *arena, const char *path, struct join_cgroup *ret)
{
	struct span rest = span_of(path), parent = {0};
	bool user = false, pod = false;

	*ret = (struct join_cgroup){0};
	while (rest.n) {
		struct span part = span_cut(&rest, '/');

		if (!part.n)
			continue;
		pod = pod || is_pod(part);
		if (named_container(arena, part, ret) ||
		    below_container(arena, parent, part, pod, ret)) {
			if (pod)
				ret->runtime = "kubernetes";
			ret->below_user = user;
			return; /* what lies below belongs to the container */
		}
		if (span_is(parent, "openrc"))
			ret->openrc = unescape(arena, part);
		take_unit(arena, part, user, ret);
		ret->below_user = user =
			user || (span_starts(part, "user@") && span_ends(part, ".service"));
		parent = part;
	}
}
