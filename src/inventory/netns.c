/*
 * Every process's /proc/PID/ns/net names its namespace by inode; namespaces without
 * processes are kept alive by a mount of nsfs (ip-netns(8): /run/netns/NAME). Without the
 * right to look at a process's ns link, the inode number of /proc/PID/net/dev still tells
 * namespaces apart: each namespace has its own tree behind that link.
 * Not found: a namespace kept alive by nothing but an open descriptor.
 */
#include "inventory/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/vec.h"
#include "inventory/bpf_tasks.h"
#include "inventory/pool.h"
#include "inventory/proc.h"

/* Keys of the second kind are another sort of number and must not meet the first. */
#define KEY_BY_PROC ((uint64_t)1 << 63)

struct keys {
	const pid_t *pids;
	uint64_t *v; /* 0 = gone, 1 = not visible */
	uint64_t self, self_by_proc;
};

static uint64_t
inode_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		return st.st_ino;
	return errno == EACCES || errno == EPERM ? 1 : 0;
}

static void
find_key(void *ctx, size_t i, unsigned worker)
{
	struct keys *keys = ctx;
	char path[PROC_NAME];
	uint64_t key = inode_of(proc_name(path, keys->pids[i], "ns/net"));

	if (key == 1) {
		key = inode_of(proc_name(path, keys->pids[i], "net/dev"));
		if (key > 1)
			key = key == keys->self_by_proc ? keys->self : key | KEY_BY_PROC;
	}
	keys->v[i] = key;
}

/* inventory_ifaces may have met it already: one namespace, one record. */
static struct netns *
known_netns(const struct audit *audit, uint64_t inode)
{
	for (size_t i = 0; i < audit->netns.n; i++)
		if (audit->netns.v[i]->inode == inode)
			return audit->netns.v[i];
	return NULL;
}

static struct netns_place *
place_of(struct audit *audit, struct netns_places *places, uint64_t key)
{
	struct netns_place *place;

	for (size_t i = 0; i < places->n; i++)
		if (places->v[i].key == key)
			return &places->v[i];
	place = vec_add(audit->arena, places);
	place->key = key;
	place->netns = key & KEY_BY_PROC ? NULL : known_netns(audit, key);
	if (place->netns)
		return place;
	place->netns = arena_alloc(audit->arena, sizeof(*place->netns));
	if (key & KEY_BY_PROC) {
		place->netns->name = arena_printf(audit->arena, "netns:unknown-%zu", places->n);
	} else {
		place->netns->inode = key;
		place->netns->name =
			arena_printf(audit->arena, "netns:%llu", (unsigned long long)key);
	}
	vec_push(audit->arena, &audit->netns, place->netns);
	return place;
}

static void
add_process(struct audit *audit, struct netns_places *places, uint64_t key, pid_t pid)
{
	struct netns_place *place = place_of(audit, places, key);

	for (size_t i = 0; i < COUNT_OF(place->pids); i++)
		if (!place->pids[i]) {
			place->pids[i] = pid;
			break;
		}
	place->netns->n_processes++;
}

static void
add_processes(struct audit *audit, struct netns_places *places, unsigned threads)
{
	struct proc_pids pids = proc_pids(audit->arena);
	struct keys keys = {
		.pids = pids.v,
		.v = arena_array(audit->arena, pids.n, sizeof(*keys.v)),
		.self = places->v[0].key,
		.self_by_proc = inode_of("/proc/self/net/dev"),
	};

	pool_run(pool_threads(threads, pids.n / 4), pids.n, find_key, &keys);
	for (size_t i = 0; i < pids.n; i++) {
		if (keys.v[i] > 1)
			add_process(audit, places, keys.v[i], pids.v[i]);
		else if (keys.v[i] == 1)
			places->hidden++;
	}
}

struct taking {
	struct audit *audit;
	struct netns_places *places;
};

static void
take_record(void *ctx, const struct bpf_record *record)
{
	const struct taking *taking = ctx;

	add_process(taking->audit, taking->places, record->inode, record->pid);
}

/* The kernel's own list, without a look into /proc for each process; false = not to be had. */
static bool
add_tasks(struct audit *audit, struct netns_places *places, struct bpf_tasks *tasks)
{
	struct taking taking = {audit, places};

	return tasks && bpf_tasks_read(tasks, NULL, take_record, &taking) == 0;
}

/* Lines of mountinfo of type nsfs whose root is "net:[INODE]". */
static void
add_mounts(struct audit *audit, struct netns_places *places)
{
	auto_fd fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	struct span text;

	if (fd < 0 || fd_read_all(fd, audit->arena, LIMIT_FILE_BYTES, &text) < 0)
		return;
	while (text.n) {
		struct span line = span_cut(&text, '\n'), words[5], name;
		struct netns_place *place;
		uint64_t inode;

		for (size_t i = 0; i < COUNT_OF(words); i++)
			words[i] = span_word(&line);
		if (!span_starts(words[3], "net:[") || !span_ends(words[3], "]"))
			continue;
		name = (struct span){words[3].p + 5, words[3].n - 6};
		if (!num_u64(name, 10, UINT32_MAX, &inode))
			continue;
		place = place_of(audit, places, inode);
		place->mount = span_dup(audit->arena, words[4]);
		if (!place->netns->self && (text_starts(place->mount, "/run/netns/") ||
					    text_starts(place->mount, "/var/run/netns/")))
			place->netns->name = text_basename(place->mount);
	}
}

struct netns_places
netns_places(struct audit *audit, const struct inventory_options *options)
{
	struct netns_places places = {0};
	uint64_t own = inode_of("/proc/self/ns/net");
	struct netns_place *self = place_of(audit, &places, own);

	self->netns->self = true;
	self->netns->name = "self";
	self->netns->n_processes = 0;
	if (options->netns == INVENTORY_NETNS_SELF)
		return places;
	if (!add_tasks(audit, &places, options->tasks)) {
		for (size_t i = 0; i < places.n; i++)
			places.v[i].netns->n_processes = 0; /* of half a list */
		add_processes(audit, &places, options->threads);
	}
	add_mounts(audit, &places);
	return places;
}

static int
enter_by(const char *path, uint64_t key)
{
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return -errno;
	/* The process may have moved, the pid or the mount may mean another by now. */
	if (fstat(fd, &st) < 0 || st.st_ino != key)
		return -ENOENT;
	return setns(fd, CLONE_NEWNET) < 0 ? -errno : 0;
}

int
netns_enter(const struct netns_place *place)
{
	char path[PROC_NAME];
	int r = place->mount ? enter_by(place->mount, place->key) : -ENOENT;

	for (size_t i = 0; r < 0 && i < COUNT_OF(place->pids) && place->pids[i]; i++)
		r = enter_by(proc_name(path, place->pids[i], "ns/net"), place->key);
	return r;
}

int
netns_proc_dir(const struct netns_place *place)
{
	char path[PROC_NAME];
	int r = -ENOENT;

	for (size_t i = 0; i < COUNT_OF(place->pids) && place->pids[i]; i++) {
		int fd = open(proc_name(path, place->pids[i], "net"),
			      O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd >= 0)
			return fd;
		r = -errno;
	}
	return r;
}
