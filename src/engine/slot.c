/*
 * Slots: the services of the present generation and their listeners. A reload plans everything
 * first - which services stay, which listeners pass to whom, which are opened - and changes
 * nothing unless all of it can be done.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/map.h"
#include "engine/parent.h"

/* An address that is taken is tried again: soon while those before us may still be closing
 * (workers of a killed parent do), then now and then. */
#define REBIND_SOON (50 * LOOP_MS)
#define REBIND_SOON_FOR (5 * LOOP_SECOND)
#define REBIND_LATER (60 * LOOP_SECOND)

/* Watching ------------------------------------------------------------------------------- */

static void
door_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	worker_begin(OWNER_OF(watch, struct door, watch)->slot);
}

void
slot_watch(struct slot *slot, bool watch)
{
	for (uint32_t i = 0; i < slot->n_doors; i++) {
		struct loop_watch *door = &slot->doors[i].watch;

		if (door->fd >= 0 && loop_watch(&slot->parent->loop, door, watch ? EPOLLIN : 0) < 0)
			parent_say(slot->parent, LOG_ERR, "%s: cannot watch its socket", slot->id);
	}
}

static void
again_due(struct loop *loop, struct loop_timer *timer)
{
	struct slot *slot = OWNER_OF(timer, struct slot, again);

	if (!slot->worker && slot->service)
		slot_watch(slot, true);
}

/* Opening -------------------------------------------------------------------------------- */

static const struct service_listener *
listener_of(const struct door *door)
{
	return &door->slot->service->listeners[door - door->slot->doors];
}

static void
complain(const struct slot *slot, const struct err *err)
{
	parent_say(slot->parent, LOG_ERR, "%s", err->text);
}

static void rebind_at(struct slot *slot, int64_t at);

static void
rebind_due(struct loop *loop, struct loop_timer *timer)
{
	struct slot *slot = OWNER_OF(timer, struct slot, rebind);
	bool missing = false, soon = loop->now - slot->rebind_since < REBIND_SOON_FOR;

	for (uint32_t i = 0; i < slot->n_doors; i++) {
		struct door *door = &slot->doors[i];
		struct err err = {0};

		if (door->watch.fd >= 0)
			continue;
		door->watch.fd =
			listen_open(&slot->parent->listen, slot->service, listener_of(door), &err);
		missing |= door->watch.fd < 0;
		/* Said again once: when the time for short waits is over. */
		if (door->watch.fd == -EADDRINUSE && soon &&
		    loop->now + REBIND_SOON - slot->rebind_since >= REBIND_SOON_FOR)
			complain(slot, &err);
		if (door->watch.fd < 0)
			continue;
		/* A worker has the listeners it was started with: another one takes them all. */
		if (slot->worker)
			worker_drain(slot->worker);
		slot_watch(slot, true);
	}
	if (missing)
		rebind_at(slot, loop->now + (soon ? REBIND_SOON : REBIND_LATER));
}

static void
rebind_at(struct slot *slot, int64_t at)
{
	loop_at(&slot->parent->loop, &slot->rebind, at);
}

static bool
is_shut(int fd)
{
	struct pollfd p = {.fd = fd};

	return poll(&p, 1, 0) == 1 && p.revents & POLLHUP;
}

/* A stream socket listens again; only if it will not is its address given up for a moment. */
void
slot_mend(struct slot *slot)
{
	bool missing = false;

	for (uint32_t i = 0; i < slot->n_doors; i++) {
		struct loop_watch *watch = &slot->doors[i].watch;

		if (watch->fd < 0 || !is_shut(watch->fd) ||
		    (listen_apply(watch->fd, slot->service) == 0 && !is_shut(watch->fd)))
			continue;
		loop_watch(&slot->parent->loop, watch, 0);
		fd_close(watch->fd);
		watch->fd = -1;
		missing = true;
	}
	if (!missing)
		return;
	slot->rebind_since = slot->parent->loop.now;
	rebind_due(&slot->parent->loop, &slot->rebind);
}

/* Slots ---------------------------------------------------------------------------------- */

static void
slots_add(struct parent *parent, struct slot *slot)
{
	if (parent->n_slots == parent->cap_slots) {
		parent->cap_slots = parent->cap_slots ? parent->cap_slots * 2 : 16;
		parent->slots =
			reallocarray(parent->slots, parent->cap_slots, sizeof(struct slot *));
		if (!parent->slots)
			err_no_memory();
	}
	parent->slots[parent->n_slots++] = slot;
}

struct slot *
slot_new(struct parent *parent, const char *id)
{
	struct slot *slot = calloc(1, sizeof(*slot));

	if (!slot || !(slot->id = strdup(id)))
		err_no_memory();
	slot->parent = parent;
	slot->number = ++parent->next_slot;
	slot->book_fd = -1;
	slot->again.due = again_due;
	slot->rebind.due = rebind_due;
	slots_add(parent, slot);
	return slot;
}

struct door *
slot_doors(struct slot *slot, uint32_t n)
{
	struct door *doors = calloc(n ? n : 1, sizeof(*doors));

	if (!doors)
		err_no_memory();
	for (uint32_t i = 0; i < n; i++)
		doors[i] = (struct door){.watch = {.fd = -1, .ready = door_ready}, .slot = slot};
	return doors;
}

static void
doors_close(struct slot *slot)
{
	slot_watch(slot, false);
	for (uint32_t i = 0; i < slot->n_doors; i++) {
		if (slot->doors[i].watch.fd >= 0 && slot->service)
			listen_remove(listener_of(&slot->doors[i]));
		fd_close(slot->doors[i].watch.fd);
	}
	free(slot->doors);
	slot->doors = NULL;
	slot->n_doors = 0;
}

static void
slot_free(struct slot *slot)
{
	struct parent *parent = slot->parent;

	doors_close(slot);
	loop_at(&parent->loop, &slot->again, 0);
	loop_at(&parent->loop, &slot->rebind, 0);
	if (slot->book)
		book_unmap(slot->book);
	fd_close(slot->book_fd);
	free(slot->id);
	free(slot);
}

void
slots_close(struct parent *parent)
{
	for (size_t i = 0; i < parent->n_slots; i++)
		doors_close(parent->slots[i]);
}

void
slot_free_if_gone(struct slot *slot)
{
	struct parent *parent = slot->parent;

	if (slot->service || slot->n_workers || slot->n_orphans)
		return;
	for (size_t i = 0; i < parent->n_slots; i++)
		if (parent->slots[i] == slot) {
			parent->slots[i] = parent->slots[--parent->n_slots];
			break;
		}
	slot_free(slot);
}

struct slot *
slot_find(const struct parent *parent, const char *id)
{
	for (size_t i = 0; i < parent->n_slots; i++)
		if (parent->slots[i]->service && !strcmp(parent->slots[i]->id, id))
			return parent->slots[i];
	return NULL;
}

struct slot *
slot_find_any(const struct parent *parent, const char *id)
{
	struct slot *slot = slot_find(parent, id);

	for (size_t i = 0; i < parent->n_slots && !slot; i++)
		if (!strcmp(parent->slots[i]->id, id))
			slot = parent->slots[i];
	return slot;
}

/* "telnet" is telnet/tcp as long as there is no telnet/udp. */
struct slot *
slot_named(const struct parent *parent, const char *name, struct err *err)
{
	struct slot *slot = slot_find_any(parent, name), *other = NULL;
	size_t n = strlen(name);

	for (size_t i = 0; i < parent->n_slots && !slot; i++) {
		struct slot *at = parent->slots[i];

		if (!at->service || strncmp(at->id, name, n) != 0 || at->id[n] != '/')
			continue;
		if (other) {
			err_set(err, -ENOENT, "'%.100s' may be %.100s or %.100s", name, other->id,
				at->id);
			return NULL;
		}
		other = at;
	}
	slot = slot ? slot : other;
	if (!slot)
		err_set(err, -ENOENT, "no service '%.100s'", name);
	return slot;
}

struct slot *
slot_of_mux(const struct parent *parent, const char *name)
{
	for (size_t i = 0; i < parent->n_slots; i++) {
		const struct service *service = parent->slots[i]->service;

		if (service && service->muxed && !strcasecmp(service->name, name))
			return parent->slots[i];
	}
	return NULL;
}

/* Reload --------------------------------------------------------------------------------- */

/* What will be done with one service of the new generation. */
struct plan_row {
	const struct service *service;
	struct slot *slot;  /* of the same id, NULL = new */
	bool same;          /* equal fingerprint: nothing changes */
	int *fds;           /* per listener; -1: to be tried again later */
	struct door **from; /* whose descriptor that was; NULL: opened now */
	struct door *doors; /* to be the slot's */
};

struct plan {
	struct arena *arena;
	struct parent *parent;
	struct plan_row *rows;
	size_t n;
	struct map slots;  /* id -> struct slot: of the old generation */
	struct map kept;   /* id -> row: those of them that are in the new one too */
	struct map doors;  /* key -> struct door: descriptors that will be free to take */
	struct map places; /* port -> anything: ports that will be given up */
};

static uint64_t
mix(uint64_t hash, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	while (n--)
		hash = (hash ^ *p++) * UINT64_C(1099511628211);
	return hash;
}

static uint64_t
listener_key(const struct service *service, const struct service_listener *listener)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	hash = mix(hash, &service->type, sizeof(service->type));
	hash = mix(hash, &service->protocol, sizeof(service->protocol));
	hash = mix(hash, &listener->addr.family, sizeof(listener->addr.family));
	hash = mix(hash, listener->addr.bytes, sizeof(listener->addr.bytes));
	hash = mix(hash, &listener->port, sizeof(listener->port));
	hash = mix(hash, &listener->v6only, sizeof(listener->v6only));
	if (listener->path)
		hash = mix(hash, listener->path, strlen(listener->path));
	return hash ? hash : 1;
}

static uint64_t
place_key(const struct service *service, const struct service_listener *listener)
{
	return listener->path ? mix(1, listener->path, strlen(listener->path)) | 1
			      : (uint64_t)service->type << 32 | listener->port | 1u << 16;
}

static void
plan_give(struct plan *plan, struct slot *slot)
{
	const struct plan_row *row = map_get_text(&plan->kept, slot->id);

	if (row && row->same)
		return;
	for (uint32_t i = 0; i < slot->n_doors; i++) {
		const struct service_listener *listener = &slot->service->listeners[i];

		slot->doors[i].taken = false;
		if (slot->doors[i].watch.fd < 0)
			continue;
		map_put(&plan->doors, listener_key(slot->service, listener), &slot->doors[i]);
		map_put(&plan->places, place_key(slot->service, listener), slot);
	}
}

/* Services that stay keep everything; what the others listen on is there to be taken. */
static void
plan_match(struct plan *plan, const struct serve *serve)
{
	struct parent *parent = plan->parent;

	for (size_t i = 0; i < parent->n_slots; i++)
		if (parent->slots[i]->service)
			map_put_text(&plan->slots, parent->slots[i]->id, parent->slots[i]);
	for (size_t i = 0; i < serve->n; i++) {
		struct plan_row *row = &plan->rows[plan->n++];

		row->service = serve->v[i];
		row->slot = map_get_text(&plan->slots, row->service->id);
		row->same =
			row->slot && row->slot->service->fingerprint == row->service->fingerprint;
		if (row->slot)
			map_put_text(&plan->kept, row->slot->id, row);
	}
	for (size_t i = 0; i < parent->n_slots; i++)
		if (parent->slots[i]->service)
			plan_give(plan, parent->slots[i]);
}

static int
plan_listener(struct plan *plan, struct plan_row *row, uint32_t i, struct err *err)
{
	const struct service *service = row->service;
	const struct service_listener *listener = &service->listeners[i];
	struct door *door = map_get(&plan->doors, listener_key(service, listener));
	int fd;

	row->fds[i] = -1;
	if (door && !door->taken &&
	    listen_same(door->slot->service, listener_of(door), service, listener)) {
		row->fds[i] = door->watch.fd;
		row->from[i] = door;
		door->taken = true;
		return 0;
	}
	fd = listen_open(&plan->parent->listen, service, listener, err);
	if (fd >= 0) {
		row->fds[i] = fd;
		return 0;
	}
	/* Held by one that will give it up: opened as soon as it has. */
	if (fd == -EADDRINUSE && map_get(&plan->places, place_key(service, listener)))
		return 0;
	return fd;
}

static int
plan_listeners(struct plan *plan, bool all_or_nothing, struct err *err)
{
	for (size_t i = 0; i < plan->n; i++) {
		struct plan_row *row = &plan->rows[i];
		uint32_t n = row->service->n_listeners;

		if (row->same)
			continue;
		row->fds = arena_array(plan->arena, n + 1, sizeof(*row->fds));
		row->from = arena_array(plan->arena, n + 1, sizeof(struct door *));
		for (uint32_t l = 0; l < n; l++)
			row->fds[l] = -1;
		for (uint32_t l = 0; l < n; l++) {
			int r = plan_listener(plan, row, l, err);

			if (r < 0 && all_or_nothing)
				return r;
			if (r < 0)
				parent_say(plan->parent, LOG_ERR, "%s%s", err->text,
					   r == -EADDRINUSE ? "; trying again" : "");
		}
	}
	return 0;
}

static void
plan_undo(struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		struct plan_row *row = &plan->rows[i];

		for (uint32_t l = 0; row->fds && l < row->service->n_listeners; l++)
			if (!row->from[l])
				fd_close(row->fds[l]);
	}
}

/* First half: the slot gets its listeners, those taken from others leave them. */
static void
row_take(struct plan *plan, struct plan_row *row)
{
	struct parent *parent = plan->parent;
	uint32_t n = row->service->n_listeners;

	if (!row->slot) {
		row->slot = slot_new(parent, row->service->id);
	}
	row->doors = slot_doors(row->slot, n);
	for (uint32_t i = 0; i < n; i++) {
		if (row->from[i]) {
			loop_watch(&parent->loop, &row->from[i]->watch, 0);
			row->from[i]->watch.fd = -1;
		}
		row->doors[i].watch.fd = row->fds[i];
		if (row->from[i] && listen_apply(row->fds[i], row->service) < 0)
			parent_say(parent, LOG_WARNING, "%s: its socket keeps options of before",
				   row->service->id);
	}
}

/* Second half: what nobody took is closed, the worker of before accepts no more. */
static void
row_begin(struct plan *plan, struct plan_row *row)
{
	struct slot *slot = row->slot;
	bool missing = false;

	doors_close(slot);
	if (slot->worker)
		worker_drain(slot->worker);
	slot->service = row->service;
	slot->doors = row->doors;
	slot->n_doors = row->service->n_listeners;
	slot->failures = 0;
	for (uint32_t i = 0; i < slot->n_doors; i++)
		missing |= slot->doors[i].watch.fd < 0;
	slot->rebind_since = plan->parent->loop.now;
	if (missing)
		rebind_at(slot, plan->parent->loop.now + REBIND_SOON);
	slot_watch(slot, true);
}

/* Its sessions go on; its socket does not. */
static void
slot_remove(struct slot *slot)
{
	doors_close(slot);
	loop_at(&slot->parent->loop, &slot->again, 0);
	loop_at(&slot->parent->loop, &slot->rebind, 0);
	if (slot->worker)
		worker_drain(slot->worker);
	slot->service = NULL;
}

static void
plan_apply(struct plan *plan, const struct serve *serve)
{
	struct parent *parent = plan->parent;

	for (size_t i = 0; i < plan->n; i++)
		if (plan->rows[i].same)
			plan->rows[i].slot->service = plan->rows[i].service;
		else
			row_take(plan, &plan->rows[i]);
	for (size_t i = parent->n_slots; i-- > 0;) {
		struct slot *slot = parent->slots[i];

		if (!slot->service || !map_get_text(&plan->slots, slot->id) ||
		    map_get_text(&plan->kept, slot->id))
			continue;
		slot_remove(slot);
		slot_free_if_gone(slot);
	}
	for (size_t i = 0; i < plan->n; i++)
		if (!plan->rows[i].same)
			row_begin(plan, &plan->rows[i]);
}

int
slots_apply(struct parent *parent, const struct serve *serve, bool all_or_nothing, struct err *err)
{
	cleanup(arena_freep) struct arena *arena = arena_new();
	struct plan plan = {.arena = arena,
			    .parent = parent,
			    .rows = arena_array(arena, serve->n + 1, sizeof(*plan.rows)),
			    .slots = map_of(arena),
			    .kept = map_of(arena),
			    .doors = map_of(arena),
			    .places = map_of(arena)};
	int r;

	plan_match(&plan, serve);
	r = plan_listeners(&plan, all_or_nothing, err);
	if (r < 0)
		plan_undo(&plan);
	else
		plan_apply(&plan, serve);
	return r;
}
