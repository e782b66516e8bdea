/* What all readers share: running them, adding records, reading files without surprises. */
#include "start/start.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/vec.h"
#include "start/live.h"

void
start_read_all(struct start_ctx *ctx, const char *only)
{
	for (const struct start_reader *const *reader = start_readers; *reader; reader++)
		if (!only || strcmp(only, (*reader)->mechanism) == 0)
			(*reader)->read(ctx);
	start_mark_dormant(ctx);
}

void
start_read_file(struct start_ctx *ctx, const char *mechanism, const char *path)
{
	for (const struct start_reader *const *reader = start_readers; *reader; reader++)
		if (strcmp(mechanism, (*reader)->mechanism) == 0 && (*reader)->read_file)
			(*reader)->read_file(ctx, path);
}

struct start *
start_add(struct start_ctx *ctx, const char *mechanism, const char *name, const char *file,
	  uint32_t line)
{
	struct start *start = arena_alloc(ctx->arena, sizeof(*start));

	start->mechanism = mechanism;
	start->name = name;
	start->file = file;
	start->line = line;
	start->index = (uint32_t)ctx->out->n;
	vec_push(ctx->arena, ctx->out, start);
	return start;
}

/* Why a file that should be there could not be read; absence is not worth a word. */
static void
say_unread(struct start_ctx *ctx, const char *path, int code)
{
	switch (-code) {
	case ENOENT:
	case ENOTDIR:
		return;
	case EINVAL:
		diag_add(ctx->diags, DIAG_UNSEEN, path, 0, 0, "not a regular file, not read");
		return;
	case EISDIR:
		diag_add(ctx->diags, DIAG_ERROR, path, 0, 0,
			 "a directory where a file is expected");
		return;
	case EFBIG:
		diag_add(ctx->diags, DIAG_UNSEEN, path, 0, 0, "larger than %u bytes, not read",
			 LIMIT_FILE_BYTES);
		return;
	case EDQUOT:
		diag_add(ctx->diags, DIAG_UNSEEN, path, 0, 0,
			 "not read: the files before it were too large together");
		return;
	case EPERM:
		diag_add(ctx->diags, DIAG_WARNING, path, 0, 0,
			 "not read: neither this user's nor for everybody");
		return;
	case ELOOP:
		diag_add(ctx->diags, DIAG_ERROR, path, 0, 0, "symbolic links run in a circle");
		return;
	default:
		diag_add(ctx->diags, DIAG_UNSEEN, path, 0, 0, "cannot be read: %s",
			 strerrordesc_np(-code));
	}
}

static bool
is_full(const struct start_ctx *ctx)
{
	return ctx->most && arena_used(ctx->arena) > ctx->most;
}

bool
start_may_read(const struct start_ctx *ctx, const struct stat *st)
{
	if (is_full(ctx))
		return false;
	return !ctx->of_user || !ctx->root->live || st->st_uid == ctx->user_id ||
	       (st->st_uid == 0 && st->st_mode & S_IROTH);
}

static int
read_text(struct start_ctx *ctx, const char *path, struct span *ret)
{
	auto_fd fd = -1;
	struct stat st;
	int r;

	if (is_full(ctx))
		return -EDQUOT;
	if (!ctx->of_user)
		return root_read(ctx->root, path, ctx->arena, LIMIT_FILE_BYTES, ret);
	/* As root_read does, but what is looked at is what is read. */
	r = root_stat(ctx->root, path, &st);
	if (r < 0)
		return r;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	fd = root_open_at(ctx->root, path, O_RDONLY);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return start_may_read(ctx, &st) ? fd_read_all(fd, ctx->arena, LIMIT_FILE_BYTES, ret)
					: -EPERM;
}

struct syn_tree *
start_parse(struct start_ctx *ctx, const struct syn_format *format, const char *path)
{
	struct span text;
	int r = read_text(ctx, path, &text);

	if (r < 0) {
		say_unread(ctx, path, r);
		return NULL;
	}
	return syn_parse(format, ctx->arena, ctx->diags, path, text);
}

struct root_dir
start_list_dir(struct start_ctx *ctx, const char *path)
{
	struct root_dir dir = {0};
	int r = is_full(ctx) ? -EDQUOT : root_list(ctx->root, path, ctx->arena, &dir);

	if (r == -EDQUOT)
		say_unread(ctx, path, r);
	else if (r < 0 && r != -ENOENT && r != -ENOTDIR)
		diag_add(ctx->diags, r == -ELOOP ? DIAG_ERROR : DIAG_UNSEEN, path, 0, 0,
			 "cannot be listed: %s", strerrordesc_np(-r));
	if (r < 0)
		return (struct root_dir){0};
	if (dir.cut)
		diag_add(ctx->diags, DIAG_UNSEEN, path, 0, 0,
			 "more than %u entries; the rest is not looked at", LIMIT_DIR_ENTRIES);
	return dir;
}

struct start_port *
start_port_add(struct start_ctx *ctx, struct start *start, enum net_proto proto)
{
	uint32_t n = start->n_ports;

	/* Full at 0, 1, 2, 4, 8, ...: the count tells the room. */
	if ((n & (n - 1)) == 0) {
		struct start_port *grown =
			arena_array(ctx->arena, n ? (size_t)n * 2 : 1, sizeof(*grown));

		if (n)
			memcpy(grown, start->ports, n * sizeof(*grown));
		start->ports = grown;
	}
	start->ports[n] = (struct start_port){.proto = proto};
	start->n_ports++;
	return &start->ports[n];
}

const char **
start_argv(struct start_ctx *ctx, const struct syn_word *words, size_t n)
{
	const char **argv = arena_array(ctx->arena, n + 1, sizeof(*argv));

	for (size_t i = 0; i < n; i++)
		argv[i] = span_dup(ctx->arena, words[i].text);
	return argv;
}
