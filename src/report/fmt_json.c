/* JSON, for programs: the interface that scripts rely on. Schema: data/schema/audit.schema.json. */
#include <errno.h>

#include "report/list.h"

static const void *const *
records(const void *v)
{
	return v;
}

/* Diagnostics are values, not pointers: a list of their addresses. */
static const void *const *
diag_records(struct report_ctx *ctx)
{
	const struct diags *diags = &ctx->audit->diags;
	const void **all = arena_array(ctx->arena, diags->n + 1, sizeof(*all));

	for (size_t i = 0; i < diags->n; i++)
		all[i] = &diags->v[i];
	return all;
}

static const char *const filters[] = {
	[FILTER_UNKNOWN] = "unknown",
	[FILTER_NONE] = "none",
	[FILTER_PRESENT] = "present",
};

static void
about(struct report_ctx *ctx, struct jsonout *json)
{
	const struct audit *audit = ctx->audit;

	jsonout_number(json, "schema", REPORT_SCHEMA);
	jsonout_text(json, "host", audit->host);
	jsonout_bool(json, "complete", audit_complete(audit));
	jsonout_text(json, "version", GATEHOUSE_VERSION);
	jsonout_text(json, "time", show_time(ctx, audit->now));
	jsonout_text(json, "root", audit->root);
	jsonout_bool(json, "live", audit->live);
	jsonout_bool(json, "privileged", audit->privileged);
	jsonout_text(json, "init", audit->init);
	jsonout_text(json, "previous_runlevel", audit->previous_runlevel);
	jsonout_text(json, "runlevel", audit->runlevel);
	jsonout_text(json, "default_runlevel", audit->default_runlevel);
	jsonout_text(json, "packet_filter", filters[audit->filter.state]);
	jsonout_number(json, "reachable", audit->reachable);
}

static int
write_json(const struct audit *audit, const struct report_options *options)
{
	struct jsonout json = jsonout_to(options->out);
	struct report_ctx ctx;

	report_begin(&ctx, audit, options);
	const struct report_list lists[] = {
		{"listeners", &columns_listener, .records = records(audit->listeners.v),
		 .n = audit->listeners.n},
		{"starts", &columns_start, .records = records(audit->starts.v),
		 .n = audit->starts.n},
		{"findings", &columns_finding, .records = records(audit->findings.v),
		 .n = audit->findings.n},
		{"diagnostics", &columns_diag, .records = diag_records(&ctx), .n = audit->diags.n},
	};

	jsonout_open(&json, NULL, '{');
	about(&ctx, &json);
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		report_list_json(&ctx, &json, &lists[i]);
	jsonout_close(&json, '}');
	report_end(&ctx);
	return ferror(options->out) ? -EIO : 0;
}

const struct report_format report_format_json = {
	.name = "json",
	.doc = "everything, for programs",
	.write = write_json,
};
