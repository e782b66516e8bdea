/*
 * Docker's containers, from the two files it keeps for each (/var/lib/docker/containers/ID/): what
 * is run is in config.v2.json, restart policy and published ports in hostconfig.json. The daemon
 * starts those with policy "always" at boot, and "unless-stopped" ones that nobody stopped by hand.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/limits.h"
#include "base/num.h"
#include "start/container.h"

#define CONTAINERS "/var/lib/docker/containers"
#define SHORT_ID 12

static void
json_freep(json_t **json)
{
	json_decref(*json);
}
#define auto_json cleanup(json_freep) json_t *

static json_t *
read_json(struct start_ctx *ctx, const char *path)
{
	struct span text;
	json_error_t error;
	json_t *json;

	if (root_read(ctx->root, path, ctx->arena, LIMIT_FILE_BYTES, &text) < 0) {
		diag_add(ctx->diags, DIAG_UNSEEN, path, 0, 0, "cannot be read");
		return NULL;
	}
	json = json_loadb(text.p, text.n, 0, &error);
	if (!json)
		diag_add(ctx->diags, DIAG_ERROR, path, error.line > 0 ? (uint32_t)error.line : 0, 0,
			 "no JSON: %s", error.text);
	return json;
}

static const char *
text_at(struct start_ctx *ctx, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && *text ? arena_dup(ctx->arena, text) : NULL;
}

static void
read_command(struct start_ctx *ctx, struct start *start, const json_t *config)
{
	const json_t *args = json_object_get(config, "Args");
	const char *path = text_at(ctx, config, "Path");
	size_t n = 0;

	if (!path)
		return;
	start->command = arena_array(ctx->arena, json_array_size(args) + 2, sizeof(char *));
	start->command[n++] = path;
	for (size_t i = 0; i < json_array_size(args) && n < LIMIT_LINE_WORDS; i++) {
		const char *word = json_string_value(json_array_get(args, i));

		if (word)
			start->command[n++] = arena_dup(ctx->arena, word);
	}
}

/* {"80/tcp": [{"HostIp": "", "HostPort": "8080"}], ...} */
static void
read_ports(struct start_ctx *ctx, struct start *start, json_t *bindings)
{
	const char *inside;
	json_t *list;

	json_object_foreach(bindings, inside, list)
	{
		struct span name = span_of(inside), proto_name;
		enum net_proto proto = NET_TCP;

		span_cut(&name, '/');
		proto_name = name;
		if (proto_name.n && !net_proto_parse(proto_name, &proto))
			continue;
		for (size_t i = 0; i < json_array_size(list); i++) {
			json_t *one = json_array_get(list, i);

			container_publish(ctx, start, span_of(text_at(ctx, one, "HostIp")),
					  span_of(text_at(ctx, one, "HostPort")), proto);
		}
	}
}

static void
read_policy(struct start_ctx *ctx, struct start *start, const json_t *config, const json_t *host)
{
	const char *policy = text_at(ctx, json_object_get(host, "RestartPolicy"), "Name");
	const json_t *state = json_object_get(config, "State");
	bool stopped = json_is_true(json_object_get(config, "HasBeenManuallyStopped"));
	bool runs = json_is_true(json_object_get(state, "Running"));

	if (!policy)
		policy = "no";
	start->enabled = strcmp(policy, "always") == 0 ||
			 (strcmp(policy, "unless-stopped") == 0 && !stopped) ||
			 (strcmp(policy, "on-failure") == 0 && runs);
	start->state = arena_printf(ctx->arena, "restart policy %s%s", policy,
				    stopped ? ", stopped by hand" : "");
	if (start->enabled)
		start->off = arena_printf(ctx->arena,
					  "docker update --restart=no %.*s && docker stop %.*s",
					  SHORT_ID, start->container + strlen("docker "), SHORT_ID,
					  start->container + strlen("docker "));
}

static void
read_one(struct start_ctx *ctx, const char *id)
{
	const char *path = arena_printf(ctx->arena, CONTAINERS "/%s/config.v2.json", id), *name;
	const char *host_path = arena_printf(ctx->arena, CONTAINERS "/%s/hostconfig.json", id);
	auto_json config = read_json(ctx, path);
	auto_json host = config ? read_json(ctx, host_path) : NULL;
	struct start *start;

	if (!json_is_object(config))
		return;
	name = text_at(ctx, config, "Name");
	start = start_add(ctx, "container", arena_printf(ctx->arena, "docker %.*s", SHORT_ID, id),
			  path, 0);
	start->container = start->name;
	start->when = START_BY_RUNTIME;
	start->switch_file = host_path;
	if (name) {
		start->aliases = arena_array(ctx->arena, 2, sizeof(char *));
		start->aliases[0] = name + (*name == '/');
	}
	start->note = text_at(ctx, json_object_get(config, "Config"), "Image");
	if (start->note)
		start->note = arena_printf(ctx->arena, "image %s%s%s", start->note,
					   name ? ", named " : "", name ? start->aliases[0] : "");
	start->user = text_at(ctx, json_object_get(config, "Config"), "User");
	read_command(ctx, start, config);
	read_policy(ctx, start, config, host);
	read_ports(ctx, start, json_object_get(host, "PortBindings"));
}

/* 64 hexadecimal digits. */
static bool
is_id(const char *name)
{
	return strlen(name) == 64 && strspn(name, "0123456789abcdef") == 64;
}

void
container_read_docker(struct start_ctx *ctx)
{
	struct root_dir list = start_list_dir(ctx, CONTAINERS);
	struct stat st;

	for (size_t i = 0; i < list.n; i++)
		if (is_id(list.v[i].name) &&
		    root_stat(ctx->root,
			      arena_printf(ctx->arena, CONTAINERS "/%s/config.v2.json",
					   list.v[i].name),
			      &st) == 0)
			read_one(ctx, list.v[i].name);
}
