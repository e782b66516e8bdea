/* gatehouse sockets: the kernel's sockets in the ways of netstat, ss and lsof, without a verdict.
 */
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "cmd/output.h"

enum { ALL, VIEW, NUMERIC, FORMAT, NETNS, OWNERS, UNIX, LISTING };

static const struct cmd_option options[] = {
	[ALL] = {"all", 'a', NULL, "connected sockets as well"},
	[VIEW] = {"view", 0, "port|fd|program", "a line per socket, descriptor or program"},
	[NUMERIC] = {"numeric", 'n', NULL, "ports as numbers, wildcards in full"},
	[FORMAT] = {"format", 'f', "FORMAT", "table, plain or json"},
	[NETNS] = {"netns", 0, "all|self", "network namespaces to look into (all)"},
	[OWNERS] = {"owners", 0, "HOW", "auto, cgroup, threads, bpf or none"},
	[UNIX] = {"unix", 'x', NULL, "unix, packet and netlink sockets as well"},
	[LISTING] = {"listing", 0, "FILE", "show a saved netstat or ss listing"},
	{NULL},
};

struct request {
	struct audit_options wanted;
	const char *format, *view;
	bool unix_too;
};

/* A view: which records, which columns. */
static const char *const port_columns[] = {"proto",   "recv_queue", "send_queue", "local",
					   "foreign", "state",      "owner",      NULL};
static const char *const fd_columns[] = {"command", "pid",  "user", "fd",   "type",
					 "device",  "size", "node", "name", NULL};
static const char *const program_columns[] = {"program", "user", "proto", "where", "started", NULL};

static const struct view {
	const char *name;
	bool holders; /* records are holders, not listeners */
	const char *const *columns;
} views[] = {
	{"port", false, port_columns},
	{"fd", true, fd_columns},
	{"program", true, program_columns},
};

static const struct view *
find_view(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(views); i++)
		if (strcmp(views[i].name, name) == 0)
			return &views[i];
	return NULL;
}

struct records {
	const void **v;
	size_t n, cap;
};

static void
add_holders(struct arena *arena, struct records *records, const struct listener *listener)
{
	uint32_t n = listener->n_owners ? listener->n_owners : 1;
	struct holder *holders = arena_array(arena, n, sizeof(*holders));

	for (uint32_t i = 0; i < n; i++) {
		holders[i] =
			(struct holder){listener, listener->n_owners ? &listener->owners[i] : NULL};
		vec_push(arena, records, &holders[i]);
	}
}

static int
by_process(const void *a, const void *b)
{
	const struct holder *h = *(const struct holder *const *)a;
	const struct holder *g = *(const struct holder *const *)b;
	pid_t p = h->owner ? h->owner->process->pid : 0, q = g->owner ? g->owner->process->pid : 0;

	return p != q ? (p < q ? -1 : 1) : listener_cmp(h->listener, g->listener);
}

static int
print(const struct cmd *cmd, const struct request *request, const struct report_options *report,
      struct audit *audit)
{
	const struct view *view = find_view(request->view);
	struct records records = {0};
	struct report_ctx ctx;
	int status;

	report_begin(&ctx, audit, report);
	for (size_t i = 0; i < audit->listeners.n; i++) {
		const struct listener *listener = audit->listeners.v[i];

		if (!request->unix_too && !net_proto_is_inet(listener->proto))
			continue;
		if (view->holders)
			add_holders(ctx.arena, &records, listener);
		else
			vec_push(ctx.arena, &records, listener);
	}
	if (view->holders && records.n)
		qsort(records.v, records.n, sizeof(*records.v), by_process);
	if (text_is(request->format, "table"))
		fprintf(report->out, "Sockets (%s)\n",
			request->wanted.inventory.all ? "servers and established" : "only servers");
	status = output_list(cmd, &ctx, request->format,
			     &(struct report_list){
				     .key = view->holders ? "holders" : "sockets",
				     .set = view->holders ? &columns_holder : &columns_listener,
				     .view = view->columns,
				     .records = records.v,
				     .n = records.n,
			     });
	report_end(&ctx);
	return status;
}

static int
take(const struct cmd *cmd, const struct cmd_args *args, int option, struct request *request,
     struct report_options *report)
{
	switch (option) {
	case ALL:
		request->wanted.inventory.all = true;
		return 0;
	case VIEW:
		request->view = args->value;
		if (!find_view(args->value))
			return cmd_usage_error(cmd, "no view '%s'", args->value);
		return 0;
	case NUMERIC:
		report->numeric = true;
		return 0;
	case FORMAT:
		request->format = args->value;
		return 0;
	case NETNS:
		return cmd_take_netns(cmd, args->value, &request->wanted.inventory);
	case OWNERS:
		return cmd_take_owners(cmd, args->value, &request->wanted.inventory);
	case UNIX:
		request->unix_too = request->wanted.inventory.netlink = true;
		return 0;
	default:
		request->wanted.listing = args->value;
		return 0;
	}
}

static int
run(const struct cmd *cmd, int argc, char **argv)
{
	struct cmd_args args = {.cmd = cmd, .argc = argc, .argv = argv};
	struct request request = {.format = "table", .view = "port"};
	struct report_options report = output_options();
	struct audit_run audit;
	int option, status;

	while ((option = cmd_args_next(&args)) >= 0)
		if (take(cmd, &args, option, &request, &report))
			return CMD_USAGE;
	if (option == -2)
		return args.help ? CMD_FINE : CMD_USAGE;
	if (args.at < argc)
		return cmd_usage_error(cmd, "no arguments expected: '%s'", argv[args.at]);
	/* The guided search may leave out descriptors; this view is about each of them (AUD-11). */
	if (text_is(request.view, "fd") && request.wanted.inventory.owners == OWNERS_AUTO)
		request.wanted.inventory.owners = OWNERS_THREADS;
	if (output_audit(&audit, &request.wanted))
		return CMD_USAGE;
	output_names(&report, audit.services);
	status = print(cmd, &request, &report, &audit.audit);
	if (status == CMD_FINE && !audit_complete(&audit.audit)) {
		cmd_print_diags(&audit.audit, DIAG_UNSEEN, NULL);
		status = CMD_INCOMPLETE;
	}
	audit_run_free(&audit);
	return output_end(status);
}

const struct cmd cmd_sockets = {
	.name = "sockets",
	.args = "[OPTION]...",
	.doc = "Show sockets as netstat, ss and lsof do",
	.options = options,
	.run = run,
};
