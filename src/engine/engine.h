/*
 * Engine: the super-server's processes (design section 7). The parent binds, watches idle
 * listeners and starts workers; it never reads a byte a client sent. A worker accepts, admits and
 * spawns for one service under that service's account. A log process writes lines; a resolver
 * process asks for names and users.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <sys/resource.h>

#include "base/err.h"
#include "engine/book.h"
#include "model/service.h"

struct engine_options {
	/* A new generation; fills *ret even when it has errors. Called at start and reload. */
	int (*load)(void *data, struct serve **ret, struct err *err);
	void (*unload)(struct serve *serve);
	/* Writes diagnostics of a generation where the administrator looks. */
	void (*tell)(void *data, const struct serve *serve);
	/* One line about the server itself; priority as syslog's. Must not block. */
	void (*say)(void *data, int priority, const char *line);
	/* Everything is open: services are served from now on. */
	void (*ready)(void *data);
	void *data;
	const char *control;                  /* socket's path; NULL = the default */
	gid_t control_group;                  /* may look at the state; 0 = none */
	const char *pidfile;                  /* NULL = none */
	const char *hosts_allow, *hosts_deny; /* NULL = the usual */
	bool privileged;                      /* root: accounts are switched */
	bool stay_alive;                      /* with no service at all */
	char **argv;                          /* for the upgrade by exec */
};

/* Serves until told to stop; the program's exit status. */
int engine_run(const struct engine_options *options, struct err *err);

/* One worker's life; never returns. engine/worker.c */
struct worker_start {
	const struct serve *serve;
	const struct service *service;
	uint32_t slot;              /* of the service: the same through reloads */
	uint32_t number;            /* of the worker: never used twice */
	const int *listeners;       /* as service->listeners; -1 = none */
	int control, log, resolver; /* -1 = none */
	struct book *book;
	struct book_common *common;
	const struct book_denied *denied;
	bool privileged;
	rlim_t files; /* soft RLIMIT_NOFILE that programs get; 0 = the worker's */
};
void worker_run(const struct worker_start *start) does_not_return;

/*
 * The two other processes; never return. engine/logger.c, engine/resolver.c. Both are forked by the
 * parent, which has entered their account and closed what they must not have; both end when they
 * were told WIRE_QUIT (or the parent is gone) and their last client is gone too.
 * sink_fds: as serve->sinks; for FILE and JSON opened with O_APPEND | O_CLOEXEC; -1 = could not be
 * opened, or not needed (SYSLOG, JOURNAL and STDERR find their way themselves).
 */
void logger_run(int control, const struct serve *serve, const int *sink_fds) does_not_return;
void resolver_run(int control) does_not_return;

#endif
