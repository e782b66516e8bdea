/* See reading.h. */
#include "conf/reading.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/limits.h"
#include "base/vec.h"
#include "conf/shared.h"

struct conf_shared
conf_shared_of(struct conf_reading *reading)
{
	struct arena *scratch = reading->scratch;

	return (struct conf_shared){
		.texts = map_of(scratch),
		.users = map_of(scratch),
		.groups = map_of(scratch),
		.ports = map_of(scratch),
		.rpcs = map_of(scratch),
		.protocols = map_of(scratch),
		.banners = map_of(scratch),
		.programs = map_of(scratch),
		.ids = map_of(scratch),
		.sockets = map_of(scratch),
		.seen = map_of(scratch),
		.off = map_of(scratch),
		.only = map_of(scratch),
	};
}

/* Texts and files --------------------------------------------------------------------- */

const char *
conf_text(struct conf_reading *reading, struct span text)
{
	char small[256];
	char *key = text.n < sizeof(small) ? small : span_dup(reading->scratch, text);
	char *known;

	if (key == small) {
		if (text.n)
			memcpy(small, text.p, text.n);
		small[text.n] = 0;
	}
	known = map_get_text(&reading->shared->texts, key);
	if (known)
		return known;
	known = arena_dup(reading->serve->arena, key);
	map_put_text(&reading->shared->texts, known, known);
	return known;
}

static void
remember_file(struct conf_reading *reading, const char *path)
{
	struct serve *serve = reading->serve;
	const char *name = conf_text(reading, span_of(path));

	if (map_get_text(&reading->shared->seen, name))
		return;
	map_put_text(&reading->shared->seen, name, serve);
	/* One more, for the NULL at the end. */
	if (serve->n_files + 1 >= serve->cap_files)
		serve->files = vec_grow(serve->arena, serve->files, serve->n_files,
					&serve->cap_files, sizeof(*serve->files));
	serve->files[serve->n_files++] = name;
	serve->files[serve->n_files] = NULL;
}

bool
conf_file(struct conf_reading *reading, struct conf_at from, const char *path, struct span *ret)
{
	int r = root_read(reading->options->root, path, reading->scratch, LIMIT_FILE_BYTES, ret);
	const char *why = r == -EFBIG || r == -EDQUOT ? "too big" : strerrordesc_np(-r);

	if (r >= 0) {
		remember_file(reading, path);
		return true;
	}
	if (r == -EINVAL || r == -EISDIR)
		why = "not a regular file";
	if (from.file)
		diag_add(&reading->serve->diags, DIAG_ERROR, from.file, from.line, from.col,
			 "%s cannot be read: %s", path, why);
	else
		diag_add(&reading->serve->diags, DIAG_ERROR, path, 0, 0, "cannot be read: %s", why);
	return false;
}

/* Answers ------------------------------------------------------------------------------- */

struct answer {
	bool known;
	uint32_t a, b;
};

/* The map's answer to the question, or a new one for the caller to fill (*ret_new). */
static struct answer *
answer_of(struct conf_reading *reading, struct map *map, const char *name, bool *ret_new)
{
	struct answer *answer = map_get_text(map, name);

	*ret_new = !answer;
	if (answer)
		return answer;
	answer = arena_alloc(reading->scratch, sizeof(*answer));
	map_put_text(map, arena_dup(reading->scratch, name), answer);
	return answer;
}

bool
conf_user(struct conf_reading *reading, const char *name, uid_t *ret_uid, gid_t *ret_gid)
{
	const struct conf_lookup *lookup = reading->options->lookup;
	bool new;
	struct answer *answer = answer_of(reading, &reading->shared->users, name, &new);

	if (new)
		answer->known = lookup->user(lookup->data, name, &answer->a, &answer->b);
	*ret_uid = answer->a;
	*ret_gid = answer->b;
	return answer->known;
}

bool
conf_uid(struct conf_reading *reading, uid_t uid, const char **ret_name, gid_t *ret_gid)
{
	const struct conf_lookup *lookup = reading->options->lookup;
	const char *name;

	if (!lookup->uid || !lookup->uid(lookup->data, uid, &name, ret_gid))
		return false;
	*ret_name = conf_text(reading, span_of(name));
	return true;
}

bool
conf_group(struct conf_reading *reading, const char *name, gid_t *ret_gid)
{
	const struct conf_lookup *lookup = reading->options->lookup;
	bool new;
	struct answer *answer = answer_of(reading, &reading->shared->groups, name, &new);

	if (new)
		answer->known = lookup->group(lookup->data, name, &answer->a);
	*ret_gid = answer->a;
	return answer->known;
}

bool
conf_port(struct conf_reading *reading, const char *name, enum net_proto proto, uint16_t *ret)
{
	const struct conf_lookup *lookup = reading->options->lookup;
	const char *key = arena_printf(reading->scratch, "%s/%s", name, net_proto_name(proto));
	bool new;
	struct answer *answer = answer_of(reading, &reading->shared->ports, key, &new);
	uint16_t port = 0;

	if (new) {
		answer->known = lookup->port(lookup->data, name, proto, &port);
		answer->a = port;
	}
	*ret = (uint16_t)answer->a;
	return answer->known;
}

bool
conf_rpc(struct conf_reading *reading, const char *name, uint32_t *ret_program)
{
	const struct conf_lookup *lookup = reading->options->lookup;
	bool new;
	struct answer *answer = answer_of(reading, &reading->shared->rpcs, name, &new);

	if (new)
		answer->known = lookup->rpc(lookup->data, name, &answer->a);
	*ret_program = answer->a;
	return answer->known;
}

bool
conf_protocol(struct conf_reading *reading, const char *name, uint32_t *ret_number)
{
	const struct conf_lookup *lookup = reading->options->lookup;
	bool new;
	struct answer *answer = answer_of(reading, &reading->shared->protocols, name, &new);

	if (new)
		answer->known = lookup->protocol(lookup->data, name, &answer->a);
	*ret_number = answer->a;
	return answer->known;
}

struct span
conf_networks(struct conf_reading *reading)
{
	struct span *text = &reading->shared->networks;

	if (!text->p && root_read(reading->options->root, "/etc/networks", reading->scratch,
				  LIMIT_FILE_BYTES, text) < 0)
		*text = SPAN("");
	return *text;
}

static const char *
program_wrong(const struct root *root, const char *path)
{
	struct stat st;

	if (root_stat(root, path, &st) < 0)
		return "is not there";
	return S_ISREG(st.st_mode) && (st.st_mode & 0111) ? NULL : "is no program";
}

const char *
conf_program(struct conf_reading *reading, const char *path)
{
	struct map *programs = &reading->shared->programs;
	const char **why = map_get_text(programs, path);

	if (!why) {
		why = arena_alloc(reading->scratch, sizeof(*why));
		*why = program_wrong(reading->options->root, path);
		map_put_text(programs, arena_dup(reading->scratch, path), why);
	}
	return *why;
}

/* Sinks and banners ----------------------------------------------------------------------- */

static bool
is_same_sink(const struct service_sink *a, const struct service_sink *b)
{
	return a->kind == b->kind && a->facility == b->facility && a->level == b->level &&
	       text_is(a->path, b->path) && a->soft == b->soft && a->hard == b->hard;
}

const struct service_sink *
conf_sink(struct conf_reading *reading, const struct service_sink *sink)
{
	struct serve *serve = reading->serve;
	struct service_sink *copy;

	for (size_t i = 0; i < serve->n_sinks; i++)
		if (is_same_sink(serve->sinks[i], sink))
			return serve->sinks[i];
	copy = arena_alloc(serve->arena, sizeof(*copy));
	*copy = *sink;
	copy->path = sink->path ? conf_text(reading, span_of(sink->path)) : NULL;
	if (serve->n_sinks == serve->cap_sinks)
		serve->sinks = vec_grow(serve->arena, serve->sinks, serve->n_sinks,
					&serve->cap_sinks, sizeof(*serve->sinks));
	serve->sinks[serve->n_sinks++] = copy;
	return copy;
}

struct banner {
	const char *bytes, *why;
	uint32_t n;
};

static struct banner *
read_banner(struct conf_reading *reading, const char *path)
{
	struct banner *banner = arena_alloc(reading->scratch, sizeof(*banner));
	struct span text;
	int r = root_read(reading->options->root, path, reading->scratch, LIMIT_BANNER_BYTES,
			  &text);

	if (r >= 0) {
		banner->bytes = arena_dupn(reading->serve->arena, text.p, text.n);
		banner->n = (uint32_t)text.n;
		remember_file(reading, path);
	} else if (r == -EFBIG) {
		banner->why = "is too big for a banner";
	} else {
		banner->why = r == -EINVAL || r == -EISDIR ? "is not a regular file"
			      : r == -ENOENT               ? "is not there"
							   : "cannot be read";
	}
	return banner;
}

const char *
conf_banner(struct conf_reading *reading, const char *path, uint32_t *ret_n, const char **ret_why)
{
	struct map *banners = &reading->shared->banners;
	struct banner *banner = map_get_text(banners, path);

	if (!banner) {
		banner = read_banner(reading, path);
		map_put_text(banners, arena_dup(reading->scratch, path), banner);
	}
	*ret_n = banner->n;
	*ret_why = banner->why;
	return banner->bytes;
}

/* Services -------------------------------------------------------------------------------- */

void
conf_list_id(struct conf_reading *reading, enum conf_list list, struct span id)
{
	struct conf_shared *shared = reading->shared;
	struct map *map = list == CONF_ENABLED ? &shared->only : &shared->off;

	shared->has_only |= list == CONF_ENABLED;
	map_put_text(map, span_lower(reading->scratch, id), shared);
}

bool
conf_is_listed_off(struct conf_reading *reading, const char *id)
{
	const struct conf_shared *shared = reading->shared;
	const char *key = span_lower(reading->scratch, span_of(id));

	return map_get_text(&shared->off, key) ||
	       (shared->has_only && !map_get_text(&shared->only, key));
}

const struct service *
conf_service_find(struct conf_reading *reading, const char *id)
{
	return map_get_text(&reading->shared->ids, span_lower(reading->scratch, span_of(id)));
}

struct opened {
	const struct opened *next;
	const struct service *service;
	const struct service_listener *listener;
};

static uint64_t
socket_key(const struct service *s, const struct service_listener *l)
{
	return (uint64_t)l->port << 32 | (uint64_t)(uint32_t)s->type << 16 | (uint16_t)s->protocol;
}

enum { ON_V4 = 1, ON_V6 = 2 };

static unsigned
families(const struct service_listener *l)
{
	struct net_addr addr = net_addr_unmap(&l->addr);

	if (addr.family == AF_INET)
		return ON_V4;
	return net_addr_is_wildcard(&addr) && !l->v6only ? ON_V4 | ON_V6 : ON_V6;
}

/* The kernel would not open both, or would give one's clients to the other. */
static bool
do_clash(const struct service_listener *a, const struct service_listener *b)
{
	struct net_addr from = net_addr_unmap(&a->addr), to = net_addr_unmap(&b->addr);

	if (a->path || b->path)
		return text_is(a->path, b->path);
	if (!(families(a) & families(b)))
		return false;
	if (a->device && b->device && strcmp(a->device, b->device) != 0)
		return false;
	return net_addr_is_wildcard(&from) || net_addr_is_wildcard(&to) || net_addr_is(&from, &to);
}

/* Does the kernel give it whatever is free? */
static bool
is_free_choice(const struct service_listener *l)
{
	return !l->path && !l->port;
}

static const struct service *
clashing(struct conf_reading *reading, const struct service *s)
{
	for (uint32_t i = 0; i < s->n_listeners; i++) {
		const struct service_listener *l = &s->listeners[i];
		const struct opened *opened;

		if (is_free_choice(l) || s->type == SOCK_RAW)
			continue;
		opened = map_get(&reading->shared->sockets, socket_key(s, l));
		for (; opened; opened = opened->next)
			if (do_clash(opened->listener, l))
				return opened->service;
	}
	return NULL;
}

static void
remember_sockets(struct conf_reading *reading, const struct service *s)
{
	for (uint32_t i = 0; i < s->n_listeners; i++) {
		uint64_t key = socket_key(s, &s->listeners[i]);
		struct opened *opened;

		if (is_free_choice(&s->listeners[i]))
			continue;
		opened = arena_alloc(reading->scratch, sizeof(*opened));
		opened->next = map_get(&reading->shared->sockets, key);
		opened->service = s;
		opened->listener = &s->listeners[i];
		map_put(&reading->shared->sockets, key, opened);
	}
}

/* One service that names an address twice: it could never open them both. */
static bool
clashes_with_itself(const struct service *s)
{
	for (uint32_t i = 0; i < s->n_listeners; i++)
		for (uint32_t k = 0; k < i; k++)
			if (s->listeners[i].port == s->listeners[k].port && s->type != SOCK_RAW &&
			    !is_free_choice(&s->listeners[i]) &&
			    do_clash(&s->listeners[i], &s->listeners[k]))
				return true;
	return false;
}

static bool
may_add(struct conf_reading *reading, struct conf_at at, const struct service *s)
{
	struct serve *serve = reading->serve;
	const struct service *other = conf_service_find(reading, s->id);

	if (serve->n >= LIMIT_SUPER_SERVICES) {
		diag_add(&serve->diags, DIAG_ERROR, at.file, at.line, at.col,
			 "service %s: more than %u services", s->id, LIMIT_SUPER_SERVICES);
		return false;
	}
	if (other) {
		diag_add(&serve->diags, DIAG_ERROR, at.file, at.line, at.col,
			 "service %s: another service has this id (%s:%u)", s->id,
			 other->place.file, other->place.line);
		return false;
	}
	if (clashes_with_itself(s)) {
		diag_add(&serve->diags, DIAG_ERROR, at.file, at.line, at.col,
			 "service %s: two of its own sockets have the same address and port",
			 s->id);
		return false;
	}
	other = clashing(reading, s);
	if (!other)
		return true;
	diag_add(&serve->diags, DIAG_ERROR, at.file, at.line, at.col,
		 "service %s: its port is that of %s (%s:%u)", s->id, other->id, other->place.file,
		 other->place.line);
	return false;
}

struct service *
conf_service_add(struct conf_reading *reading, struct conf_at at, const struct service *service,
		 uint64_t access_hash)
{
	struct serve *serve = reading->serve;
	struct service *copy;

	if (!may_add(reading, at, service)) {
		serve->n_closed++;
		return NULL;
	}
	copy = arena_alloc(serve->arena, sizeof(*copy));
	*copy = *service;
	copy->fingerprint = conf_fingerprint(copy, access_hash);
	vec_push(serve->arena, serve, copy);
	map_put_text(&reading->shared->ids, span_lower(reading->scratch, span_of(copy->id)), copy);
	remember_sockets(reading, copy);
	return copy;
}
