/*
 * Facts of processes, from proc(5): stat, status, cmdline, exe, root, cgroup, ns. All files of
 * one process are opened below its /proc/PID directory, which belongs to that process only:
 * when the pid is used again, the old directory answers ESRCH. A process that ended before
 * its facts were read is no owner any more and is taken off the listeners.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/vec.h"
#include "inventory/inventory.h"
#include "inventory/pool.h"
#include "inventory/proc.h"
#include "inventory/process.h"
#include "inventory/users.h"

struct facts {
	struct audit *audit;
	size_t from; /* processes before this one are done */
	int64_t boot;
	long ticks, page;
	bool ps;
	ino_t mntns, userns;            /* our own */
	atomic_uint long_lines;         /* read so far */
	struct arena *arenas[POOL_MAX]; /* one per worker, handed to the audit at the end */
	bool *gone;
};

/* Text files ------------------------------------------------------------------------- */

static uint64_t
status_number(struct span value, unsigned base)
{
	uint64_t n;

	return num_u64(span_word(&value), base, UINT64_MAX, &n) ? n : 0;
}

/* Uid and Gid: real, effective, saved, file system; the second one counts. */
static uint32_t
effective_id(struct span value)
{
	uint32_t id;

	span_word(&value);
	return num_u32(span_word(&value), UINT32_MAX, &id) ? id : PROCESS_UNKNOWN_ID;
}

/* The real one too: a user's set-user-id program is not root's doing. */
static bool
is_root_twice(struct span value)
{
	return span_is(span_word(&value), "0") && span_is(span_word(&value), "0");
}

void
process_parse_status(struct span text, struct process *process)
{
	while (text.n) {
		struct span value = span_cut(&text, '\n');
		struct span name = span_cut(&value, ':');

		if (span_is(name, "Uid")) {
			process->uid = effective_id(value);
			process->root_started = is_root_twice(value);
		} else if (span_is(name, "Gid"))
			process->gid = effective_id(value);
		else if (span_is(name, "CapEff"))
			process->cap_effective = status_number(value, 16);
		else if (span_is(name, "CapBnd"))
			process->cap_bounding = status_number(value, 16);
		else if (span_is(name, "NoNewPrivs"))
			process->no_new_privs = status_number(value, 10) == 1;
		else if (span_is(name, "Seccomp"))
			process->seccomp = (enum process_seccomp)status_number(value, 10);
	}
}

/* Lines "ID:CONTROLLERS:PATH"; version 2 is "0::PATH". */
void
process_parse_cgroup(struct span text, struct arena *arena, struct process *process)
{
	struct span v2 = {0}, systemd = {0};

	while (text.n) {
		struct span path = span_cut(&text, '\n');
		struct span id = span_cut(&path, ':');
		struct span controllers = span_cut(&path, ':');

		if (span_is(id, "0") && !controllers.n)
			v2 = path;
		else if (span_is(controllers, "name=systemd"))
			systemd = path;
	}
	/* A hybrid machine without systemd leaves everything in the root of one of them. */
	if ((!v2.n || span_is(v2, "/")) && systemd.n)
		v2 = systemd;
	if (span_ends(v2, " (deleted)"))
		v2.n -= strlen(" (deleted)");
	if (v2.n)
		process->cgroup = span_dup(arena, v2);
}

/* The words, and the same with blanks between them as ps(1) shows it. The words stay in one piece:
 * a thousand processes may have a thousand words of one letter each. */
void
process_parse_cmdline(struct span text, struct arena *arena, struct process *process)
{
	char *title, *words;
	size_t n = 1;

	while (text.n && !text.p[text.n - 1])
		text.n--;
	if (!text.n)
		return;
	title = arena_dupn(arena, text.p, text.n);
	words = arena_dupn(arena, text.p, text.n);
	for (size_t i = 0; i < text.n; i++)
		n += !text.p[i];
	process->argv = arena_array(arena, n + 1, sizeof(*process->argv));
	for (size_t i = 0; i < n; i++, words += strlen(words) + 1)
		process->argv[i] = words;
	for (size_t i = 0; i < text.n; i++)
		if (!title[i])
			title[i] = ' ';
	process->title = title;
}

/* The kernel's numbering of terminals; Documentation/admin-guide/devices.txt. */
const char *
process_tty_name(struct arena *arena, uint32_t tty)
{
	unsigned major_ = major(tty), minor_ = minor(tty);

	if (!tty)
		return NULL;
	if (major_ >= 136 && major_ <= 143)
		return arena_printf(arena, "pts/%u", (major_ - 136) * 256 + minor_);
	if (major_ == 4)
		return minor_ < 64 ? arena_printf(arena, "tty%u", minor_)
				   : arena_printf(arena, "ttyS%u", minor_ - 64);
	if (major_ == 5 && minor_ == 1)
		return "console";
	return arena_printf(arena, "%u:%u", major_, minor_);
}

/* One process ------------------------------------------------------------------------ */

/* Long command lines that are read to their limit; of the others a page is enough. */
#define MOST_LONG_LINES 256u

/* Cut at the limit (and said so by the caller's buffer size): a title of 128 KB is no title. */
static void
read_cmdline(struct facts *facts, int dirfd, struct arena *arena, struct process *process)
{
	char small[4096];
	int n = fd_read_small_at(dirfd, "cmdline", small, sizeof(small));
	char *big;

	if (n == (int)sizeof(small) - 1 &&
	    atomic_fetch_add(&facts->long_lines, 1) < MOST_LONG_LINES) {
		big = arena_alloc(arena, LIMIT_COMMAND_LINE);
		n = fd_read_small_at(dirfd, "cmdline", big, LIMIT_COMMAND_LINE);
		if (n > 0)
			process_parse_cmdline((struct span){big, (size_t)n}, arena, process);
		return;
	}
	if (n > 0)
		process_parse_cmdline((struct span){small, (size_t)n}, arena, process);
}

/* A link's text in buf; false (and hidden set) when it may not be read. */
static bool
read_link(int dirfd, const char *name, char buf[PATH_MAX], struct process *process)
{
	ssize_t n = readlinkat(dirfd, name, buf, PATH_MAX - 1);

	if (n < 0) {
		process->hidden |= errno == EACCES || errno == EPERM;
		return false;
	}
	buf[n] = '\0';
	return true;
}

/* The kernel adds " (deleted)"; a living file may be called that, too. */
static bool
cut_deleted(int dirfd, char *path)
{
	size_t n = strlen(path), mark = strlen(" (deleted)");
	struct stat st;

	if (n <= mark || strcmp(path + n - mark, " (deleted)") != 0)
		return false;
	if (fstatat(dirfd, "exe", &st, 0) == 0 && st.st_nlink > 0)
		return false;
	path[n - mark] = '\0';
	return true;
}

static void
read_links(int dirfd, struct arena *arena, struct process *process)
{
	char path[PATH_MAX];
	const char *exe = path;
	size_t root;

	if (read_link(dirfd, "root", path, process))
		process->root = strcmp(path, "/") == 0 ? "/" : arena_dup(arena, path);
	if (!read_link(dirfd, "exe", path, process))
		return;
	process->exe_deleted = cut_deleted(dirfd, path);
	/* In a chroot the link shows the path from our root; the process's own root counts. */
	root = process->root && process->root[1] ? strlen(process->root) : 0;
	if (root && strncmp(path, process->root, root) == 0 && path[root] == '/')
		exe = path + root;
	process->exe = arena_dup(arena, exe);
}

static ino_t namespace(int dirfd, const char *name, struct process *process)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, 0) == 0)
		return st.st_ino;
	process->hidden |= errno == EACCES || errno == EPERM;
	return 0;
}

static void
read_namespaces(int dirfd, struct process *process)
{
	process->netns = namespace(dirfd, "ns/net", process);
	process->pidns = namespace(dirfd, "ns/pid", process);
	process->mntns = namespace(dirfd, "ns/mnt", process);
	process->userns = namespace(dirfd, "ns/user", process);
}

/* What the kernel knows already: a program may lie on a file server that does not answer. */
static bool
look_at(int dirfd, const char *path, struct statx *ret)
{
	return statx(dirfd, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, ret) ==
	       0;
}

/* In a folder that everybody may write to, a hard link gives any program any name. */
static bool
is_in_open_folder(const char *exe)
{
	const char *slash = strrchr(exe, '/');
	char dir[PATH_MAX];
	struct statx st;

	if (!slash || (size_t)(slash - exe) >= sizeof(dir))
		return true;
	memcpy(dir, exe, (size_t)(slash - exe));
	dir[slash - exe] = '\0';
	return slash != exe &&
	       (!look_at(AT_FDCWD, dir, &st) || st.stx_uid != 0 || st.stx_mode & S_IWOTH);
}

/*
 * Whether the program's name can be believed: root's file, which root alone may change, and the
 * same one that has this path here. Who has a user namespace of his own can mount anything over
 * /usr/sbin/sshd, and hand what he mounted to a process outside of it.
 */
static bool
is_system_program(const struct facts *facts, int dirfd, const struct process *process)
{
	struct statx st, here;

	if (!process->exe || !process->userns || process->userns != facts->userns ||
	    !look_at(dirfd, "exe", &st) || st.stx_uid != 0 || st.stx_mode & (S_IWGRP | S_IWOTH))
		return false;
	/* Only root can have made another mount namespace of the same user namespace. */
	if (process->exe_deleted || process->mntns != facts->mntns ||
	    (process->root && process->root[1]))
		return true;
	return look_at(AT_FDCWD, process->exe, &here) && here.stx_ino == st.stx_ino &&
	       here.stx_dev_major == st.stx_dev_major && here.stx_dev_minor == st.stx_dev_minor &&
	       !is_in_open_folder(process->exe);
}

static bool
read_stat(const struct facts *facts, int dirfd, struct arena *arena, struct process *process)
{
	struct proc_stat stat;

	if (proc_stat_read(dirfd, "stat", &stat) < 0 || stat.state == 'X' ||
	    (process->start_ticks && process->start_ticks != stat.start_ticks))
		return false;
	process->start_ticks = stat.start_ticks;
	process->started = facts->boot + (int64_t)(stat.start_ticks / (uint64_t)facts->ticks);
	process->ppid = stat.ppid;
	process->sid = stat.sid;
	process->tty = stat.tty;
	process->tty_name = process_tty_name(arena, stat.tty);
	process->kernel_thread = stat.kernel_thread;
	process->comm = arena_dup(arena, stat.comm);
	process->state = stat.state;
	process->cpu_ticks = stat.cpu_ticks;
	process->vsz_bytes = stat.vsz_bytes;
	process->rss_bytes = stat.rss_pages * (uint64_t)facts->page;
	return true;
}

static bool
read_process(struct facts *facts, struct arena *arena, struct process *process)
{
	char path[PROC_NAME], buf[4096];
	auto_fd dirfd = open(proc_name(path, process->pid, ""), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int n;

	if (dirfd < 0 || !read_stat(facts, dirfd, arena, process))
		return false;
	n = fd_read_small_at(dirfd, "status", buf, sizeof(buf));
	if (n > 0)
		process_parse_status((struct span){buf, (size_t)n}, process);
	n = fd_read_small_at(dirfd, "cgroup", buf, sizeof(buf));
	if (n > 0)
		process_parse_cgroup((struct span){buf, (size_t)n}, arena, process);
	if (process->kernel_thread)
		return true;
	read_cmdline(facts, dirfd, arena, process);
	read_links(dirfd, arena, process);
	read_namespaces(dirfd, process);
	process->untrusted = !process->root_started && !is_system_program(facts, dirfd, process);
	return true;
}

/* All of them ------------------------------------------------------------------------ */

static void
read_one(void *ctx, size_t i, unsigned worker)
{
	struct facts *facts = ctx;

	facts->gone[i] = !read_process(facts, facts->arenas[worker],
				       facts->audit->processes.v[facts->from + i]);
}

static bool
is_gone(const struct process *process)
{
	return process->pid < 0;
}

/* A pid below zero marks the process as ended, until it is taken off all lists. */
static void
read_round(struct facts *facts, unsigned wanted)
{
	struct audit *audit = facts->audit;
	size_t n = audit->processes.n - facts->from;
	unsigned threads = pool_threads(wanted, n);

	facts->gone = arena_array(audit->arena, n, sizeof(*facts->gone));
	for (unsigned t = 0; t < threads; t++)
		facts->arenas[t] = arena_new();
	pool_run(threads, n, read_one, facts);
	for (unsigned t = 0; t < threads; t++)
		arena_adopt(audit->arena, facts->arenas[t]);
	for (size_t i = 0; i < n; i++) {
		struct process *process = audit->processes.v[facts->from + i];

		if (facts->gone[i])
			process->pid = -process->pid;
	}
	facts->from += n;
}

static void
add_parents(struct audit *audit, size_t from)
{
	size_t n = audit->processes.n;

	for (size_t i = from; i < n; i++) {
		pid_t parent = audit->processes.v[i]->ppid;

		if (parent > 0 && !map_get(&audit->process_by_pid, (uint64_t)parent))
			proc_process(audit, parent, 0);
	}
}

static void
drop_gone_owners(struct audit *audit)
{
	for (size_t i = 0; i < audit->listeners.n; i++) {
		struct listener *listener = audit->listeners.v[i];
		uint32_t kept = 0;

		for (uint32_t k = 0; k < listener->n_owners; k++)
			if (!is_gone(listener->owners[k].process))
				listener->owners[kept++] = listener->owners[k];
		if (listener->n_owners && !kept)
			listener->owners_state = OWNERS_GONE;
		listener->n_owners = kept;
	}
}

/* The list, and the index by pid, of those that are still there. */
static void
drop_gone(struct audit *audit)
{
	size_t kept = 0;

	drop_gone_owners(audit);
	for (size_t i = 0; i < audit->processes.n; i++)
		if (!is_gone(audit->processes.v[i]))
			audit->processes.v[kept++] = audit->processes.v[i];
	if (kept == audit->processes.n)
		return;
	audit->processes.n = kept;
	audit->process_by_pid = map_of(audit->arena);
	for (size_t i = 0; i < kept; i++)
		map_put(&audit->process_by_pid, (uint64_t)audit->processes.v[i]->pid,
			audit->processes.v[i]);
}

static int64_t
boot_time(void)
{
	struct timespec now, since;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &since);
	return now.tv_sec - since.tv_sec - (now.tv_nsec < since.tv_nsec);
}

static ino_t
inode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static void
add_every_process(struct audit *audit)
{
	struct arena *arena = arena_new();
	struct proc_pids pids = proc_pids(arena);

	for (size_t i = 0; i < pids.n; i++)
		if (!map_get(&audit->process_by_pid, (uint64_t)pids.v[i]))
			proc_process(audit, pids.v[i], 0);
	arena_free(arena);
}

void
inventory_processes(struct audit *audit, const struct inventory_options *options)
{
	struct facts facts = {
		.audit = audit,
		.boot = boot_time(),
		.ticks = sysconf(_SC_CLK_TCK),
		.page = sysconf(_SC_PAGESIZE),
		.mntns = inode_of("/proc/self/ns/mnt"),
		.userns = inode_of("/proc/self/ns/user"),
	};
	struct users users = users_of(audit->arena);

	if (options->every_process)
		add_every_process(audit);
	while (facts.from < audit->processes.n) {
		size_t from = facts.from;

		read_round(&facts, options->threads);
		add_parents(audit, from);
	}
	drop_gone(audit);
	for (size_t i = 0; i < audit->processes.n; i++)
		audit->processes.v[i]->user = user_name(&users, audit->processes.v[i]->uid);
}
