/* gatehouse processes: what ps shows, and the program behind every title (AUD-15..17). */
#include <string.h>
#include <unistd.h>

#include "base/vec.h"
#include "cmd/output.h"

enum { VIEW, FORMAT };

static const struct cmd_option options[] = {
	[VIEW] = {"view", 0, "aux|ax|ef|exe", "columns of that ps, or the programs' paths"},
	[FORMAT] = {"format", 'f', "FORMAT", "table, plain or json"},
	{NULL},
};

static const char *const aux_columns[] = {"user", "pid",  "cpu",   "mem",  "vsz",     "rss",
					  "tty",  "stat", "start", "time", "command", NULL};
static const char *const ax_columns[] = {"pid", "tty", "stat", "time", "command", NULL};
static const char *const ef_columns[] = {"user", "pid",  "ppid",    "cpu", "start",
					 "tty",  "time", "command", NULL};
static const char *const exe_columns[] = {"pid", "user", "exe", "command", NULL};

static const struct {
	const char *name;
	const char *const *columns;
} views[] = {
	{"aux", aux_columns},
	{"ax", ax_columns},
	{"ef", ef_columns},
	{"exe", exe_columns},
};

/* By the name of the program or any part of its command line. */
static bool
is_wanted(const struct process *process, const char *name)
{
	if (process->pid == getpid())
		return false;
	return !name || text_is(process->comm, name) ||
	       (process->exe && text_is(text_basename(process->exe), name)) ||
	       (process->title && strstr(process->title, name));
}

static int
print(const struct cmd *cmd, const char *format, const char *const *columns, const char *name,
      const struct audit *audit)
{
	struct report_options report = output_options();
	struct {
		const void **v;
		size_t n, cap;
	} found = {0};
	struct report_ctx ctx;
	int status;

	report_begin(&ctx, audit, &report);
	for (size_t i = 0; i < audit->processes.n; i++)
		if (is_wanted(audit->processes.v[i], name))
			vec_push(ctx.arena, &found, audit->processes.v[i]);
	status = output_list(cmd, &ctx, format,
			     &(struct report_list){
				     .key = "processes",
				     .set = &columns_process,
				     .view = columns,
				     .records = found.v,
				     .n = found.n,
			     });
	report_end(&ctx);
	if (status == CMD_FINE && name && found.n == 0) {
		fprintf(stderr, "gatehouse processes: none is named '%s'\n", name);
		return CMD_FINDINGS;
	}
	return status;
}

static int
run(const struct cmd *cmd, int argc, char **argv)
{
	struct cmd_args args = {.cmd = cmd, .argc = argc, .argv = argv};
	struct audit_options wanted = {
		.inventory = {.every_process = true, .ps = true, .owners = OWNERS_NONE}};
	const char *const *columns = aux_columns;
	const char *format = "table", *view = "aux";
	struct audit_run audit;
	int option, status;

	while ((option = cmd_args_next(&args)) >= 0)
		*(option == FORMAT ? &format : &view) = args.value;
	if (option == -2)
		return args.help ? CMD_FINE : CMD_USAGE;
	if (args.at + 1 < argc)
		return cmd_usage_error(cmd, "one NAME at most");
	columns = NULL;
	for (size_t i = 0; i < COUNT_OF(views); i++)
		if (strcmp(views[i].name, view) == 0)
			columns = views[i].columns;
	if (!columns)
		return cmd_usage_error(cmd, "no view '%s'", view);
	if (output_audit(&audit, &wanted))
		return CMD_USAGE;
	status = print(cmd, format, columns, argv[args.at], &audit.audit);
	audit_run_free(&audit);
	return output_end(status);
}

const struct cmd cmd_processes = {
	.name = "processes",
	.args = "[OPTION]... [NAME]",
	.doc = "Show processes as ps does, and the programs behind their titles",
	.options = options,
	.run = run,
};
