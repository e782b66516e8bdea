/* Netgroups of the running machine (getnetgrent(3)), read when the rules are; an image has none. */
#include <netdb.h>
#include <string.h>

#include "access/program.h"
#include "base/limits.h"

struct patterns
patterns_of_netgroup(struct compile *compile, struct span name)
{
	VEC(struct pattern) list = {0};
	char *host, *user, *domain, buf[1024];
	const char *group = span_dup(compile->arena, name);

	compile_watch(compile, "/etc/netgroup");
	if (!compile->root->live || !*group || !setnetgrent(group))
		return (struct patterns){0};
	while (list.n < LIMIT_DIR_ENTRIES &&
	       getnetgrent_r(&host, &user, &domain, buf, sizeof(buf)) == 1) {
		struct pattern pattern = {.kind = PATTERN_ALL, .names = true, .text = name};

		if (host && *host) {
			pattern.kind = PATTERN_EXACT;
			pattern.text = span_of(arena_dup(compile->arena, host));
		}
		vec_push(compile->arena, &list, pattern);
	}
	endnetgrent();
	return (struct patterns){.v = list.v, .n = (uint32_t)list.n};
}
