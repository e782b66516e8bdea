/* Plain: one line per socket, fields between tabs, for grep, cut and awk (AUD-38). */
#include <errno.h>

#include "report/list.h"

static const char *const view[] = {"proto", "local",   "reach",  "what", "verdict",
				   "owner", "started", "reason", NULL};

static int
write_plain(const struct audit *audit, const struct report_options *options)
{
	struct report_options numeric = *options;
	struct report_ctx ctx;

	numeric.numeric = true;
	report_begin(&ctx, audit, &numeric);
	report_list_plain(&ctx, &(struct report_list){
					.set = &columns_listener,
					.view = view,
					.records = (const void *const *)audit->listeners.v,
					.n = audit->listeners.n,
				});
	report_end(&ctx);
	return ferror(options->out) ? -EIO : 0;
}

const struct report_format report_format_plain = {
	.name = "plain",
	.doc = "one line per socket with tabs, for grep and cut",
	.write = write_plain,
};
