/* gatehouse audit: every door, who holds it, what starts it, what to do about it. */
#include "base/near.h"
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/output.h"

enum { ROOT, FORMAT, NETNS, POLICY, OWNERS, LISTING, ALL, NUMERIC, VERBOSE };

static const struct cmd_option options[] = {
	[ROOT] = {"root", 'r', "DIR", "examine the machine whose files are below DIR"},
	[FORMAT] = {"format", 'f', "FORMAT", "table, json, plain, summary or checklist"},
	[NETNS] = {"netns", 0, "all|self", "network namespaces to look into (all)"},
	[POLICY] = {"policy", 'p', "FILE", "what this machine is for, instead of the usual"},
	[OWNERS] = {"owners", 0, "HOW", "auto, cgroup, threads, bpf or none"},
	[LISTING] = {"listing", 0, "FILE", "judge a saved netstat or ss listing instead"},
	[ALL] = {"all", 'a', NULL, "show also what only this host can reach"},
	[NUMERIC] = {"numeric", 'n', NULL, "wildcards in full: 0.0.0.0 and [::] instead of *"},
	[VERBOSE] = {"verbose", 'v', NULL, "evidence, all remedies, remarks on files"},
	{NULL},
};

static int
take(const struct cmd *cmd, const struct cmd_args *args, int option, struct audit_options *wanted,
     struct report_options *report, const char **format)
{
	switch (option) {
	case ROOT:
		wanted->root = args->value;
		return 0;
	case FORMAT:
		*format = args->value;
		return 0;
	case NETNS:
		return cmd_take_netns(cmd, args->value, &wanted->inventory);
	case POLICY:
		wanted->policy = args->value;
		return 0;
	case OWNERS:
		return cmd_take_owners(cmd, args->value, &wanted->inventory);
	case LISTING:
		wanted->listing = args->value;
		return 0;
	case ALL:
		report->all = true;
		return 0;
	case NUMERIC:
		report->numeric = true;
		return 0;
	default:
		report->verbose = true;
		return 0;
	}
}

static const char *
near_format(const char *name, char *buf, size_t size)
{
	struct near near = near_of(span_of(name));

	for (const struct report_format *const *format = report_formats; *format; format++)
		near_offer(&near, (*format)->name);
	return near_hint(&near, buf, size);
}

static int
run(const struct cmd *cmd, int argc, char **argv)
{
	struct cmd_args args = {.cmd = cmd, .argc = argc, .argv = argv};
	struct report_options report = output_options();
	const struct report_format *format;
	const char *format_name = "table";
	char hint[80];
	struct audit_options wanted = {0};
	struct audit_run audit;
	int option, status;

	while ((option = cmd_args_next(&args)) >= 0)
		if (take(cmd, &args, option, &wanted, &report, &format_name))
			return CMD_USAGE;
	if (option == -2)
		return args.help ? CMD_FINE : CMD_USAGE;
	if (args.at < argc)
		return cmd_usage_error(cmd, "no arguments expected: '%s'", argv[args.at]);
	format = report_format_find(format_name);
	if (!format)
		return cmd_usage_error(cmd, "no format '%s'%s", format_name,
				       near_format(format_name, hint, sizeof(hint)));
	if (output_audit(&audit, &wanted))
		return CMD_USAGE;
	/* The policy is the auditor's own: what was left out of it he is told in any case. */
	if (report.verbose)
		cmd_print_diags(&audit.audit, DIAG_NOTE, NULL);
	else
		cmd_print_diags(&audit.audit, DIAG_WARNING,
				wanted.policy ? wanted.policy : POLICY_FILE);
	format->write(&audit.audit, &report);
	status = (int)audit_run_exit(&audit);
	audit_run_free(&audit);
	return output_end(status);
}

const struct cmd cmd_audit = {
	.name = "audit",
	.args = "[OPTION]...",
	.doc = "Show every listener, who holds it, what starts it, what to do",
	.options = options,
	.run = run,
};
