#include "model/listener.h"

#include <string.h>

static const char *const reach_names[REACH_N] = {
	[REACH_HOST] = "host",     [REACH_LINK] = "link",       [REACH_PRIVATE] = "private",
	[REACH_ANYONE] = "anyone", [REACH_UNKNOWN] = "unknown",
};

static const char *const verdict_names[VERDICT_N] = {
	[VERDICT_KEEP] = "keep",         [VERDICT_CONFINE] = "confine",
	[VERDICT_RESTRICT] = "restrict", [VERDICT_LOCALIZE] = "localize",
	[VERDICT_DISABLE] = "disable",   [VERDICT_REMOVE] = "remove",
};

static const char *const owners_names[] = {
	[OWNERS_SEEN] = "seen",     [OWNERS_PART] = "part", [OWNERS_KERNEL] = "kernel",
	[OWNERS_HIDDEN] = "hidden", [OWNERS_GONE] = "gone",
};

const char *
reach_name(enum reach reach)
{
	return reach_names[reach];
}

const char *
verdict_name(enum verdict verdict)
{
	return verdict_names[verdict];
}

const char *
listener_owners_name(enum listener_owners state)
{
	return owners_names[state];
}

static int
cmp_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
cmp_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

int
listener_cmp(const struct listener *a, const struct listener *b)
{
	int r;

	if ((r = cmp_u64(a->proto, b->proto)) || (r = cmp_u64(a->port, b->port)) ||
	    (r = cmp_u64(a->family, b->family)) || (r = net_addr_cmp(&a->addr, &b->addr)) ||
	    (r = cmp_text(a->path, b->path)) || (r = cmp_text(a->device, b->device)) ||
	    (r = net_addr_cmp(&a->peer, &b->peer)) || (r = cmp_u64(a->peer_port, b->peer_port)))
		return r;
	if (a->netns && b->netns && (r = cmp_text(a->netns->name, b->netns->name)))
		return r;
	return cmp_u64(a->cookie, b->cookie);
}
