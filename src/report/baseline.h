/*
 * Baseline: what listened, to be compared later (AUD-19). A row is an identity: protocol, class
 * of the address, port, service, and the unit or package behind it; never a pid, a descriptor, an
 * address or a line number, so that restarts, new leases and edits elsewhere change nothing.
 * RPC services have no port of their own: their program is their identity. Unix sockets are left
 * out: only this host can reach them, and their names change with every session.
 */
#ifndef REPORT_BASELINE_H
#define REPORT_BASELINE_H

#include <stdio.h>

#include "base/err.h"
#include "model/audit.h"

struct baseline_row {
	const char *protocol; /* "tcp", "tcp6" */
	const char *class;    /* "any", "loopback", ...; NULL = not known, matches every class */
	uint32_t port;        /* 0 = assigned at run time (RPC) */
	const char *service;  /* NULL = not known */
	const char *by;       /* unit, record of a start mechanism, package or program; NULL */
	uint32_t count;       /* sockets of this identity */
};

struct baseline {
	const char *host, *saved;
	bool listing; /* from a listing: service and by are not known */
	struct baseline_row *v;
	size_t n, cap;
};

/* Sorted rows of an audit. The texts are the audit's or in its arena. */
void baseline_of(struct audit *audit, bool listing, struct baseline *ret);
int baseline_write(const struct baseline *baseline, FILE *out);
/* A file that baseline_write made; -EINVAL with the reason in err otherwise. */
must_check int baseline_parse(struct arena *arena, struct span text, struct baseline *ret,
			      struct err *err);

enum baseline_kind { BASELINE_ADDED, BASELINE_REMOVED, BASELINE_CHANGED };

struct baseline_change {
	enum baseline_kind kind;
	const struct baseline_row *old, *new; /* NULL where there is none */
};

struct baseline_changes {
	struct baseline_change *v;
	size_t n, cap;
};

void baseline_diff(struct arena *arena, const struct baseline *old, const struct baseline *new,
		   struct baseline_changes *ret);

#endif
