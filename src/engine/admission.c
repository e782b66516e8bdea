/* See admission.h. */
#include "engine/admission.h"

int
admission_open(struct worker *w)
{
	return 0;
}

void
admission_limits(struct worker *w, const struct peer *peer, uint32_t *ret_source,
		 struct verdict *ret)
{
	*ret = (struct verdict){0};
	*ret_source = 0;
}

void
admission_release(struct worker *w, uint32_t source)
{
}

void
admission_hold_addr(struct worker *w, const struct net_addr *addr)
{
}

void
admission_release_addr(struct worker *w, const struct net_addr *addr)
{
}

int64_t
admission_closed_until(struct worker *w)
{
	return 0;
}
