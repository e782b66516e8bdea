/*
 * Admission: may this client be served now? Checks in this order: deny list, instances, per_source,
 * process limit, rates, load, times, address lists, hosts.allow and hosts.deny. The limits' state
 * is in the book, so that it outlives the worker.
 */
#ifndef ENGINE_ADMISSION_H
#define ENGINE_ADMISSION_H

#include "engine/worker.h"

struct verdict {
	enum refusal refusal; /* NONE: admitted, or not decided yet */
	const char *file;     /* of the rule that decided */
	uint32_t line;
	const char *why;
};

must_check int admission_open(struct worker *w);
must_check int admission_read_hosts(struct worker *w);
void admission_as_account(struct worker *w);

/*
 * The limits. When they admit, *ret_source counts one more; admission_release() wants it back.
 * 0 = not counted by source.
 */
void admission_limits(struct worker *w, const struct peer *peer, uint32_t *ret_source,
		      struct verdict *ret);
/* The same for a datagram, which is no session. */
void admission_limits_datagram(struct worker *w, const struct peer *peer, struct verdict *ret);
/* A session of that source ended. */
void admission_release(struct worker *w, uint32_t source);
/* The same for sessions another worker left in the book. */
void admission_hold_addr(struct worker *w, const struct net_addr *addr);
void admission_release_addr(struct worker *w, const struct net_addr *addr);

/* The rules. Of each kind that is asked the last answer is in ret: what it needs, or ALLOW/DENY. */
bool admission_has_rules(const struct worker *w);
/* false: hosts.allow or hosts.deny changed, this account may not read them, and the parent was
 * asked for a worker that can: nobody else is to be accepted here. */
must_check bool admission_is_current(struct worker *w);
/* Rules of another number are others, and what was found out about one of them is void. */
uint32_t admission_generation(const struct worker *w);
void admission_rules(struct worker *w, const struct access_client *client,
		     struct access_verdict *ret);

/* With on_limit = queue: 0 = somebody may come now, INT64_MAX = when a session has ended, else the
 * moment (loop_clock) from which it is worth trying. */
int64_t admission_closed_until(struct worker *w);

#endif
