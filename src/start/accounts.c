/* The names of passwd(5) and group(5): the first field of each line. */
#include "start/accounts.h"

#include "base/limits.h"
#include "base/map.h"
#include "base/span.h"

struct accounts {
	struct map users, groups;
	bool have_users, have_groups;
};

static bool
read_names(const struct root *root, struct arena *arena, const char *path, struct map *ret)
{
	struct span text;

	*ret = map_of(arena);
	if (root_read(root, path, arena, LIMIT_FILE_BYTES, &text) < 0)
		return false;
	while (text.n) {
		struct span line = span_cut(&text, '\n'), name = span_cut(&line, ':');
		char *key = span_dup(arena, name);

		map_put_text(ret, key, key);
	}
	return true;
}

struct accounts *
accounts_read(const struct root *root, struct arena *arena)
{
	struct accounts *accounts = arena_alloc(arena, sizeof(*accounts));

	accounts->have_users = read_names(root, arena, "/etc/passwd", &accounts->users);
	accounts->have_groups = read_names(root, arena, "/etc/group", &accounts->groups);
	return accounts;
}

bool
accounts_has_user(const struct accounts *accounts, const char *name)
{
	return !accounts->have_users || map_get_text(&accounts->users, name) != NULL;
}

bool
accounts_has_group(const struct accounts *accounts, const char *name)
{
	return !accounts->have_groups || map_get_text(&accounts->groups, name) != NULL;
}
