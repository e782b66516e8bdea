/* /proc itself: which processes there are, what their stat line says; proc(5). */
#ifndef INVENTORY_PROC_H
#define INVENTORY_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/span.h"
#include "model/audit.h"

struct proc_pids {
	pid_t *v;
	size_t n, cap;
};

/* The process ids of /proc, ascending as the kernel lists them. */
struct proc_pids proc_pids(struct arena *arena);

struct proc_stat {
	char comm[64]; /* a kernel worker's may be longer than the usual 15 */
	char state;
	pid_t ppid, sid;
	uint32_t tty;
	bool kernel_thread;
	uint64_t cpu_ticks, start_ticks, vsz_bytes, rss_pages;
};

/* The comm may hold blanks and parentheses: it ends at the last ')'. */
must_check bool proc_stat_parse(struct span text, struct proc_stat *ret);
/* The stat file of a /proc/PID directory (or "../stat" from one below); -errno. */
must_check int proc_stat_read(int dirfd, const char *name, struct proc_stat *ret);

/* The process of this pid and start, made when it is not known yet (facts come later). */
struct process *proc_process(struct audit *audit, pid_t pid, uint64_t start_ticks);

/* "/proc/" and the pid, for openat and messages: buf holds any. */
#define PROC_NAME 48
const char *proc_name(char buf[PROC_NAME], pid_t pid, const char *file);

#endif
