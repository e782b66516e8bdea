/*
 * Start readers: one file per mechanism, src/start/read_<mechanism>.c, each with one row.
 * A reader looks at the machine's files beneath the root fd and adds start records, enabled
 * exactly as the mechanism itself would decide. It never asks a running daemon, so a live
 * machine and an image give the same answers; what needs a live machine (containers,
 * sessions) is found by join/ from the processes.
 */
#ifndef START_START_H
#define START_START_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/root.h"
#include "model/start.h"
#include "syntax/tree.h"

struct services;
struct systemd;

struct start_list {
	struct start **v;
	size_t n, cap;
};

struct start_ctx {
	const struct root *root;
	struct arena *arena;
	struct diags *diags;
	const struct services *services; /* /etc/services, /etc/rpc, /etc/protocols beneath root */
	const char *init;                /* the machine's own init, see start_init */
	const char *default_runlevel;    /* "2", "5", "multi-user.target"; NULL = unknown */
	/* Set while a user's own files are read: root must not show what that user may not read. */
	bool of_user;
	uint32_t user_id;
	size_t most;             /* of the arena for these files, 0 = no limit of their own */
	struct systemd *systemd; /* its units, once somebody asked: systemd_system() */
	struct start_list *out;
};

struct start_reader {
	const char
		*mechanism; /* "inetd": the record's mechanism and the name on the command line */
	const char *doc;    /* one sentence: which files, what enabled means */
	void (*read)(struct start_ctx *ctx);
	/* The same from one file named on a running daemon's command line ("xinetd -f FILE"); NULL
	 * where the mechanism has no such thing. */
	void (*read_file)(struct start_ctx *ctx, const char *path);
};

extern const struct start_reader *const start_readers[]; /* NULL-terminated */

/* Runs all readers (or the one named) and marks records of mechanisms not in use as dormant. */
void start_read_all(struct start_ctx *ctx, const char *only);

/* Reads one file as the mechanism's own; nothing where its reader has no read_file. */
void start_read_file(struct start_ctx *ctx, const char *mechanism, const char *path);

/*
 * The machine's init by its files: "systemd", "sysv", "openrc", "runit", "upstart", "finit", "s6",
 * "busybox", or "unknown". Live, the caller gives what /proc/1/exe says instead.
 */
const char *start_init(const struct root *root, struct arena *arena);

/* For readers ------------------------------------------------------------------------ */

/* A new record, zeroed but for mechanism, file and line. The strings are not copied. */
struct start *start_add(struct start_ctx *ctx, const char *mechanism, const char *name,
			const char *file, uint32_t line);

/* Reads and parses a file of the machine. NULL when it is not there; what else goes wrong
 * (permission, fifo, too long, loop) is a diagnostic, and NULL. */
struct syn_tree *start_parse(struct start_ctx *ctx, const struct syn_format *format,
			     const char *path);

/* May this file be read, and its text be shown? A link in a user's home may lead to /etc/shadow. */
bool start_may_read(const struct start_ctx *ctx, const struct stat *st);

/* The names in a directory; empty when it is not there, with a diagnostic when it is unreadable. */
struct root_dir start_list_dir(struct start_ctx *ctx, const char *path);

struct start_port *start_port_add(struct start_ctx *ctx, struct start *start, enum net_proto proto);

/* A word list as a NULL-terminated argv in the arena. */
const char **start_argv(struct start_ctx *ctx, const struct syn_word *words, size_t n);
/* A shell-like command text split at blanks, quotes honoured, nothing expanded. */
const char **start_split(struct start_ctx *ctx, struct span text);

/* Fills start->exe from command: looks through tcpd, env, nice, setuidgid, tcpserver, sh -c and
 * the like to the program that will answer, found in the machine's PATH when not absolute. */
void start_find_exe(struct start_ctx *ctx, struct start *start);

#endif
