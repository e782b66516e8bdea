/* gatehouse baseline: what listens now, kept in a file, and compared with it later (AUD-19). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/map.h"
#include "cmd/output.h"
#include "listing/listing.h"
#include "report/baseline.h"
#include "start/services.h"

enum { FORMAT, NETNS, OWNERS };

static const struct cmd_option options[] = {
	[FORMAT] = {"format", 'f', "FORMAT", "table, plain or json"},
	[NETNS] = {"netns", 0, "all|self", "network namespaces to look into (all)"},
	[OWNERS] = {"owners", 0, "HOW", "auto, cgroup, threads, bpf or none"},
	{NULL},
};

struct request {
	const char *format, *file;
	struct span text; /* of the file, when it is read */
	struct audit_run *run;
};

/* Files ---------------------------------------------------------------------------------- */

#define SYSTEM_DIR "/var/lib/gatehouse"
#define FILE_NAME "/baseline.json"

/* Root's lies with the machine, another user's with his state (XDG base directories). */
static const char *
usual_file(struct arena *arena)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (geteuid() == 0)
		return SYSTEM_DIR FILE_NAME;
	if (state && state[0] == '/')
		return arena_printf(arena, "%s/gatehouse" FILE_NAME, state);
	return arena_printf(arena, "%s/.local/state/gatehouse" FILE_NAME, home ? home : "");
}

/* Every missing directory on the way, for the usual file only. */
static int
make_dirs(struct arena *arena, const char *file)
{
	char *path = arena_dup(arena, file);

	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

static int
sync_dir(struct arena *arena, const char *file)
{
	char *dir = arena_dup(arena, file), *slash = strrchr(dir, '/');
	auto_fd fd = -1;

	if (slash)
		slash[slash == dir] = '\0';
	fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int
write_and_sync(int fd, const struct baseline *baseline)
{
	FILE *out = fdopen(fd, "w");
	int r;

	if (!out) {
		r = -errno;
		fd_close(fd);
		return r;
	}
	r = baseline_write(baseline, out);
	if (r == 0 && (fflush(out) != 0 || fsync(fileno(out)) < 0))
		r = -errno;
	if (fclose(out) != 0 && r == 0)
		r = -errno;
	return r;
}

/* Whole or not at all: a temporary file beside it, on the disk, then renamed over it. What is
 * renamed over must be a file: root's "save /dev/null" would leave a machine without one. */
static int
save(struct arena *arena, const char *file, const struct baseline *baseline, struct err *err)
{
	char *temporary = arena_printf(arena, "%s.XXXXXX", file);
	struct stat st;
	int fd, r;

	if (lstat(file, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "cannot write %s: there is something that is no file",
			       file);
	fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
	r = fd < 0 ? -errno : write_and_sync(fd, baseline);

	if (fd >= 0 && r == 0 && rename(temporary, file) < 0)
		r = -errno;
	if (fd >= 0 && r < 0)
		unlink(temporary);
	if (r == 0)
		r = sync_dir(arena, file);
	return r < 0 ? err_errno(err, r, "cannot write %s", file) : 0;
}

static bool
port_of_name(const void *data, const char *name, enum net_proto proto, uint16_t *ret)
{
	return services_port(data, name, proto, ret);
}

static int
read_file(struct arena *arena, const char *file, struct span *ret, struct err *err)
{
	auto_fd fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int r = fd < 0 ? -errno : fd_read_all(fd, arena, LIMIT_FILE_BYTES, ret);

	return r < 0 ? err_errno(err, r, "cannot read %s", file) : 0;
}

/* A baseline begins with '{'; everything else is taken for a listing of netstat or ss. */
static bool
is_baseline(struct span text)
{
	return span_starts(span_trim(text), "{");
}

static int
load(const struct request *request, struct baseline *ret, struct err *err)
{
	struct audit *audit = &request->run->audit;
	struct audit *listed = arena_alloc(audit->arena, sizeof(*listed));
	const struct listing_names names = {port_of_name, request->run->services};
	int r;

	if (is_baseline(request->text)) {
		r = baseline_parse(audit->arena, request->text, ret, err);
		return r < 0 ? err_wrap(err, r, "%s", request->file) : 0;
	}
	listed->arena = audit->arena;
	listed->diags = diags_of(audit->arena);
	listed->process_by_pid = map_of(audit->arena);
	listing_read(listed, request->file, request->text, &names, false);
	cmd_print_diags(listed, DIAG_ERROR, NULL);
	/* An empty list would be equal to everything. */
	if (listed->listeners.n == 0)
		return err_set(err, -EINVAL, "%s: neither a baseline nor a listing", request->file);
	baseline_of(listed, true, ret);
	return 0;
}

/* Actions -------------------------------------------------------------------------------- */

static int
fail(const struct err *err)
{
	fprintf(stderr, "gatehouse: %s\n", err->text);
	return CMD_USAGE;
}

/* What was not seen is not in a baseline either: say so. */
static int
complete_or_not(const struct request *request)
{
	if (audit_complete(&request->run->audit))
		return CMD_FINE;
	cmd_print_diags(&request->run->audit, DIAG_UNSEEN, NULL);
	return CMD_INCOMPLETE;
}

static int
do_save(const struct cmd *cmd, const struct request *request, bool usual)
{
	struct audit *audit = &request->run->audit;
	struct baseline baseline;
	struct err err;
	int r;

	baseline_of(audit, false, &baseline);
	if (text_is(request->file, "-")) {
		baseline_write(&baseline, stdout);
		return complete_or_not(request);
	}
	r = usual ? make_dirs(audit->arena, request->file) : 0;
	r = r < 0 ? err_errno(&err, r, "cannot make the directory of %s", request->file)
		  : save(audit->arena, request->file, &baseline, &err);
	if (r < 0) {
		fail(&err);
		return CMD_INCOMPLETE;
	}
	fprintf(stderr, "%zu rows saved in %s\n", baseline.n, request->file);
	return complete_or_not(request);
}

static int
print(const struct cmd *cmd, const struct request *request, struct report_list list, const char *v,
      size_t stride)
{
	struct report_options report = output_options();
	const void **records;
	struct report_ctx ctx;
	int status;

	report_begin(&ctx, &request->run->audit, &report);
	records = arena_array(ctx.arena, list.n + 1, sizeof(*records));
	for (size_t i = 0; i < list.n; i++)
		records[i] = v + i * stride;
	list.records = records;
	status = output_list(cmd, &ctx, request->format, &list);
	report_end(&ctx);
	return status;
}

static int
do_diff(const struct cmd *cmd, const struct request *request, bool usual)
{
	static const char *const view[] = {"change",  "protocol", "class", "port",
					   "service", "by",       "was",   NULL};
	struct audit *audit = &request->run->audit;
	struct baseline_changes changes;
	struct baseline old, new;
	struct err err;
	int status;

	if (load(request, &old, &err) < 0)
		return fail(&err);
	baseline_of(audit, false, &new);
	baseline_diff(audit->arena, &old, &new, &changes);
	status = print(
		cmd, request,
		(struct report_list){
			.key = "changes", .set = &columns_change, .view = view, .n = changes.n},
		(const char *)changes.v, sizeof(*changes.v));
	if (status != CMD_FINE)
		return status;
	/* 3 before 1: what could not be seen may have changed too. */
	status = complete_or_not(request);
	if (status == CMD_FINE && changes.n)
		return CMD_FINDINGS;
	return status;
}

static int
do_show(const struct cmd *cmd, const struct request *request, bool usual)
{
	static const char *const view[] = {"protocol", "class", "port", "service",
					   "by",       "count", NULL};
	struct baseline old;
	struct err err;

	if (load(request, &old, &err) < 0)
		return fail(&err);
	return print(
		cmd, request,
		(struct report_list){
			.key = "listeners", .set = &columns_baseline, .view = view, .n = old.n},
		(const char *)old.v, sizeof(*old.v));
}

static const struct action {
	const char *name;
	bool looks; /* at the machine's sockets */
	bool reads; /* the file */
	int (*run)(const struct cmd *cmd, const struct request *request, bool usual);
} actions[] = {
	{"save", true, false, do_save},
	{"diff", true, true, do_diff},
	{"show", false, true, do_show},
};

static const struct action *
find_action(const char *name)
{
	for (size_t i = 0; name && i < COUNT_OF(actions); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

static int
act(const struct cmd *cmd, const struct action *action, struct request *request,
    struct audit_options *wanted, const char *file)
{
	cleanup(arena_freep) struct arena *arena = arena_new();
	struct audit_run audit;
	struct err err;
	int status;

	request->file = file ? file : usual_file(arena);
	if (action->reads) {
		if (read_file(arena, request->file, &request->text, &err) < 0)
			return fail(&err);
		/* netstat and ss look into one network namespace. */
		if (!is_baseline(request->text))
			wanted->inventory.netns = INVENTORY_NETNS_SELF;
	}
	if (output_audit(&audit, wanted))
		return CMD_USAGE;
	request->run = &audit;
	status = action->run(cmd, request, !file);
	audit_run_free(&audit);
	return status;
}

static int
run(const struct cmd *cmd, int argc, char **argv)
{
	struct cmd_args args = {.cmd = cmd, .argc = argc, .argv = argv};
	struct audit_options wanted = {0};
	struct request request = {.format = "table"};
	const struct action *action;
	int option, status = 0;

	while ((option = cmd_args_next(&args)) >= 0) {
		if (option == FORMAT)
			request.format = args.value;
		else
			status = option == NETNS
					 ? cmd_take_netns(cmd, args.value, &wanted.inventory)
					 : cmd_take_owners(cmd, args.value, &wanted.inventory);
		if (status)
			return status;
	}
	if (option == -2)
		return args.help ? CMD_FINE : CMD_USAGE;
	action = find_action(argv[args.at]);
	if (!action || args.at + 2 < argc)
		return cmd_usage_error(cmd, "save, diff or show, and one FILE at most");
	wanted.no_sockets = !action->looks;
	status = act(cmd, action, &request, &wanted, argv[args.at + 1]);
	return output_end(status);
}

const struct cmd cmd_baseline = {
	.name = "baseline",
	.args = "[OPTION]... save|diff|show [FILE]",
	.doc = "Keep a list of what listens, and show what has changed since",
	.options = options,
	.run = run,
};
