/*
 * Answers from the files below a root: passwd(5), group(5), services(5), rpc(5), protocols(5),
 * hosts(5). For configurations of another machine, where our own name service says nothing.
 */
#include <string.h>
#include <sys/socket.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/num.h"
#include "conf/lookup_root.h"
#include "syntax/services.h"

struct account {
	const char *name;
	uint32_t id, gid;
};

struct host {
	const struct host *next;
	struct net_addr addr;
};

struct files {
	struct arena *arena;
	struct map users, uids, groups, ports, rpcs, protocols, hosts;
};

static struct span
text_of(const struct root *root, struct arena *arena, const char *path)
{
	struct span text = {0};

	if (root_read(root, path, arena, LIMIT_FILE_BYTES, &text) < 0)
		return (struct span){0};
	return text;
}

/* Accounts ---------------------------------------------------------------------------------------
 */

/* name:password:id[:gid...]; as with getpwnam(3) the first line of a name counts. */
static void
add_account(struct files *f, struct span line, bool user)
{
	struct account *account;
	struct span name = span_cut(&line, ':'), id, gid;
	struct map *map = user ? &f->users : &f->groups;

	(void)span_cut(&line, ':');
	id = span_cut(&line, ':');
	gid = span_cut(&line, ':');
	account = arena_alloc(f->arena, sizeof(*account));
	account->name = span_dup(f->arena, name);
	if (!name.n || !num_u32(id, UINT32_MAX - 1, &account->id) ||
	    (user && !num_u32(gid, UINT32_MAX - 1, &account->gid)))
		return;
	if (!map_get_text(map, account->name))
		map_put_text(map, account->name, account);
	if (user && !map_get(&f->uids, account->id))
		map_put(&f->uids, account->id, account);
}

static void
read_accounts(struct files *f, const struct root *root, const char *path, bool user)
{
	struct span text = text_of(root, f->arena, path);

	while (text.n)
		add_account(f, span_cut(&text, '\n'), user);
}

static bool
user(void *data, const char *name, uid_t *ret_uid, gid_t *ret_gid)
{
	const struct files *f = data;
	const struct account *account = map_get_text(&f->users, name);

	if (account) {
		*ret_uid = account->id;
		*ret_gid = account->gid;
	}
	return account != NULL;
}

static bool
uid(void *data, uid_t wanted, const char **ret_name, gid_t *ret_gid)
{
	const struct files *f = data;
	const struct account *account = map_get(&f->uids, wanted);

	if (account) {
		*ret_name = account->name;
		*ret_gid = account->gid;
	}
	return account != NULL;
}

static bool
group(void *data, const char *name, gid_t *ret_gid)
{
	const struct files *f = data;
	const struct account *account = map_get_text(&f->groups, name);

	if (account)
		*ret_gid = account->id;
	return account != NULL;
}

/* Numbers ----------------------------------------------------------------------------------------
 */

static void
put_number(struct files *f, struct map *map, struct span name, struct span protocol, uint32_t n)
{
	uint32_t *number = arena_alloc(f->arena, sizeof(*number));
	const char *key = arena_printf(f->arena, "%.*s%s%.*s", SPAN_ARG(name),
				       protocol.n ? "/" : "", SPAN_ARG(protocol));

	*number = n;
	if (!map_get_text(map, key))
		map_put_text(map, key, number);
}

static void
read_numbers(struct files *f, const struct root *root, const char *path, struct map *map)
{
	struct span text = text_of(root, f->arena, path);
	struct diags diags = diags_of(f->arena);
	const struct syn_tree *tree = syn_parse(&syn_format_services, f->arena, &diags, path, text);
	struct services_entry entry;

	for (size_t i = 0; i < tree->n_nodes; i++) {
		if (tree->nodes[i].kind != SERVICES_ENTRY ||
		    !services_entry_read(&tree->nodes[i], &entry))
			continue;
		put_number(f, map, entry.name, entry.protocol, entry.number);
		for (uint32_t k = 0; k < entry.n_aliases; k++)
			put_number(f, map, entry.aliases[k].text, entry.protocol, entry.number);
	}
}

static bool
port(void *data, const char *name, enum net_proto proto, uint16_t *ret)
{
	const struct files *f = data;
	const uint32_t *number = map_get_text(
		&f->ports, arena_printf(f->arena, "%s/%s", name, net_proto_name(proto)));

	if (number)
		*ret = (uint16_t)*number;
	return number != NULL;
}

static bool
rpc(void *data, const char *name, uint32_t *ret_program)
{
	const struct files *f = data;
	const uint32_t *number = map_get_text(&f->rpcs, name);

	if (number)
		*ret_program = *number;
	return number != NULL;
}

static bool
protocol(void *data, const char *name, uint32_t *ret_number)
{
	const struct files *f = data;
	const uint32_t *number = map_get_text(&f->protocols, name);

	if (number)
		*ret_number = *number;
	return number != NULL;
}

/* Hosts ------------------------------------------------------------------------------------------
 */

static void
add_host(struct files *f, struct span line)
{
	struct span word;
	struct net_addr addr;

	line.n = span_find(line, '#');
	word = span_word(&line);
	if (!net_addr_parse(word, &addr))
		return;
	while ((word = span_word(&line)).n) {
		struct host *host = arena_alloc(f->arena, sizeof(*host));
		const char *name = span_dup(f->arena, word);

		host->addr = addr;
		host->next = map_get_text(&f->hosts, name);
		map_put_text(&f->hosts, name, host);
	}
}

static size_t
host(void *data, const char *name, struct net_addr *ret, size_t max)
{
	const struct files *f = data;
	const struct host *host = map_get_text(&f->hosts, name);
	size_t n = 0;

	for (; host && n < max; host = host->next)
		ret[n++] = host->addr;
	return n;
}

struct conf_lookup
conf_lookup_root(const struct root *root, struct arena *arena)
{
	struct files *f = arena_alloc(arena, sizeof(*f));
	struct span hosts = text_of(root, arena, "/etc/hosts");

	*f = (struct files){
		.arena = arena,
		.users = map_of(arena),
		.uids = map_of(arena),
		.groups = map_of(arena),
		.ports = map_of(arena),
		.rpcs = map_of(arena),
		.protocols = map_of(arena),
		.hosts = map_of(arena),
	};
	read_accounts(f, root, "/etc/passwd", true);
	read_accounts(f, root, "/etc/group", false);
	read_numbers(f, root, "/etc/services", &f->ports);
	read_numbers(f, root, "/etc/rpc", &f->rpcs);
	read_numbers(f, root, "/etc/protocols", &f->protocols);
	while (hosts.n)
		add_host(f, span_cut(&hosts, '\n'));
	return (struct conf_lookup){
		.data = f,
		.user = user,
		.uid = uid,
		.group = group,
		.port = port,
		.rpc = rpc,
		.protocol = protocol,
		.host = host,
	};
}
