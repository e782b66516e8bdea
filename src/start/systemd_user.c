/*
 * Units of user sessions: systemd.unit(5), "User Unit Search Path". A user's manager starts at the
 * first login, or at boot for the names in /var/lib/systemd/linger. The folders for all users are
 * read once; a user who has some of his own is read again, and only what is his is told.
 */
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "start/systemd.h"

/* Homes that are looked into; a machine with more users than that keeps them in a directory. */
#define MAX_HOMES 4096u

static const struct systemd_dir shared_dirs[] = {
	{"/etc/systemd/user", SYSTEMD_CONFIG, false},
	{"/run/systemd/user", SYSTEMD_RUNTIME, true},
	{"/usr/local/share/systemd/user", SYSTEMD_VENDOR, false},
	{"/usr/share/systemd/user", SYSTEMD_VENDOR, false},
	{"/usr/local/lib/systemd/user", SYSTEMD_VENDOR, false},
	{"/usr/lib/systemd/user", SYSTEMD_VENDOR, false},
};

#define N_SHARED COUNT_OF(shared_dirs)

static void
read_shared(struct start_ctx *ctx, void (*visit)(struct systemd *systemd))
{
	struct systemd *systemd = systemd_open(ctx, shared_dirs, N_SHARED);

	systemd->user = "";
	if (systemd->names.n)
		visit(systemd);
}

static void
read_home(const struct start_ctx *all, const char *name, uint32_t uid, const char *home,
	  void (*visit)(struct systemd *systemd))
{
	struct start_ctx *ctx = arena_alloc(all->arena, sizeof(*ctx));
	struct systemd_dir *dirs = arena_array(all->arena, N_SHARED + 2, sizeof(*dirs));
	struct systemd *systemd;

	*ctx = *all;
	ctx->of_user = uid != 0;
	ctx->user_id = uid;
	ctx->most = arena_used(all->arena) + LIMIT_HOME_BYTES;

	dirs[0] = (struct systemd_dir){arena_printf(ctx->arena, "%s/.config/systemd/user", home),
				       SYSTEMD_CONFIG, false};
	memcpy(dirs + 1, shared_dirs, sizeof(shared_dirs));
	dirs[N_SHARED + 1] =
		(struct systemd_dir){arena_printf(ctx->arena, "%s/.local/share/systemd/user", home),
				     SYSTEMD_VENDOR, false};
	if (!root_exists(ctx->root, dirs[0].path) &&
	    !root_exists(ctx->root, dirs[N_SHARED + 1].path))
		return;
	/* What /etc holds is for everybody: only the user's own links are his. */
	for (size_t i = 1; i <= N_SHARED; i++)
		if (dirs[i].place == SYSTEMD_CONFIG)
			dirs[i].place = SYSTEMD_CONTROL;
	systemd = systemd_open(ctx, dirs, N_SHARED + 2);
	systemd->user = name;
	systemd->home = home;
	systemd->lingers = root_exists(
		ctx->root, arena_printf(ctx->arena, "/var/lib/systemd/linger/%s", name));
	visit(systemd);
}

void
systemd_each_user(struct start_ctx *ctx, void (*visit)(struct systemd *systemd))
{
	struct map seen = map_of(ctx->arena);
	struct span text;
	unsigned n = 0;

	read_shared(ctx, visit);
	if (root_read(ctx->root, "/etc/passwd", ctx->arena, LIMIT_FILE_BYTES, &text) < 0)
		return; /* read by others, who say why */
	while (text.n && n < MAX_HOMES) {
		struct span line = span_cut(&text, '\n'), field = {0}, name = span_cut(&line, ':');
		uint32_t uid = UINT32_MAX;
		const char *home;

		for (unsigned i = 0; i < 5; i++) {
			field = span_cut(&line, ':');
			if (i == 1 && !num_u32(field, UINT32_MAX, &uid))
				uid = UINT32_MAX;
		}
		home = span_dup(ctx->arena, field);
		if (!name.n || field.n < 2 || home[0] != '/' || map_get_text(&seen, home))
			continue;
		n++;
		map_put_text(&seen, home, seen.arena);
		read_home(ctx, span_dup(ctx->arena, name), uid, home, visit);
	}
}
