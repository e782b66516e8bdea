/* Where systemd looks for units (systemd.unit(5), "Unit File Load Path"), best first. */
#include "start/systemd.h"

#include <string.h>

/* Without the generators' own folders: those are made from the rest. */
static const char *const native_dirs[] = {
	"/etc/systemd/system.control",  "/run/systemd/system.control",   "/run/systemd/transient",
	"/etc/systemd/system",          "/etc/systemd/system.attached",  "/run/systemd/system",
	"/run/systemd/system.attached", "/usr/local/lib/systemd/system", "/lib/systemd/system",
	"/usr/lib/systemd/system",
};

bool
systemd_has_unit(struct start_ctx *ctx, const char *script)
{
	size_t n = strlen(script);
	struct stat st;

	if (text_ends(script, ".sh"))
		n -= 3;
	for (size_t i = 0; i < COUNT_OF(native_dirs); i++)
		if (root_lstat(ctx->root,
			       arena_printf(ctx->arena, "%s/%.*s.service", native_dirs[i], (int)n,
					    script),
			       &st) == 0)
			return true;
	return false;
}
