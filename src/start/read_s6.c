/*
 * s6: s6-svscan watches a scan directory, which s6-linux-init copies at boot from its run-image;
 * s6-overlay's older images use /etc/services.d. See supervise.c.
 */
#include "base/attr.h"
#include "start/supervise.h"

static void
read_s6(struct start_ctx *ctx)
{
	static const char *const paths[] = {
		"/etc/s6-linux-init/current/run-image/service",
		"/etc/s6-linux-init/run-image/service",
		"/etc/s6/run-image/service",
		"/etc/s6/service",
		"/etc/services.d",
	};
	struct supervise_dirs dirs = {0};

	for (size_t i = 0; i < COUNT_OF(paths); i++)
		supervise_add_dir(ctx, &dirs, paths[i], NULL, true);
	/* made at boot: beneath an image it is not there, live it adds what was put in since */
	supervise_add_dir(ctx, &dirs, "/run/service", NULL, true);
	supervise_add_common(ctx, &dirs, "s6");
	supervise_add_started(ctx, &dirs, "s6");
	supervise_read(ctx, "s6", &dirs, NULL);
}

const struct start_reader start_reader_s6 = {
	.mechanism = "s6",
	.doc = "s6's scan directories (run-image/service, /run/service, /etc/services.d); enabled: "
	       "no file down",
	.read = read_s6,
};
