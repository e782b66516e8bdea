/*
 * passwd(5) first, because it is there and costs one read; what it does not know is asked
 * from the C library (directory services, systemd's dynamic users), which may load modules.
 */
#include "inventory/users.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/span.h"
#include "model/process.h"

struct users
users_of(struct arena *arena)
{
	return (struct users){.arena = arena, .names = map_of(arena)};
}

/* name:password:uid:... The first line of a uid counts, as in getpwuid(3). */
static void
read_passwd(struct users *users)
{
	auto_fd fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct span text;

	if (fd < 0 || fd_read_all(fd, users->arena, LIMIT_FILE_BYTES, &text) < 0)
		return;
	while (text.n) {
		struct span line = span_cut(&text, '\n');
		struct span name = span_cut(&line, ':');
		uint32_t uid;

		span_cut(&line, ':');
		if (name.n && num_u32(span_cut(&line, ':'), UINT32_MAX, &uid) &&
		    !map_get(&users->names, uid))
			map_put(&users->names, uid, span_dup(users->arena, name));
	}
}

const char *
user_name(struct users *users, uint32_t uid)
{
	const struct passwd *entry;
	char *name;

	if (uid == PROCESS_UNKNOWN_ID)
		return NULL;
	if (!users->read)
		read_passwd(users);
	users->read = true;
	name = map_get(&users->names, uid);
	if (name)
		return name;
	entry = getpwuid(uid);
	name = entry ? arena_dup(users->arena, entry->pw_name)
		     : arena_printf(users->arena, "%u", uid);
	map_put(&users->names, uid, name);
	return name;
}
