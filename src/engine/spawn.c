/*
 * See spawn.h. Sources: clone(2), execve(2), credentials(7); the variables are those of UCSPI
 * (PROTO, TCPREMOTEIP ...), xinetd (REMOTE_HOST) and systemd.socket(5) (REMOTE_ADDR, REMOTE_PORT).
 *
 * The worker has no signal handlers and none of its dispositions are "ignore", so the child has
 * nothing to put back but the mask. It is the leader of a process group. A program that runs as
 * root leads a session too, as under the originals: one that opens a terminal and does not fork can
 * make it its own only so (tty_ioctl(4), TIOCSCTTY), and those are daemons for logins. For others
 * the worker's session, which has no terminal, will do: the kernel makes a scheduler's group for
 * each session, a tenth of all the time of a short connection. CLONE_CHILD_CLEARTID tells when the
 * stack is free again: the kernel writes 0 to the slot when the child leaves this memory, by exec
 * or by its end.
 */
#include "engine/spawn.h"

#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/span.h"
#include "engine/raw.h"

enum {
	GUARD = 4096,
	STACK = 16384,
	TEXT = 1024,    /* the peer's variables */
	PEER_VARS = 12, /* at most so many */
	SLOTS = 1024,
	MORE = 64, /* variables of hosts_options(5) */
	EXEC_FAILED = 127
};

enum step {
	STEP_NONE,
	STEP_GROUP,
	STEP_FDS,
	STEP_LIMITS,
	STEP_NICE,
	STEP_ACCOUNT,
	STEP_MASK,
	STEP_EXEC
};
static const char *const step_names[] = {
	[STEP_NONE] = "",
	[STEP_GROUP] = "process group",
	[STEP_FDS] = "descriptors",
	[STEP_LIMITS] = "a limit",
	[STEP_NICE] = "nice",
	[STEP_ACCOUNT] = "account",
	[STEP_MASK] = "signal mask",
	[STEP_EXEC] = "exec",
};

struct limit {
	int resource;
	struct rlimit value;
};

struct spawn_slot {
	_Atomic pid_t busy; /* the kernel's to clear */
	pid_t pid;          /* who was here last */
	int error;          /* of that one, before its exec; else 0 */
	enum step step;
	struct spawner *spawner;
	struct spawn_want want;
	size_t used; /* of text */
	char text[TEXT];
	const char *env[]; /* as many as the spawner needs */
};

struct spawner {
	const struct service *service;
	const char **env; /* the service's, without what is the peer's */
	size_t n_env;
	struct limit *limits;
	size_t n_limits;
	bool leads; /* a session */
	size_t slot_bytes;
	struct spawn_slot *slots[SLOTS];
	size_t n_slots;
};

static const char *const peer_vars[] = {
	"PROTO",       "TCPLOCALIP",  "TCPLOCALPORT", "TCPREMOTEIP",   "TCPREMOTEPORT",
	"REMOTE_HOST", "REMOTE_ADDR", "REMOTE_PORT",  "TCPREMOTEHOST", "TCPREMOTEINFO",
};
_Static_assert(COUNT_OF(peer_vars) < PEER_VARS, "room in each slot");

static bool
is_peers(const char *var)
{
	for (size_t i = 0; i < COUNT_OF(peer_vars); i++)
		if (text_starts(var, peer_vars[i]) && var[strlen(peer_vars[i])] == '=')
			return true;
	return false;
}

static bool
take_env(struct spawner *spawner)
{
	const char *const *from = spawner->service->env;
	size_t n = 0;

	while (from && from[n])
		n++;
	spawner->env = calloc(n + 1, sizeof(*spawner->env));
	for (size_t i = 0; spawner->env && i < n; i++)
		if (!is_peers(from[i]))
			spawner->env[spawner->n_env++] = from[i];
	return spawner->env;
}

static bool
take_limits(struct spawner *spawner, rlim_t files)
{
	const struct service *service = spawner->service;
	struct rlimit now;

	spawner->limits = calloc(service->n_rlimits + 1, sizeof(*spawner->limits));
	if (!spawner->limits)
		return false;
	if (files && getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur != files &&
	    files <= now.rlim_max)
		spawner->limits[spawner->n_limits++] =
			(struct limit){RLIMIT_NOFILE, {files, now.rlim_max}};
	for (uint32_t i = 0; i < service->n_rlimits; i++) {
		const struct service_rlimit *want = &service->rlimits[i];
		struct limit limit = {want->resource, {want->value, want->value}};

		if (want->resource == RLIMIT_NOFILE)
			spawner->n_limits = 0; /* it stands first, if at all */
		spawner->limits[spawner->n_limits++] = limit;
	}
	return true;
}

struct spawner *
spawner_new(const struct service *service, rlim_t files)
{
	struct spawner *spawner = calloc(1, sizeof(*spawner));

	if (!spawner)
		return NULL;
	spawner->service = service;
	spawner->leads = geteuid() == 0;
	if (!take_env(spawner) || !take_limits(spawner, files)) {
		free(spawner->env);
		free(spawner->limits);
		free(spawner);
		errno = ENOMEM;
		return NULL;
	}
	spawner->slot_bytes = sizeof(struct spawn_slot) + (PEER_VARS + MORE + spawner->n_env + 1) *
								  sizeof(*spawner->slots[0]->env);
	spawner->slot_bytes = (spawner->slot_bytes + 63) / 64 * 64;
	return spawner;
}

/* The stack grows down from the slot towards the guard. */
static size_t
map_bytes(const struct spawner *spawner)
{
	return (GUARD + STACK + spawner->slot_bytes + GUARD - 1) / GUARD * GUARD;
}

static struct spawn_slot *
slot_new(struct spawner *spawner)
{
	size_t bytes = map_bytes(spawner);
	struct spawn_slot *slot;
	char *base;

	if (spawner->n_slots == SLOTS)
		return NULL;
	base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED)
		return NULL;
	if (mprotect(base, GUARD, PROT_NONE) < 0) {
		munmap(base, bytes);
		return NULL;
	}
	slot = (void *)(base + bytes - spawner->slot_bytes);
	slot->spawner = spawner;
	return spawner->slots[spawner->n_slots++] = slot;
}

static struct spawn_slot *
slot_take(struct spawner *spawner)
{
	for (size_t i = 0; i < spawner->n_slots; i++) {
		struct spawn_slot *slot = spawner->slots[i];

		if (!atomic_load_explicit(&slot->busy, memory_order_acquire) && !slot->error)
			return slot;
	}
	return slot_new(spawner);
}

static const char *
put_var(struct spawn_slot *slot, const char *name, const char *value)
{
	size_t n = strlen(name), m = strlen(value);
	char *at = slot->text + slot->used;

	if (slot->used + n + m + 2 > sizeof(slot->text))
		return NULL;
	memcpy(at, name, n);
	at[n] = '=';
	memcpy(at + n + 1, value, m + 1);
	slot->used += n + m + 2;
	return at;
}

static void
add_var(struct spawn_slot *slot, size_t *n, const char *name, const char *value)
{
	const char *var = value ? put_var(slot, name, value) : NULL;

	if (var)
		slot->env[(*n)++] = var;
}

static const char *
port_text(uint16_t port, char buf[8])
{
	char *at = buf + 7;

	*at = '\0';
	do
		*--at = (char)('0' + port % 10);
	while (port /= 10);
	return at;
}

static const char *
proto_name(const struct service *service)
{
	switch (service->protocol) {
	case IPPROTO_TCP:
		return "TCP";
	case IPPROTO_UDP:
		return "UDP";
	default:
		return service->protocol ? "SCTP" : "UNIX";
	}
}

static void
add_peer(struct spawn_slot *slot, size_t *n, const struct spawn_want *want)
{
	const struct peer *peer = want->peer;
	char text[NET_ADDR_TEXT], port[8];

	if (peer->addr.family) {
		const char *addr = net_addr_text(&peer->addr, text);
		const char *number = port_text(peer->port, port);

		add_var(slot, n, "TCPREMOTEIP", addr);
		add_var(slot, n, "TCPREMOTEPORT", number);
		add_var(slot, n, "REMOTE_HOST", addr);
		add_var(slot, n, "REMOTE_ADDR", addr);
		add_var(slot, n, "REMOTE_PORT", number);
	}
	if (peer->local.family) {
		add_var(slot, n, "TCPLOCALIP", net_addr_text(&peer->local, text));
		add_var(slot, n, "TCPLOCALPORT", port_text(peer->local_port, port));
	}
	add_var(slot, n, "TCPREMOTEHOST", want->name);
	add_var(slot, n, "TCPREMOTEINFO", want->user);
}

/* Rules' variables go before the service's own: who looks takes the first. */
static void
make_env(struct spawn_slot *slot, const struct spawn_want *want)
{
	const struct spawner *spawner = slot->spawner;
	size_t n = 0;

	slot->used = 0;
	add_var(slot, &n, "PROTO", proto_name(spawner->service));
	if (want->peer)
		add_peer(slot, &n, want);
	for (size_t i = 0; want->env && want->env[i] && i < MORE; i++)
		slot->env[n++] = want->env[i];
	memcpy(slot->env + n, spawner->env, spawner->n_env * sizeof(*slot->env));
	slot->env[n + spawner->n_env] = NULL;
}

/* A sanitizer's checks would keep their books in the parent's thread. */
#define in_child __attribute__((no_sanitize("address", "undefined", "thread"), noinline))

in_child static void
give_up(struct spawn_slot *slot, enum step step, long error)
{
	slot->step = step;
	slot->error = (int)-error;
	raw_call(SYS_exit, EXEC_FAILED, 0, 0, 0);
	__builtin_trap();
}

in_child static long
move_fds(const struct spawn_want *want)
{
	long r = 0;

	if (want->in)
		r = raw_call(SYS_dup3, want->in, 0, 0, 0);
	if (want->in && r >= 0)
		r = raw_call(SYS_dup3, want->in, 1, 0, 0);
	if (r >= 0 && want->error != 2 && (want->in || want->error > 0))
		r = raw_call(SYS_dup3, want->error < 0 ? want->in : want->error, 2, 0, 0);
	return r;
}

in_child static long
set_limits(const struct spawner *spawner)
{
	for (size_t i = 0; i < spawner->n_limits; i++) {
		const struct limit *limit = &spawner->limits[i];
		long r = raw_call(SYS_prlimit64, 0, limit->resource, (long)&limit->value, 0);

		if (r < 0)
			return r;
	}
	return 0;
}

in_child static long
set_account(const struct spawn_account *account)
{
	long r = raw_call(SYS_setgroups, (long)account->n_groups, (long)account->groups, 0, 0);

	if (r >= 0)
		r = raw_call(SYS_setresgid, account->gid, account->gid, account->gid, 0);
	if (r >= 0)
		r = raw_call(SYS_setresuid, account->uid, account->uid, account->uid, 0);
	return r;
}

in_child static int
child(void *arg)
{
	struct spawn_slot *slot = arg;
	const struct spawner *spawner = slot->spawner;
	uint64_t none = 0;
	long r;

	if ((r = raw_call(spawner->leads ? SYS_setsid : SYS_setpgid, 0, 0, 0, 0)) < 0)
		give_up(slot, STEP_GROUP, r);
	if ((r = move_fds(&slot->want)) < 0)
		give_up(slot, STEP_FDS, r);
	if (slot->want.umask >= 0)
		raw_call(SYS_umask, slot->want.umask, 0, 0, 0);
	if (slot->want.nice &&
	    (r = raw_call(SYS_setpriority, PRIO_PROCESS, 0, slot->want.nice, 0)) < 0)
		give_up(slot, STEP_NICE, r);
	if ((r = set_limits(spawner)) < 0)
		give_up(slot, STEP_LIMITS, r);
	if (slot->want.account && (r = set_account(slot->want.account)) < 0)
		give_up(slot, STEP_ACCOUNT, r);
	if ((r = raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, sizeof(none))) < 0)
		give_up(slot, STEP_MASK, r);
	r = raw_call(SYS_execve, (long)slot->want.program, (long)slot->want.argv, (long)slot->env,
		     0);
	give_up(slot, STEP_EXEC, r);
	return 0;
}

pid_t
spawn(struct spawner *spawner, const struct spawn_want *want, struct spawn_slot **ret)
{
	struct spawn_slot *slot = slot_take(spawner);
	int flags = CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD | (RAW_ALONE ? 0 : CLONE_VFORK);
	pid_t pid;

	if (!slot)
		return -EAGAIN;
	if (slot->want.keep)
		arena_free(slot->want.keep);
	slot->want = *want;
	slot->want.keep = NULL;
	slot->pid = 0;
	if (!want->program) {
		slot->want.program = spawner->service->program;
		slot->want.argv = spawner->service->argv;
	}
	make_env(slot, want);
	atomic_store_explicit(&slot->busy, 1, memory_order_release);
	pid = clone(child, slot, flags, slot, NULL, NULL, &slot->busy);
	if (pid < 0) {
		atomic_store_explicit(&slot->busy, 0, memory_order_release);
		return -errno;
	}
	slot->pid = pid;
	slot->want.keep = want->keep;
	*ret = slot;
	return pid;
}

int
spawn_failure(struct spawn_slot *slot, pid_t pid, const char **ret_step)
{
	int error = slot->pid == pid ? slot->error : 0;

	if (error) {
		*ret_step = step_names[slot->step];
		slot->error = 0;
	}
	return -error;
}

void
spawn_forget(struct spawner *spawner, pid_t pid)
{
	for (size_t i = 0; i < spawner->n_slots; i++)
		if (spawner->slots[i]->pid == pid)
			spawner->slots[i]->error = 0;
}
