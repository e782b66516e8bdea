/*
 * Who holds a socket. All owners are kept (children after a fork, receivers of a passed
 * descriptor), so the search must see every process; what differs is its price:
 *
 *	bpf      a program in the kernel walks all descriptors: 50 ns each, 2 ms to begin.
 *	         Needs CAP_BPF and CAP_PERFMON and the kernel's type information.
 *	threads  /proc/PID/fd of all processes: 3 us each, divided by the processors.
 *	cgroup   only processes of the cgroup that made the socket. Very cheap, but a descriptor
 *	         that was passed on or inherited may live elsewhere, and nothing in the kernel
 *	         tells how many hold it: such answers say "part" (OWNERS_PART).
 *
 * AUTO takes bpf when it is permitted, else threads: both are complete. On a small machine
 * they cost the same (2 to 3 ms for 100 processes). cgroup is only used when asked for.
 *
 * A socket without an owner: when some process could not be looked at, it may be there
 * (HIDDEN). Else the sockets are listed again: not there any more means GONE; still there
 * after another whole search means that no process holds it (KERNEL: NFS, WireGuard, or on
 * its way in a unix socket's queue).
 */
#include "inventory/owners.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/vec.h"
#include "inventory/bpf_tasks.h"

/* Searches before a socket that exists and that nobody holds is called the kernel's own. */
#define SEARCHES 2
/* The first pid namespace's inode: PROC_PID_INIT_INO of linux/proc_ns.h. */
#define INIT_PIDNS 0xEFFFFFFCu

static const struct {
	const char *name;
	int (*search)(struct owner_search *search);
} strategies[] = {
	[OWNERS_AUTO] = {"auto", NULL},
	[OWNERS_CGROUP] = {"cgroup", owners_by_cgroup},
	[OWNERS_THREADS] = {"threads", owners_by_threads},
	[OWNERS_BPF] = {"bpf", owners_by_bpf},
	[OWNERS_NONE] = {"none", NULL},
};

const char *
inventory_owners_name(enum inventory_owners strategy)
{
	return strategies[strategy].name;
}

static struct inode_set
wanted_inodes(const struct audit *audit)
{
	struct inode_set set = {.mask = 63};

	while (set.mask / 4 < audit->listeners.n)
		set.mask = set.mask * 2 + 1;
	set.v = arena_array(audit->arena, (size_t)set.mask + 1, sizeof(*set.v));
	for (size_t i = 0; i < audit->listeners.n; i++) {
		uint32_t inode = audit->listeners.v[i]->inode;
		uint32_t at = inode * 2654435761u & set.mask;

		while (set.v[at] && set.v[at] != inode)
			at = (at + 1) & set.mask;
		set.v[at] = inode;
	}
	return set;
}

static int
cmp_hits(const void *a, const void *b)
{
	const struct owner_hit *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->fd != y->fd)
		return x->fd < y->fd ? -1 : 1;
	return x->start_ticks < y->start_ticks ? -1 : x->start_ticks > y->start_ticks;
}

/* Sorted; a descriptor seen twice (in two rounds) counts once, by the later process. */
static void
tidy(struct owner_hits *hits)
{
	size_t kept = 0;

	if (hits->n)
		qsort(hits->v, hits->n, sizeof(*hits->v), cmp_hits);
	for (size_t i = 0; i < hits->n; i++) {
		struct owner_hit *last = kept ? &hits->v[kept - 1] : NULL;
		struct owner_hit *hit = &hits->v[i];

		if (last && last->inode == hit->inode && last->pid == hit->pid &&
		    last->fd == hit->fd)
			*last = *hit;
		else
			hits->v[kept++] = *hit;
	}
	hits->n = kept;
}

/* The first hit of an inode; hits->n when there is none. */
static size_t
first_hit(const struct owner_hits *hits, uint32_t inode)
{
	size_t low = 0, high = hits->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (hits->v[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	return low < hits->n && hits->v[low].inode == inode ? low : hits->n;
}

static void
attach(struct owner_search *search, struct listener *listener)
{
	const struct owner_hits *hits = &search->hits;
	size_t from = first_hit(hits, listener->inode), n = 0;

	while (from + n < hits->n && hits->v[from + n].inode == listener->inode)
		n++;
	if (!n || !listener->inode)
		return;
	listener->owners = arena_array(search->audit->arena, n, sizeof(*listener->owners));
	listener->n_owners = (uint32_t)n;
	listener->owners_state = search->whole ? OWNERS_SEEN : OWNERS_PART;
	for (size_t i = 0; i < n; i++) {
		const struct owner_hit *hit = &hits->v[from + i];

		listener->owners[i] = (struct listener_owner){
			proc_process(search->audit, hit->pid, hit->start_ticks), hit->fd, 'u'};
	}
}

/* Gives the sockets their owners; returns how many have none. */
static size_t
attach_all(struct owner_search *search)
{
	struct audit *audit = search->audit;
	size_t without = 0;

	tidy(&search->hits);
	for (size_t i = 0; i < audit->listeners.n; i++) {
		struct listener *listener = audit->listeners.v[i];

		listener->n_owners = 0;
		listener->owners_state = listener->inode && (search->hidden || !search->all_visible)
						 ? OWNERS_HIDDEN
						 : OWNERS_KERNEL;
		attach(search, listener);
		without += !listener->n_owners && listener->inode;
	}
	return without;
}

static void
mark_gone(const struct audit *audit, const struct audit *now)
{
	struct map inodes = map_of(now->arena);

	for (size_t i = 0; i < now->listeners.n; i++)
		if (now->listeners.v[i]->inode)
			map_put(&inodes, now->listeners.v[i]->inode, now->listeners.v[i]);
	for (size_t i = 0; i < audit->listeners.n; i++) {
		struct listener *listener = audit->listeners.v[i];
		const struct listener *again = map_get(&inodes, listener->inode);

		if (!listener->n_owners && listener->inode &&
		    (!again || again->cookie != listener->cookie))
			listener->owners_state = OWNERS_GONE;
	}
}

/* Lists the sockets again: those that are not there any more are GONE, not the kernel's. */
static size_t
look_again(struct owner_search *search)
{
	struct audit now = {.arena = arena_new()};
	size_t still = 0;

	now.diags = diags_of(now.arena);
	now.process_by_pid = map_of(now.arena);
	inventory_sockets(&now, search->options);
	mark_gone(search->audit, &now);
	arena_free(now.arena);
	for (size_t i = 0; i < search->audit->listeners.n; i++) {
		const struct listener *listener = search->audit->listeners.v[i];

		still += !listener->n_owners && listener->inode &&
			 listener->owners_state != OWNERS_GONE;
	}
	return still;
}

/* From inside a container, or with /proc mounted hidepid=2, an owner may be a process that /proc
 * does not show at all; process 1 is never ours, so it tells. */
static bool
sees_all_processes(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == INIT_PIDNS &&
	       stat("/proc/1", &st) == 0;
}

/* Runs the wanted search, or all of /proc when that one is not to be had. */
static void
run(struct owner_search *search, enum inventory_owners strategy)
{
	int r;

	if (strategy == OWNERS_AUTO)
		strategy = OWNERS_BPF;
	r = strategies[strategy].search(search);
	if (r < 0 && search->options->owners != OWNERS_AUTO)
		diag_add(&search->audit->diags, DIAG_WARNING, NULL, 0, 0,
			 "owners: %s is not to be had (%s), all of /proc is read",
			 strategies[strategy].name, strerror(-r));
	if (r < 0) {
		strategy = OWNERS_THREADS;
		owners_by_threads(search);
	}
	search->used = strategy;
	search->audit->owner_strategy = strategies[strategy].name;
}

/* For sockets that nobody seems to hold; returns how many of them are still there. */
static size_t
search_again(struct owner_search *search, size_t without)
{
	for (int i = 1; without && i < SEARCHES; i++) {
		without = look_again(search);
		if (!without)
			return 0;
		search->deep = true;
		strategies[search->used].search(search);
		without = attach_all(search);
	}
	return without ? look_again(search) : 0;
}

void
inventory_owners(struct audit *audit, const struct inventory_options *options)
{
	struct owner_search search = {.audit = audit, .options = options};
	size_t without;

	audit->root_asked = geteuid() == 0;
	if (options->owners == OWNERS_NONE) {
		audit->owner_strategy = strategies[OWNERS_NONE].name;
		for (size_t i = 0; i < audit->listeners.n; i++)
			audit->listeners.v[i]->owners_state = OWNERS_HIDDEN;
		return;
	}
	search.all_visible = sees_all_processes();
	search.wanted = wanted_inodes(audit);
	run(&search, options->owners);
	without = attach_all(&search);
	if (without && !search.hidden)
		without = search_again(&search, without);
	audit->privileged = search.hidden == 0 && (search.all_visible || !without);
	if (without && !search.hidden && !search.all_visible)
		diag_add(&audit->diags, DIAG_UNSEEN, NULL, 0, 0,
			 "%zu sockets belong to processes that this /proc does not show", without);
	if (search.hidden)
		diag_add(
			&audit->diags, without ? DIAG_UNSEEN : DIAG_NOTE, NULL, 0, 0,
			"the descriptors of %zu processes are not visible%s: owners may be missing",
			search.hidden,
			audit->root_asked ? ", root lacks CAP_SYS_PTRACE here"
					  : " to this user, run as root to see all");
}

void
inventory_begin(struct inventory_options *options)
{
	if (options->owners == OWNERS_AUTO || options->owners == OWNERS_BPF)
		options->tasks = bpf_tasks_begin();
}

void
inventory_end(struct inventory_options *options)
{
	bpf_tasks_end(options->tasks);
	options->tasks = NULL;
}
