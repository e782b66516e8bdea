/* Served: what a running gatehoused says about its services and sessions. Plain data. */
#ifndef MODEL_SERVED_H
#define MODEL_SERVED_H

#include <stdint.h>
#include <sys/types.h>

struct served_count {
	const char *name;
	int64_t count;
};

struct served {
	const char *id, *state, *kind; /* kind NULL: no longer configured, its sessions go on */
	const char *file;
	uint32_t line;
	const char *const *listeners; /* "*:23", "/run/x" */
	size_t n_listeners;
	pid_t worker;                /* 0 = none runs */
	struct served_count *counts; /* sessions, accepted, ...; by name */
	size_t n_counts;
	struct served_count *refusals; /* by reason */
	size_t n_refusals;
};

struct served_session {
	const char *name; /* "telnet:12": what gatehouse kill takes */
	const char *service, *state;
	const char *peer; /* "192.0.2.1:40000" */
	const char *user; /* as ident says, or NULL */
	pid_t pid;        /* 0: served by the worker itself */
	int64_t started;
};

#endif
