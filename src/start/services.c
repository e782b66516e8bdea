/*
 * The machine's names of ports, RPC programs and protocols. As with getservbyname(3) and its
 * kin the first line that has a name wins, whether as its name or as an alias.
 */
#include "start/services.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/map.h"
#include "start/start.h"
#include "syntax/services.h"

struct named {
	const char *name, *comment;
	uint32_t number;
};

struct services {
	struct arena *arena;
	struct map port_by_name; /* "telnet/tcp" */
	struct map by_port;      /* port and protocol */
	struct map rpc_by_name, protocol_by_name;
};

static void
put_first(struct map *map, const char *key, struct named *named)
{
	if (!map_get_text(map, key))
		map_put_text(map, key, named);
}

static struct named *
named_of(struct services *s, const struct services_entry *entry)
{
	struct named *named = arena_alloc(s->arena, sizeof(*named));

	named->name = span_dup(s->arena, entry->name);
	named->number = entry->number;
	if (entry->comment.n)
		named->comment = span_dup(s->arena, entry->comment);
	return named;
}

static uint64_t
port_key(uint32_t port, enum net_proto proto)
{
	return (uint64_t)port | (uint64_t)proto << 32;
}

static void
put_service(struct services *s, const struct services_entry *entry)
{
	struct named *named = named_of(s, entry);
	enum net_proto proto;

	if (entry->number > UINT16_MAX || !entry->protocol.n)
		return;
	put_first(&s->port_by_name,
		  arena_printf(s->arena, "%s/%.*s", named->name, SPAN_ARG(entry->protocol)), named);
	for (uint32_t i = 0; i < entry->n_aliases; i++)
		put_first(&s->port_by_name,
			  arena_printf(s->arena, "%.*s/%.*s", SPAN_ARG(entry->aliases[i].text),
				       SPAN_ARG(entry->protocol)),
			  named);
	if (net_proto_parse(entry->protocol, &proto) &&
	    !map_get(&s->by_port, port_key(entry->number, proto)))
		map_put(&s->by_port, port_key(entry->number, proto), named);
}

static void
put_names(struct services *s, struct map *map, const struct services_entry *entry,
	  struct named *named)
{
	put_first(map, named->name, named);
	for (uint32_t i = 0; i < entry->n_aliases; i++)
		put_first(map, span_dup(s->arena, entry->aliases[i].text), named);
}

static void
put_rpc(struct services *s, const struct services_entry *entry)
{
	put_names(s, &s->rpc_by_name, entry, named_of(s, entry));
}

static void
put_protocol(struct services *s, const struct services_entry *entry)
{
	put_names(s, &s->protocol_by_name, entry, named_of(s, entry));
}

static void
read_file(struct services *s, const struct root *root, struct diags *diags, const char *path,
	  void (*put)(struct services *s, const struct services_entry *entry))
{
	struct start_ctx ctx = {.root = root, .arena = s->arena, .diags = diags};
	struct syn_tree *tree = start_parse(&ctx, &syn_format_services, path);

	for (size_t i = 0; tree && i < tree->n_nodes; i++) {
		struct services_entry entry;

		if (tree->nodes[i].kind == SERVICES_ENTRY &&
		    services_entry_read(&tree->nodes[i], &entry))
			put(s, &entry);
	}
}

struct services *
services_read(const struct root *root, struct arena *arena, struct diags *diags)
{
	struct services *s = arena_alloc(arena, sizeof(*s));

	*s = (struct services){.arena = arena,
			       .port_by_name = map_of(arena),
			       .by_port = map_of(arena),
			       .rpc_by_name = map_of(arena),
			       .protocol_by_name = map_of(arena)};
	read_file(s, root, diags, "/etc/services", put_service);
	read_file(s, root, diags, "/etc/rpc", put_rpc);
	read_file(s, root, diags, "/etc/protocols", put_protocol);
	return s;
}

bool
services_port(const struct services *s, const char *name, enum net_proto proto, uint16_t *ret)
{
	char key[LIMIT_MESSAGE];
	const struct named *named;
	int n = snprintf(key, sizeof(key), "%s/%s", name, net_proto_name(proto));

	if (n < 0 || (size_t)n >= sizeof(key))
		return false;
	named = map_get_text(&s->port_by_name, key);
	if (named)
		*ret = (uint16_t)named->number;
	return named != NULL;
}

const char *
services_name(const struct services *s, uint16_t port, enum net_proto proto,
	      const char **ret_comment)
{
	const struct named *named = map_get(&s->by_port, port_key(port, proto));

	if (ret_comment)
		*ret_comment = named ? named->comment : NULL;
	return named ? named->name : NULL;
}

bool
services_rpc(const struct services *s, const char *name, uint32_t *ret_program)
{
	const struct named *named = map_get_text(&s->rpc_by_name, name);

	if (named)
		*ret_program = named->number;
	return named != NULL;
}

bool
services_protocol(const struct services *s, const char *name, uint32_t *ret_number)
{
	const struct named *named = map_get_text(&s->protocol_by_name, name);

	if (named)
		*ret_number = named->number;
	return named != NULL;
}
