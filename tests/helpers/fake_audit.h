/* A rich invented audit: every state a report must be able to show. */
#ifndef FAKE_AUDIT_H
#define FAKE_AUDIT_H

#include "model/audit.h"

struct audit *fake_audit(void); /* ends with arena_free(audit->arena) */

/* Pieces, for tests that need their own. */
struct listener *fake_listener(struct audit *audit, enum net_proto proto, const char *address,
			       uint32_t port);
struct process *fake_process(struct audit *audit, pid_t pid, const char *exe, const char *user,
			     uint32_t uid);
void fake_owner(struct audit *audit, struct listener *listener, struct process *process,
		int32_t fd);
struct start *fake_start(struct audit *audit, const char *mechanism, const char *name,
			 const char *file, uint32_t line);
void fake_cause(struct audit *audit, struct listener *listener, struct start *start,
		const char *evidence, bool guess);

#endif
