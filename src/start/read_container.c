/*
 * Containers that files make start: docker's book (container_docker.c), podman's quadlets
 * (podman-systemd.unit(5)), LXC's lxc.start.auto (lxc.container.conf(5)) and the kubelet's static
 * pods. Those that run without such a file are found by join/ from their processes.
 */
#include <dirent.h>
#include <string.h>

#include "base/limits.h"
#include "base/map.h"
#include "start/container.h"
#include "start/script.h"
#include "syntax/unit.h"

/* Quadlets --------------------------------------------------------------------------- */

/* [[ADDRESS:]HOST_PORT:]CONTAINER_PORT[/PROTOCOL] */
static void
read_publish(struct start_ctx *ctx, struct start *start, struct span text)
{
	enum net_proto proto = NET_TCP;
	struct span host, address = {0};
	const char *colon;

	host = span_cut(&text, '/');
	if (text.n && !net_proto_parse(text, &proto))
		return;
	colon = host.n ? memrchr(host.p, ':', host.n) : NULL;
	if (!colon)
		return; /* a free port of the runtime's choice */
	host.n = (size_t)(colon - host.p);
	colon = host.n ? memrchr(host.p, ':', host.n) : NULL;
	if (colon) {
		address = (struct span){host.p, (size_t)(colon - host.p)};
		host = span_skip(host, address.n + 1);
	}
	container_publish(ctx, start, address, host, proto);
}

struct quadlet {
	struct span image, exec, user, name;
	uint32_t image_line;
	bool wanted;
};

static void
read_quadlet_settings(struct start_ctx *ctx, const struct syn_tree *tree, struct quadlet *quadlet,
		      struct start *start)
{
	for (size_t i = 0; i < tree->n_nodes; i++) {
		const struct syn_node *node = &tree->nodes[i];
		struct span section, key, value;

		if (node->kind != UNIT_SETTING || node->parent < 0)
			continue;
		section = tree->nodes[node->parent].words[0].text;
		key = node->words[0].text;
		value = node->words[1].text;
		if (span_is(section, "Install")) {
			if (span_is(key, "WantedBy") || span_is(key, "RequiredBy"))
				quadlet->wanted = value.n;
		} else if (!span_is(section, "Container") && !span_is(section, "Pod") &&
			   !span_is(section, "Kube")) {
			continue;
		} else if (span_is(key, "Image") || span_is(key, "Yaml")) {
			quadlet->image = value;
			quadlet->image_line = node->line;
		} else if (span_is(key, "Exec")) {
			quadlet->exec = value;
		} else if (span_is(key, "User")) {
			quadlet->user = value;
		} else if (span_is(key, "ContainerName") || span_is(key, "PodName")) {
			quadlet->name = value;
		} else if (span_is(key, "PublishPort")) {
			read_publish(ctx, start, value);
		}
	}
}

/* What the generator makes of each kind: "web.container" -> web.service. */
static const struct {
	const char *ending, *unit_ending;
} quadlet_kinds[] = {
	{".container", ".service"},
	{".kube", ".service"},
	{".pod", "-pod.service"},
};

static void
read_quadlet(struct start_ctx *ctx, const char *path, size_t kind)
{
	struct syn_tree *tree = start_parse(ctx, &syn_format_unit, path);
	struct quadlet quadlet = {0};
	const char *base = text_basename(path);
	struct start *start;

	if (!tree)
		return;
	start = start_add(ctx, "container", base, path, 0);
	read_quadlet_settings(ctx, tree, &quadlet, start);
	start->line = quadlet.image_line;
	start->enabled = quadlet.wanted;
	start->when = START_AT_BOOT;
	start->state = quadlet.wanted ? "quadlet with WantedBy=" : "quadlet without WantedBy=";
	start->unit = arena_printf(ctx->arena, "%.*s%s",
				   (int)(strlen(base) - strlen(quadlet_kinds[kind].ending)), base,
				   quadlet_kinds[kind].unit_ending);
	start->activates = start->unit;
	if (quadlet.exec.n)
		start->command = start_split(ctx, quadlet.exec);
	if (quadlet.user.n)
		start->user = span_dup(ctx->arena, quadlet.user);
	if (quadlet.image.n)
		start->note =
			arena_printf(ctx->arena, "podman, %s", span_dup(ctx->arena, quadlet.image));
	if (start->enabled)
		start->off = arena_printf(
			ctx->arena, "systemctl stop %s; mv %s %s; systemctl daemon-reload",
			script_quote(ctx, start->unit), script_quote(ctx, path),
			script_quote(ctx, arena_printf(ctx->arena, "%s.off", path)));
}

static void
read_quadlets(struct start_ctx *ctx)
{
	static const char *const dirs[] = {"/run/containers/systemd", "/etc/containers/systemd",
					   "/usr/share/containers/systemd"};
	struct map seen = map_of(ctx->arena);

	for (size_t d = 0; d < COUNT_OF(dirs); d++) {
		struct root_dir list = start_list_dir(ctx, dirs[d]);

		for (size_t i = 0; i < list.n; i++)
			for (size_t kind = 0; kind < COUNT_OF(quadlet_kinds); kind++) {
				const char *name = list.v[i].name;

				if (!text_ends(name, quadlet_kinds[kind].ending) ||
				    map_get_text(&seen, name))
					continue;
				map_put_text(&seen, name, &seen);
				read_quadlet(ctx, arena_printf(ctx->arena, "%s/%s", dirs[d], name),
					     kind);
			}
	}
}

/* LXC -------------------------------------------------------------------------------- */

static void
read_lxc(struct start_ctx *ctx, const char *name)
{
	const char *path = arena_printf(ctx->arena, "/var/lib/lxc/%s/config", name);
	struct start *start;
	uint32_t line = 0;
	struct span text;

	if (root_read(ctx->root, path, ctx->arena, LIMIT_FILE_BYTES, &text) < 0)
		return;
	start = start_add(ctx, "container", arena_printf(ctx->arena, "lxc %s", name), path, 0);
	start->container = start->name;
	start->when = START_BY_RUNTIME;
	start->state = "lxc.start.auto is not set";
	while (text.n) {
		struct span value = span_cut(&text, '\n'), key = span_trim(span_cut(&value, '='));

		line++;
		if (!span_is(key, "lxc.start.auto"))
			continue;
		value = span_trim(value);
		start->line = start->switch_line = line;
		start->switch_file = path;
		start->enabled = value.n && !span_is(value, "0");
		start->state = start->enabled ? "lxc.start.auto = 1" : "lxc.start.auto = 0";
	}
	if (start->enabled)
		start->off = arena_printf(ctx->arena, "lxc.start.auto = 0 in %s; lxc-stop -n %s",
					  path, script_quote(ctx, name));
}

/* Static pods ------------------------------------------------------------------------ */

static void
read_pods(struct start_ctx *ctx)
{
	static const char dir[] = "/etc/kubernetes/manifests";
	struct root_dir list = start_list_dir(ctx, dir);

	for (size_t i = 0; i < list.n; i++) {
		const char *name = list.v[i].name;
		struct start *start;

		/* The kubelet takes every file that is not hidden. */
		if (name[0] == '.' || list.v[i].type == DT_DIR)
			continue;
		start = start_add(ctx, "container", name,
				  arena_printf(ctx->arena, "%s/%s", dir, name), 0);
		start->enabled = true;
		start->when = START_BY_RUNTIME;
		start->state = "static pod of the kubelet";
		start->switch_file = start->file;
		start->off =
			arena_printf(ctx->arena, "mv %s /root/", script_quote(ctx, start->file));
		start->note = "its containers and ports are not read";
	}
}

static void
read_container(struct start_ctx *ctx)
{
	struct root_dir lxc;

	container_read_docker(ctx);
	read_quadlets(ctx);
	lxc = start_list_dir(ctx, "/var/lib/lxc");
	for (size_t i = 0; i < lxc.n; i++)
		read_lxc(ctx, lxc.v[i].name);
	read_pods(ctx);
}

const struct start_reader start_reader_container = {
	.mechanism = "container",
	.doc = "docker's restart policies, podman's quadlets, LXC's lxc.start.auto, the kubelet's "
	       "static "
	       "pods",
	.read = read_container,
};
