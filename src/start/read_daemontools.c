/* daemontools: svscan watches /service (Debian: /etc/service), see supervise.c. */
#include "start/supervise.h"

static void
read_daemontools(struct start_ctx *ctx)
{
	struct supervise_dirs dirs = {0};

	supervise_add_common(ctx, &dirs, "daemontools");
	supervise_add_started(ctx, &dirs, "daemontools");
	supervise_read(ctx, "daemontools", &dirs, NULL);
}

const struct start_reader start_reader_daemontools = {
	.mechanism = "daemontools",
	.doc = "daemontools' services in /service or /etc/service; enabled: no file down",
	.read = read_daemontools,
};
