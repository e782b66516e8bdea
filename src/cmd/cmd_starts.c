/* gatehouse starts: everything that starts programs, on or off, with its place (AUD-22..27). */
#include <string.h>

#include "base/vec.h"
#include "cmd/output.h"
#include "start/start.h"
#include "start/sysv.h"

enum { ROOT, ENABLED, RUNLEVEL, SCRIPTS, PORTS, FORMAT };

static const struct cmd_option options[] = {
	[ROOT] = {"root", 'r', "DIR", "examine the machine whose files are below DIR"},
	[ENABLED] = {"enabled", 'e', NULL, "only what will be started"},
	[RUNLEVEL] = {"runlevel", 0, "N", "the links of a SysV runlevel, in init's order"},
	[SCRIPTS] = {"scripts", 0, NULL, "init scripts, those not linked anywhere as well"},
	[PORTS] = {"ports", 0, NULL, "only what says where it listens"},
	[FORMAT] = {"format", 'f', "FORMAT", "table, plain or json"},
	{NULL},
};

struct request {
	const char *mechanism, *runlevel, *format;
	bool enabled, scripts, ports;
};

/* Links of a runlevel --------------------------------------------------------------------- */

static int
print_links(const struct cmd *cmd, const struct request *request, struct report_ctx *ctx,
	    struct audit_run *run)
{
	static const char *const view[] = {"link", "action", "order", "service", "target", NULL};
	struct start_list list = {0};
	struct start_ctx start = {
		.root = &run->root,
		.arena = run->audit.arena,
		.diags = &run->audit.diags,
		.services = run->services,
		.init = run->audit.init,
		.out = &list,
	};
	struct sysv_links links = sysv_links(&start, request->runlevel);
	const void **records = arena_array(ctx->arena, links.n + 1, sizeof(*records));

	for (size_t i = 0; i < links.n; i++)
		records[i] = &links.v[i];
	return output_list(cmd, ctx, request->format,
			   &(struct report_list){
				   .key = "links",
				   .set = &columns_link,
				   .view = view,
				   .records = records,
				   .n = links.n,
			   });
}

/* Records ----------------------------------------------------------------------------------- */

static bool
is_wanted(const struct request *request, const struct start *start)
{
	return (!request->mechanism || text_is(request->mechanism, start->mechanism)) &&
	       (!request->enabled || (start->enabled && !start->dormant)) &&
	       (!request->ports || start->n_ports) &&
	       (!request->scripts || text_is(start->mechanism, "sysv"));
}

static const char *
place_and_state(struct report_ctx *ctx, const void *record)
{
	const struct start *start = record;
	const char *place = show_place(ctx, start);

	if (!start->state)
		return place;
	return arena_printf(ctx->arena, "%s%s%s", place, *place ? ": " : "", start->state);
}

static int
print_records(const struct cmd *cmd, const struct request *request, struct report_ctx *ctx)
{
	static const char *const view[] = {"mechanism", "name", "switch", "when",
					   "ports",     "user", NULL};
	static const char *const plain[] = {"place", "mechanism", "name",  "switch",  "when",
					    "ports", "user",      "state", "command", NULL};
	const struct audit *audit = ctx->audit;
	const void **records = arena_array(ctx->arena, audit->starts.n + 1, sizeof(*records));
	size_t n = 0;

	for (size_t i = 0; i < audit->starts.n; i++)
		if (is_wanted(request, audit->starts.v[i]))
			records[n++] = audit->starts.v[i];
	return output_list(cmd, ctx, request->format,
			   &(struct report_list){
				   .key = "starts",
				   .set = &columns_start,
				   .view = text_is(request->format, "plain") ? plain : view,
				   .records = records,
				   .n = n,
				   .below = place_and_state,
				   .indent = 2,
			   });
}

static void
print_runlevels(const struct request *request, const struct audit *audit, FILE *out)
{
	if (!text_is(request->format, "table") || (!audit->runlevel && !audit->default_runlevel))
		return;
	fprintf(out, "runlevel %s, before %s, default %s\n",
		audit->runlevel ? audit->runlevel : "unknown",
		audit->previous_runlevel ? audit->previous_runlevel : "none",
		audit->default_runlevel ? audit->default_runlevel : "unknown");
}

static bool
is_mechanism(const struct audit *audit, const char *name)
{
	for (const struct start_reader *const *reader = start_readers; *reader; reader++)
		if (strcmp((*reader)->mechanism, name) == 0)
			return true;
	for (size_t i = 0; i < audit->starts.n; i++)
		if (text_is(audit->starts.v[i]->mechanism, name))
			return true;
	return false;
}

static void
take(const struct cmd_args *args, int option, struct request *request, struct audit_options *wanted)
{
	switch (option) {
	case ROOT:
		wanted->root = args->value;
		return;
	case ENABLED:
		request->enabled = true;
		return;
	case RUNLEVEL:
		request->runlevel = args->value;
		return;
	case SCRIPTS:
		request->scripts = true;
		return;
	case PORTS:
		request->ports = true;
		return;
	default:
		request->format = args->value;
	}
}

static int
run(const struct cmd *cmd, int argc, char **argv)
{
	struct cmd_args args = {.cmd = cmd, .argc = argc, .argv = argv};
	struct report_options report = output_options();
	struct request request = {.format = "table"};
	struct audit_options wanted = {.inventory = {.owners = OWNERS_NONE}};
	struct audit_run audit;
	struct report_ctx ctx;
	int option, status;

	while ((option = cmd_args_next(&args)) >= 0)
		take(&args, option, &request, &wanted);
	if (option == -2)
		return args.help ? CMD_FINE : CMD_USAGE;
	if (args.at + 1 < argc)
		return cmd_usage_error(cmd, "one MECHANISM at most");
	request.mechanism = argv[args.at];
	if (request.runlevel &&
	    (strlen(request.runlevel) != 1 || !strchr(SYSV_LEVELS, request.runlevel[0])))
		return cmd_usage_error(cmd, "--runlevel: one of " SYSV_LEVELS ", not '%s'",
				       request.runlevel);
	if (output_audit(&audit, &wanted))
		return CMD_USAGE;
	if (request.mechanism && !is_mechanism(&audit.audit, request.mechanism)) {
		status = cmd_usage_error(cmd, "no mechanism '%s'", request.mechanism);
	} else {
		report_begin(&ctx, &audit.audit, &report);
		print_runlevels(&request, &audit.audit, report.out);
		status = request.runlevel ? print_links(cmd, &request, &ctx, &audit)
					  : print_records(cmd, &request, &ctx);
		report_end(&ctx);
		cmd_print_diags(&audit.audit, DIAG_ERROR, NULL);
		if (status == CMD_FINE && !audit_complete(&audit.audit))
			status = CMD_INCOMPLETE;
	}
	audit_run_free(&audit);
	return output_end(status);
}

const struct cmd cmd_starts = {
	.name = "starts",
	.args = "[OPTION]... [MECHANISM]",
	.doc = "Show what starts programs here, on or off, with file and line",
	.options = options,
	.run = run,
};
