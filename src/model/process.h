/*
 * Process: what the kernel tells of one running program. Plain data, owned by the
 * audit's arena; filled by inventory/. Sources: proc(5), capabilities(7), namespaces(7).
 */
#ifndef MODEL_PROCESS_H
#define MODEL_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PROCESS_UNKNOWN_ID ((uint32_t)-1)

enum process_seccomp { PROCESS_SECCOMP_OFF, PROCESS_SECCOMP_STRICT, PROCESS_SECCOMP_FILTER };

struct process {
	pid_t pid, ppid;
	uint64_t start_ticks; /* since boot, stat field 22: (pid, start_ticks) names a process */
	int64_t started;      /* the same as seconds since 1970, 0 = unknown */
	bool kernel_thread;
	bool hidden; /* some of the facts below could not be read (permission) */

	const char *comm;  /* at most 15 bytes, as the kernel keeps it */
	const char *title; /* the command line as ps shows it now, "" when empty */
	const char **argv; /* the same split at NULs; NULL-terminated, may be NULL */
	const char *exe;   /* absolute path as the process's own root sees it; NULL = not visible */
	bool exe_deleted;  /* the file was removed or replaced since */
	const char *package; /* "openssh-server", NULL = none or unknown */
	/* Its name proves nothing: it does not run as root, and its program is a file that others
	 * than root could have put there, or that is another one under that name here. */
	bool untrusted;
	bool vouched; /* a record that only root can write accounts for it; set by join/ */

	uint32_t uid, gid;    /* effective */
	bool root_started;    /* real and effective user are root */
	const char *user;     /* name, or the number as text; NULL = unknown */
	pid_t sid;            /* session leader */
	uint32_t tty;         /* device number, 0 = none */
	const char *tty_name; /* "pts/3", NULL = none */

	const char *cgroup; /* cgroup v2 path, else that of name=systemd, else NULL */
	ino_t netns, pidns, mntns, userns; /* 0 = not visible */
	const char *root; /* root directory seen from the auditor, "/" mostly; NULL = not visible */
	uint64_t cap_effective, cap_bounding;
	enum process_seccomp seccomp;
	bool no_new_privs;

	/* What ps(1) shows; filled only where a process view asks (see inventory/process.h). */
	char state;
	uint64_t cpu_ticks, vsz_bytes, rss_bytes;
};

#endif
