/*
 * runit: runsvdir watches one directory of services. Where /etc/runit/runsvdir holds several, boot
 * switches to the one named in /etc/runit/default.runsvdir, else to "default" (runsvchdir(8),
 * Debian's and Void's /etc/runit/2); under another init Debian's script takes "svmanaged".
 */
#include <dirent.h>
#include <string.h>

#include "base/limits.h"
#include "start/supervise.h"

#define RUNSVDIR "/etc/runit/runsvdir"

static const char *
boot_level(struct start_ctx *ctx)
{
	struct span text;

	if (!text_is(ctx->init, "runit") && root_exists(ctx->root, RUNSVDIR "/svmanaged"))
		return "svmanaged";
	if (root_read(ctx->root, "/etc/runit/default.runsvdir", ctx->arena, LIMIT_MESSAGE, &text) ==
		    0 &&
	    span_trim(text).n)
		return span_dup(ctx->arena, span_trim(text));
	return "default";
}

static void
read_runit(struct start_ctx *ctx)
{
	struct root_dir levels = start_list_dir(ctx, RUNSVDIR);
	struct supervise_dirs dirs = {0};
	const char *boot = boot_level(ctx);

	for (size_t i = 0; i < levels.n; i++)
		if (levels.v[i].type == DT_DIR) /* "current" is a link to one of the others */
			supervise_add_dir(
				ctx, &dirs,
				arena_printf(ctx->arena, RUNSVDIR "/%s", levels.v[i].name),
				levels.v[i].name, strcmp(levels.v[i].name, boot) == 0);
	if (!dirs.n)
		supervise_add_common(ctx, &dirs, "runit");
	supervise_add_started(ctx, &dirs, "runit");
	supervise_read(ctx, "runit", &dirs, "/etc/sv");
}

const struct start_reader start_reader_runit = {
	.mechanism = "runit",
	.doc = "runit's services in /etc/service or /etc/runit/runsvdir; enabled: in the directory "
	       "boot switches to, and no file down",
	.read = read_runit,
};
