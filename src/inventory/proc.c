/* The list of processes, and the stat line: the one file that names a process for sure. */
#include "inventory/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/vec.h"

/* include/linux/sched.h */
#define PF_KTHREAD 0x00200000u

struct proc_pids
proc_pids(struct arena *arena)
{
	auto_dir dir = opendir("/proc");
	struct proc_pids pids = {0};

	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		uint32_t pid;

		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    num_u32(span_of(entry->d_name), INT_MAX, &pid))
			vec_push(arena, &pids, (pid_t)pid);
	}
	return pids;
}

/* Fields behind the comm, counted from 3 as proc(5) does. */
enum { PPID = 4, SESSION = 6, TTY = 7, FLAGS = 9, UTIME = 14, STIME = 15, START = 22, VSIZE, RSS };

/* Some fields are negative (priority, tpgid): those are not wanted and read as 0. */
static uint64_t
field(struct span word)
{
	uint64_t value;

	return num_u64(word, 10, UINT64_MAX, &value) ? value : 0;
}

bool
proc_stat_parse(struct span text, struct proc_stat *ret)
{
	const char *open = memchr(text.p, '(', text.n);
	const char *close = memrchr(text.p, ')', text.n);
	uint64_t fields[RSS + 1] = {0};
	struct span rest, state;
	size_t n;

	memset(ret, 0, sizeof(*ret));
	if (!open || !close || close < open)
		return false;
	n = (size_t)(close - open - 1);
	if (n >= sizeof(ret->comm))
		n = sizeof(ret->comm) - 1;
	memcpy(ret->comm, open + 1, n);
	rest = span_skip(text, (size_t)(close + 1 - text.p));
	state = span_word(&rest);
	for (int i = PPID; i <= RSS; i++) {
		struct span word = span_word(&rest);

		if (!word.n)
			return false;
		fields[i] = field(word);
	}
	ret->state = state.n ? state.p[0] : '?';
	ret->ppid = (pid_t)fields[PPID];
	ret->sid = (pid_t)fields[SESSION];
	ret->tty = (uint32_t)fields[TTY];
	ret->kernel_thread = fields[FLAGS] & PF_KTHREAD;
	ret->cpu_ticks = fields[UTIME] + fields[STIME];
	ret->start_ticks = fields[START];
	ret->vsz_bytes = fields[VSIZE];
	ret->rss_pages = fields[RSS];
	return true;
}

int
proc_stat_read(int dirfd, const char *name, struct proc_stat *ret)
{
	char buf[1024];
	int n = fd_read_small_at(dirfd, name, buf, sizeof(buf));

	if (n < 0)
		return n;
	return proc_stat_parse((struct span){buf, (size_t)n}, ret) ? 0 : -EINVAL;
}

struct process *
proc_process(struct audit *audit, pid_t pid, uint64_t start_ticks)
{
	struct process *process = map_get(&audit->process_by_pid, (uint64_t)pid);

	if (process && process->start_ticks == start_ticks)
		return process;
	process = arena_alloc(audit->arena, sizeof(*process));
	*process = (struct process){.pid = pid,
				    .start_ticks = start_ticks,
				    .comm = "",
				    .title = "",
				    .uid = PROCESS_UNKNOWN_ID,
				    .gid = PROCESS_UNKNOWN_ID};
	vec_push(audit->arena, &audit->processes, process);
	map_put(&audit->process_by_pid, (uint64_t)pid, process);
	return process;
}

const char *
proc_name(char buf[PROC_NAME], pid_t pid, const char *file)
{
	snprintf(buf, PROC_NAME, "/proc/%d%s%s", (int)pid, *file ? "/" : "", file);
	return buf;
}
