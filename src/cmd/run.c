/*
 * One audit from end to end, in the order of the data flow. What runs (inventory) and what is
 * configured (start records, catalog, policy) do not depend on each other, so they are read side
 * by side, each into an arena of its own; then they are joined and judged.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/span.h"
#include "base/vec.h"
#include "cmd/cmd.h"
#include "conf/reading.h"
#include "join/join.h"
#include "judge/judge.h"
#include "listing/listing.h"
#include "report/safe.h"

/* What is configured -------------------------------------------------------------------- */

/* Everything the reading thread needs and makes; nobody else touches it until it ends. */
struct reading {
	struct audit_run *run;
	const struct audit_options *options;
	struct diags diags, knowledge_diags;
	struct arena
		*knowledge; /* the catalog's and the policy's, read side by side with the rest */
	struct start_list starts;
	struct policy policy;
	struct span policy_text; /* of the file named on the command line */
	const char *default_runlevel;
	const char *init;
};

/* What is known and what is wanted: nothing of what the machine starts is needed for it. */
static void *
read_knowledge(void *arg)
{
	struct reading *reading = arg;
	struct audit_run *run = reading->run;
	struct diags *diags = &reading->knowledge_diags;
	struct arena *arena = run->knowledge;

	run->catalog = catalog_load(arena, diags, &run->root);
	if (reading->options->policy)
		policy_parse(arena, diags, reading->options->policy, reading->policy_text,
			     &reading->policy);
	else
		policy_read(&run->root, arena, diags, &reading->policy);
	policy_resolve(&reading->policy, run->catalog, diags);
	return NULL;
}

static void *
read_configuration(void *arg)
{
	struct reading *reading = arg;
	struct audit_run *run = reading->run;
	struct start_ctx ctx = {
		.root = &run->root,
		.arena = run->files,
		.diags = &reading->diags,
		.out = &reading->starts,
	};
	pthread_t thread;
	bool aside = pthread_create(&thread, NULL, read_knowledge, reading) == 0;

	run->services = services_read(&run->root, run->files, &reading->diags);
	ctx.services = run->services;
	if (!reading->init)
		reading->init = start_init(&run->root, run->files);
	ctx.init = reading->init;
	start_read_all(&ctx, reading->options->mechanism);
	reading->default_runlevel = ctx.default_runlevel;
	if (aside)
		pthread_join(thread, NULL);
	else
		read_knowledge(reading);
	return NULL;
}

/* The auditor's own file, unlike the machine's, must be right: a verdict without a part of it
 * is not the one asked for. */
static bool
has_mistakes(const struct reading *reading)
{
	const char *policy = reading->options->policy;

	for (size_t i = 0; policy && i < reading->knowledge_diags.n; i++)
		if (reading->knowledge_diags.v[i].level == DIAG_ERROR &&
		    text_is(reading->knowledge_diags.v[i].file, policy))
			return true;
	return false;
}

/* The thread is over: its results become the audit's. */
static void
take(struct audit *audit, const struct reading *reading)
{
	audit->policy = reading->policy;
	audit->default_runlevel = reading->default_runlevel;
	if (!audit->init)
		audit->init = reading->init;
	for (size_t i = 0; i < reading->starts.n; i++)
		vec_push(audit->arena, &audit->starts, reading->starts.v[i]);
	/* Before what users may have written: there is only so much room. */
	diags_add_all(&audit->diags, &reading->knowledge_diags);
	diags_add_all(&audit->diags, &reading->diags);
}

/* What runs --------------------------------------------------------------------------------- */

static void
look(struct audit_run *run, struct inventory_options options)
{
	struct audit *audit = &run->audit;

	inventory_begin(&options);
	inventory_ifaces(audit);
	inventory_sockets(audit, &options);
	inventory_owners(audit, &options);
	inventory_processes(audit, &options);
	inventory_end(&options);
	inventory_rpc(audit);
	inventory_filter(audit);
}

/* The pids that pidfiles hold now: evidence for the join. */
static void
read_pidfiles(struct audit_run *run)
{
	struct audit *audit = &run->audit;

	for (size_t i = 0; i < audit->starts.n; i++) {
		struct start *start = audit->starts.v[i];
		struct span text;
		uint32_t pid;

		if (!start->pidfile || start->pidfile[0] != '/' ||
		    root_read(&run->root, start->pidfile, audit->arena, 64, &text) < 0)
			continue;
		text = span_trim(text);
		if (num_u32(span_word(&text), INT32_MAX, &pid))
			start->pidfile_pid = (int32_t)pid;
	}
}

/*
 * Only root decides which files root reads for him: any user may run "xinetd -f /etc/shadow", and
 * what cannot be understood there is shown. The path must mean the same file here, too.
 */
static bool
may_name_files(const struct audit *audit, const struct process *process)
{
	const struct process *init = audit_process(audit, 1);

	return process->root_started && text_is(process->root, "/") &&
	       (!init || process->pidns == init->pidns);
}

/* gatehoused reads files of any kind: this one's own words tell. */
static const char *
reader_of(struct audit_run *run, const char *mechanism, const char *file)
{
	const struct conf_front *front;
	struct span text;

	if (!text_is(mechanism, "gatehouse"))
		return mechanism;
	if (root_read(&run->root, file, run->audit.arena, LIMIT_FILE_BYTES, &text) < 0)
		return "inetd"; /* whose reader says what is wrong */
	front = conf_front_of(file, text);
	return front ? front->name : "inetd";
}

/* Super-servers that run on another file than the usual one: their lines count as well. */
static void
read_super_server_files(struct audit_run *run)
{
	struct audit *audit = &run->audit;
	struct start_list list = {0};
	struct start_ctx ctx = {
		.root = &run->root,
		.arena = audit->arena,
		.diags = &audit->diags,
		.services = run->services,
		.init = audit->init,
		.default_runlevel = audit->default_runlevel,
		.out = &list,
	};

	for (size_t i = 0; i < audit->processes.n; i++) {
		const struct process *process = audit->processes.v[i];
		const char *mechanism = join_super_server(process);
		const char *file = mechanism && may_name_files(audit, process)
					   ? join_super_server_file(process)
					   : NULL;
		size_t before = list.n;

		if (!file)
			continue;
		start_read_file(&ctx, reader_of(run, mechanism, file), file);
		for (size_t s = before; s < list.n; s++)
			list.v[s]->server_pid = (int32_t)process->pid;
	}
	for (size_t i = 0; i < list.n; i++)
		vec_push(audit->arena, &audit->starts, list.v[i]);
}

/* Which packages the programs belong to: asked once for all of them, after the join. */
static void
find_packages(struct audit_run *run, struct package_lists *lists)
{
	struct audit *audit = &run->audit;
	struct arena *arena = audit->arena;
	size_t most = audit->processes.n + audit->starts.n, n = 0;
	const char **paths = arena_array(arena, most + 1, sizeof(*paths));
	const char **found = arena_array(arena, most + 1, sizeof(*found));
	const char ***where = arena_array(arena, most + 1, sizeof(*where));

	for (size_t i = 0; i < audit->processes.n; i++)
		if (audit->processes.v[i]->exe) {
			paths[n] = audit->processes.v[i]->exe;
			where[n++] = &audit->processes.v[i]->package;
		}
	for (size_t i = 0; i < audit->starts.n; i++) {
		struct start *start = audit->starts.v[i];

		if (!start->enabled || start->dormant || (!start->exe && !start->file) ||
		    start->package)
			continue;
		paths[n] = start->exe ? start->exe : start->file;
		where[n++] = &start->package;
	}
	inventory_packages_end(lists, arena, &audit->diags, paths, n, found);
	for (size_t i = 0; i < n; i++)
		*where[i] = found[i];
}

/* The policy named on the command line must be there: it is the auditor's own file. */
static int
open_policy(struct reading *reading, struct err *err)
{
	const char *path = reading->options->policy;
	auto_fd fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : -1;
	int r;

	if (!path)
		return 0;
	r = fd < 0 ? -errno
		   : fd_read_all(fd, reading->run->files, LIMIT_FILE_BYTES, &reading->policy_text);
	return r < 0 ? err_errno(err, r, "cannot read the policy %s", path) : 0;
}

/* A saved listing -------------------------------------------------------------------------------
 */

static bool
port_of_name(const void *data, const char *name, enum net_proto proto, uint16_t *ret)
{
	const struct audit_run *run = data;
	const struct catalog_entry *entry;

	if (services_port(run->services, name, proto, ret))
		return true;
	entry = catalog_find(run->catalog, name);
	for (uint32_t i = 0; entry && i < entry->n_own_ports; i++)
		if (entry->ports[i].proto == proto && entry->ports[i].low <= UINT16_MAX) {
			*ret = (uint16_t)entry->ports[i].low;
			return true;
		}
	return false;
}

/* Its sockets instead of this machine's; and this machine's start records say nothing of it. */
static int
read_listing(struct audit_run *run, const struct audit_options *options, struct err *err)
{
	const struct listing_names names = {port_of_name, run};
	struct audit *audit = &run->audit;
	auto_fd fd = open(options->listing, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct span text;
	size_t errors, lines;
	int r = fd < 0 ? -errno : fd_read_all(fd, audit->arena, LIMIT_FILE_BYTES, &text);

	if (r < 0)
		return err_errno(err, r, "cannot read the listing %s", options->listing);
	if (!options->root) {
		audit->starts.n = 0;
		audit->host = NULL;
		audit->init = NULL;
	}
	errors = audit->diags.count[DIAG_ERROR];
	lines = listing_read(audit, options->listing, text, &names, options->inventory.all);
	errors = audit->diags.count[DIAG_ERROR] - errors;
	/* One line of another file may look like a heading: /etc/passwd has "proxy:". */
	if (lines == 0 || (audit->listeners.n == 0 && errors > lines))
		return err_set(err, -EINVAL, "%s: not a listing of netstat or ss",
			       options->listing);
	if (errors)
		diag_add(&audit->diags, DIAG_UNSEEN, options->listing, 0, 0,
			 "%zu lines were not understood", errors);
	return 0;
}

/* The whole run ------------------------------------------------------------------------------ */

static int
begin(struct audit_run *run, const struct audit_options *options, struct err *err)
{
	const char *path = options->root ? options->root : "/";
	struct audit *audit = &run->audit;
	int r;

	memset(run, 0, sizeof(*run));
	r = root_open(&run->root, path, err);
	if (r < 0)
		return r;
	run->files = arena_new();
	run->knowledge = arena_new();
	audit->arena = arena_new();
	audit->diags = diags_of(audit->arena);
	audit->process_by_pid = map_of(audit->arena);
	audit->root = path;
	audit->live = run->root.live && !options->no_sockets && !options->listing;
	audit->now = time(NULL);
	return 0;
}

int
audit_run(struct audit_run *run, const struct audit_options *options, struct err *err)
{
	struct reading reading = {.run = run, .options = options};
	struct audit *audit = &run->audit;
	struct package_lists *packages;
	struct judge_ctx judge;
	pthread_t thread;
	bool aside;
	int r;

	r = begin(run, options, err);
	if (r < 0)
		return r;
	reading.diags = diags_of(run->files);
	r = open_policy(&reading, err);
	if (r < 0) {
		audit_run_free(run);
		return r;
	}
	reading.knowledge_diags = diags_of(run->knowledge);
	packages = inventory_packages_begin(&run->root);
	inventory_host(audit, &run->root);
	reading.init = audit->init;
	aside = audit->live && pthread_create(&thread, NULL, read_configuration, &reading) == 0;
	if (audit->live)
		look(run, options->inventory);
	if (aside)
		pthread_join(thread, NULL);
	else
		read_configuration(&reading);
	take(audit, &reading);
	run->bad_input = has_mistakes(&reading);
	if (audit->live) {
		read_super_server_files(run);
		read_pidfiles(run);
	}
	if (options->listing) {
		r = read_listing(run, options, err);
		if (r < 0) {
			inventory_packages_end(packages, audit->arena, &audit->diags, NULL, 0,
					       NULL);
			audit_run_free(run);
			return r;
		}
	}
	join_audit(audit);
	find_packages(run, packages);
	judge = (struct judge_ctx){.audit = audit, .catalog = run->catalog};
	judge_audit(&judge);
	return 0;
}

void
audit_run_free(struct audit_run *run)
{
	root_closep(&run->root);
	arena_freep(&run->files);
	arena_freep(&run->knowledge);
	arena_freep(&run->audit.arena);
}

enum cmd_exit
audit_run_exit(const struct audit_run *run)
{
	const struct audit *audit = &run->audit;

	if (run->bad_input)
		return CMD_USAGE;
	if (!audit_complete(audit))
		return CMD_INCOMPLETE;
	for (size_t i = 0; i < audit->findings.n; i++)
		if (judge_counts(audit->findings.v[i]))
			return CMD_FINDINGS;
	return CMD_FINE;
}

void
cmd_print_diags(const struct audit *audit, enum diag_level least, const char *file)
{
	for (size_t i = 0; i < audit->diags.n; i++)
		if (audit->diags.v[i].level >= least &&
		    (!file || text_is(audit->diags.v[i].file, file)))
			fprintf(stderr, "gatehouse: %s\n",
				safe_text(audit->arena,
					  diag_line(audit->arena, &audit->diags.v[i])));
	if (audit->diags.dropped && !file)
		fprintf(stderr, "gatehouse: %zu more like these\n", audit->diags.dropped);
}
