/* gatehouse explain: what a service, port, program or process is, who holds it now, what starts
 * it, and what to do about it (AUD-18, AUD-20, AUD-21). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/num.h"
#include "base/vec.h"
#include "cmd/explain_client.h"
#include "cmd/output.h"
#include "report/safe.h"
#include "start/services.h"

enum { ROOT, FORMAT, POLICY, SERVICE, FROM, TO, USER, NAME, AT, CONF, DIALECT, LIVE, CONTROL };

static const struct cmd_option options[] = {
	[ROOT] = {"root", 'r', "DIR", "examine the machine whose files are below DIR"},
	[FORMAT] = {"format", 0, "FORMAT", "table or json"},
	[POLICY] = {"policy", 'p', "FILE", "what this machine is for, instead of the usual"},
	[SERVICE] = {"service", 's', "SERVICE", "may a client use this service of gatehoused?"},
	[FROM] = {"from", 0, "ADDRESS", "the client's address"},
	[TO] = {"to", 0, "ADDRESS", "ours, to which it comes"},
	[USER] = {"user", 'u', "USER", "what its ident server would say"},
	[NAME] = {"name", 0, "NAME", "its name, instead of looking it up"},
	[AT] = {"at", 0, "TIME", "HH:MM, \"Sat HH:MM\", YYYY-MM-DD HH:MM"},
	[CONF] = {"file", 'f', "FILE", "instead of the usual files; may be repeated"},
	[DIALECT] = {"dialect", 0, "NAME", "whose inetd.conf it is: openbsd, freebsd, ..."},
	[LIVE] = {"live", 0, NULL, "ask the running gatehoused"},
	[CONTROL] = {"control", 0, "SOCKET", "of the gatehoused that is meant"},
	{NULL},
};

/* What was asked, and all that is known of it. */
struct question {
	const char *text;
	bool is_port, is_path, any_proto;
	enum net_proto proto;
	uint32_t port;
	pid_t pid; /* 0 = none */
	const struct catalog *catalog;
	const struct catalog_entry *entry;
	const struct catalog_group *group; /* "group:test" */
	const char *name, *comment;        /* of services(5) */
	struct inventory_pids open;        /* who has the file open */
	struct {
		const void **v;
		size_t n, cap;
	} listeners, starts, processes;
};

/* Groups (CATG-3) ---------------------------------------------------------------------------- */

static const struct catalog_group *
find_group(const char *text)
{
	const struct catalog_group *group = catalog_groups;

	if (!text_starts(text, "group:"))
		return NULL;
	while (group->name && !text_is(group->name, text + strlen("group:")))
		group++;
	return group->name ? group : NULL;
}

static bool
is_member(const struct question *question, const struct catalog_entry *entry)
{
	for (const char **group = entry ? entry->groups : NULL; group && *group; group++)
		if (question->group && text_is(*group, question->group->name))
			return true;
	return false;
}

/* Understanding the question ----------------------------------------------------------------- */

/* "515", "515/tcp", ":515": a port; a plain number may be a pid as well. */
static void
understand_number(struct question *question)
{
	struct span text = span_of(question->text + (question->text[0] == ':'));
	struct span number = span_cut(&text, '/');
	uint32_t n;

	if (!num_u32(number, INT32_MAX, &n))
		return;
	question->any_proto = text.n == 0;
	if (text.n && !net_proto_parse(text, &question->proto))
		return;
	question->port = n;
	question->is_port = n <= UINT16_MAX;
	if (text.n == 0 && question->text[0] != ':')
		question->pid = (pid_t)n;
}

/* A path that is there and neither a program nor a file that starts one has only its name in common
 * with a service: /etc/hostname. */
static bool
may_start(const struct audit_run *run, const char *path)
{
	struct stat st;

	if (root_stat(&run->root, path, &st) < 0)
		return true;
	if (S_ISREG(st.st_mode) && st.st_mode & 0111)
		return true;
	for (size_t i = 0; i < run->audit.starts.n; i++)
		if (text_is(run->audit.starts.v[i]->file, path))
			return true;
	return false;
}

static void
understand(struct question *question, struct audit_run *run)
{
	question->is_path = question->text[0] == '/';
	question->group = find_group(question->text);
	if (question->group)
		return;
	if (isdigit((unsigned char)question->text[question->text[0] == ':']))
		understand_number(question);
	if (question->is_port) {
		static const enum net_proto both[] = {NET_TCP, NET_UDP};

		for (size_t i = 0; i < (question->any_proto ? COUNT_OF(both) : 1); i++) {
			enum net_proto proto = question->any_proto ? both[i] : question->proto;

			if (!question->entry)
				question->entry =
					catalog_find_port(run->catalog, proto, question->port);
			if (!question->name)
				question->name =
					services_name(run->services, (uint16_t)question->port,
						      proto, &question->comment);
		}
		return;
	}
	if (!question->is_path || may_start(run, question->text))
		question->entry =
			catalog_find(run->catalog, question->is_path ? text_basename(question->text)
								     : question->text);
	for (int proto = NET_TCP; !question->name && proto <= NET_UDP; proto++) {
		uint16_t port;

		if (services_port(run->services, question->text, (enum net_proto)proto, &port))
			question->name = services_name(run->services, port, (enum net_proto)proto,
						       &question->comment);
	}
}

/* Finding what belongs to it ----------------------------------------------------------------- */

static bool
names_process(const struct question *question, const struct process *process)
{
	if (question->pid && process->pid == question->pid)
		return true;
	if (question->is_path) {
		for (size_t i = 0; i < question->open.n; i++)
			if (question->open.v[i] == process->pid)
				return true;
		return text_is(process->exe, question->text);
	}
	return text_is(process->comm, question->text) ||
	       (process->exe && text_is(text_basename(process->exe), question->text));
}

static bool
names_listener(const struct question *question, const struct catalog *catalog,
	       const struct listener *listener)
{
	if (question->group)
		return listener->service &&
		       is_member(question, catalog_find(catalog, listener->service));
	if (question->is_port && net_proto_has_port(listener->proto) &&
	    listener->port == question->port &&
	    (question->any_proto || listener->proto == question->proto))
		return true;
	if (!question->is_port && question->entry &&
	    text_is(listener->service, question->entry->name))
		return true;
	if (!question->is_port && text_is(listener->service, question->text))
		return true;
	if (question->is_path && text_is(listener->path, question->text))
		return true;
	for (uint32_t i = 0; i < listener->n_owners; i++)
		if (names_process(question, listener->owners[i].process))
			return true;
	return false;
}

static bool
is_program(const char *program, const struct question *question)
{
	return program &&
	       text_is(question->is_path ? program : text_basename(program), question->text);
}

static bool
names_start(const struct question *question, const struct catalog *catalog,
	    const struct start *start)
{
	for (uint32_t i = 0; question->is_port && i < start->n_ports; i++)
		if (start->ports[i].port == question->port &&
		    (question->any_proto || start->ports[i].proto == question->proto))
			return true;
	if (question->is_port)
		return false;
	if (text_is(start->name, question->text) || text_is(start->unit, question->text) ||
	    text_is(start->file, question->text) || is_program(start->exe, question))
		return true;
	for (const char **program = start->programs; program && *program; program++)
		if (is_program(*program, question))
			return true;
	if (question->group)
		return is_member(question, catalog_of_start(catalog, start));
	return question->entry && catalog_of_start(catalog, start) == question->entry;
}

static void
find(struct question *question, struct audit_run *run)
{
	struct audit *audit = &run->audit;

	if (question->is_path && audit->live)
		inventory_who_opened(audit, question->text, &question->open);
	for (size_t i = 0; i < audit->processes.n; i++)
		if (names_process(question, audit->processes.v[i]))
			vec_push(audit->arena, &question->processes, audit->processes.v[i]);
	for (size_t i = 0; i < audit->listeners.n; i++)
		if (names_listener(question, run->catalog, audit->listeners.v[i]))
			vec_push(audit->arena, &question->listeners, audit->listeners.v[i]);
	for (size_t i = 0; i < audit->starts.n; i++) {
		const struct start *start = audit->starts.v[i];
		bool cause = names_start(question, run->catalog, start);

		for (size_t k = 0; !cause && k < question->listeners.n; k++) {
			const struct listener *listener = question->listeners.v[k];

			for (uint32_t s = 0; s < listener->n_starts; s++)
				cause |= listener->starts[s].start == start;
		}
		if (cause)
			vec_push(audit->arena, &question->starts, start);
	}
}

/* Telling ------------------------------------------------------------------------------------- */

static const struct {
	enum catalog_class class;
	const char *name;
} classes[] = {
	{CATALOG_ESSENTIAL, "essential"},
	{CATALOG_HARMLESS, "harmless"},
	{CATALOG_LOCAL, "for this host only"},
	{CATALOG_NETWORK, "a network service"},
	{CATALOG_LEAKS, "tells strangers about this host"},
	{CATALOG_DANGER, "unfit for the Internet"},
	{CATALOG_UNKNOWN, "unknown"},
};

static const char *class_name(enum catalog_class class)
{
	for (size_t i = 0; i < COUNT_OF(classes); i++)
		if (classes[i].class == class)
			return classes[i].name;
	return "unknown";
}

static void
tell(struct report_ctx *ctx, const char *label, const char *text)
{
	if (!text || !*text)
		return;
	fprintf(ctx->options->out, "  %-10s ", label);
	safe_lines(ctx->options->out, ctx->arena, text, 13, ctx->options->width);
}

static const char *
joined(struct arena *arena, const char *const *names)
{
	const char *text = NULL;

	for (; names && *names; names++)
		text = text ? arena_printf(arena, "%s, %s", text, *names) : *names;
	return text;
}

static const char *
ports_text(struct arena *arena, const struct catalog_entry *entry)
{
	const char *text = NULL;

	for (uint32_t i = 0; i < entry->n_ports; i++) {
		const struct catalog_port *port = &entry->ports[i];
		const char *one = port->low == port->high
					  ? arena_printf(arena, "%u/%s", port->low,
							 net_proto_name(port->proto))
					  : arena_printf(arena, "%u-%u/%s", port->low, port->high,
							 net_proto_name(port->proto));

		text = text ? arena_printf(arena, "%s, %s", text, one) : one;
	}
	return text;
}

/* POL-4: danger is never plain ok, whatever the facts say. */
static enum verdict
verdict_of(struct report_ctx *ctx, const struct catalog_entry *entry, const char **ret_condition,
	   const char **ret_unsaid)
{
	enum verdict verdict =
		catalog_verdict(entry, &ctx->audit->policy, ret_condition, ret_unsaid);

	return verdict == VERDICT_KEEP && entry->class == CATALOG_DANGER ? VERDICT_RESTRICT
									 : verdict;
}

static void
tell_catalog(struct report_ctx *ctx, const struct catalog_entry *entry)
{
	const char *condition, *unsaid;
	enum verdict verdict = verdict_of(ctx, entry, &condition, &unsaid);
	const char *text = verdict_name(verdict);

	fprintf(ctx->options->out, "%s\n", safe_text(ctx->arena, entry->name));
	tell(ctx, "also", joined(ctx->arena, entry->aliases));
	tell(ctx, "ports", ports_text(ctx->arena, entry));
	tell(ctx, "programs", joined(ctx->arena, entry->programs));
	tell(ctx, "what", entry->what);
	tell(ctx, "class", class_name(entry->class));
	tell(ctx, "groups", joined(ctx->arena, entry->groups));
	/* POL-13: what may be wanted later is off until then. */
	if (verdict == VERDICT_DISABLE && entry->n_verdicts > 1)
		text = arena_printf(ctx->arena, "%s until in use and configured", text);
	if (condition)
		text = arena_printf(ctx->arena, "%s, since %s", text, condition);
	if (unsaid)
		text = arena_printf(ctx->arena, "%s (nobody said whether: %s)", text, unsaid);
	tell(ctx, "verdict", text);
	if (verdict == VERDICT_RESTRICT && entry->class == CATALOG_DANGER)
		tell(ctx, "only",
		     "while it is current, patched and effectively firewalled; off until a packet "
		     "filter covers it");
	tell(ctx, "rule", entry->condition_text);
	tell(ctx, "why", entry->why);
	tell(ctx, "instead", entry->instead);
	tell(ctx, "remedy", entry->how);
	tell(ctx, "disable", entry->disable);
	tell(ctx, "localize", entry->localize);
	tell(ctx, "restrict", entry->restrict_);
	tell(ctx, "confine", entry->confine);
	tell(ctx, "reduce", entry->reduce);
	/* POL-10 */
	if (verdict == VERDICT_REMOVE || verdict == VERDICT_DISABLE)
		tell(ctx, "clients",
		     "only the server goes: client programs of this name stay usable");
}

static const char *
how_off(const struct catalog_entry *entry)
{
	return entry->disable ? entry->disable : entry->how;
}

static void
tell_group(struct report_ctx *ctx, const struct question *question)
{
	const struct catalog *catalog = question->catalog;

	fprintf(ctx->options->out, "group:%s\n", question->group->name);
	tell(ctx, "what", question->group->what);
	for (size_t i = 0; i < catalog_count(catalog); i++) {
		const struct catalog_entry *entry = catalog_at(catalog, i);
		const char *off = how_off(entry);

		if (is_member(question, entry))
			tell(ctx, entry->name,
			     arena_printf(ctx->arena, "%s%s%s", entry->what, off ? "; off: " : "",
					  off ? off : ""));
	}
	tell(ctx, "note", "what starts them here, and how each is switched off for good, is below");
}

static void
tell_services(struct report_ctx *ctx, const struct question *question)
{
	fprintf(ctx->options->out, "%s\n", safe_text(ctx->arena, question->name));
	tell(ctx, "what",
	     question->comment && *question->comment ? question->comment
						     : "a name in /etc/services");
	tell(ctx, "note",
	     "/etc/services only gives names to ports; no edit there switches "
	     "anything off");
}

static void
tell_list(struct report_ctx *ctx, const char *heading, const struct report_list *list)
{
	if (list->n == 0)
		return;
	fprintf(ctx->options->out, "\n%s\n", heading);
	report_list_table(ctx, list);
}

static const char *
listener_below(struct report_ctx *ctx, const void *record)
{
	const struct listener *listener = record;

	return arena_printf(ctx->arena, "%s%s%s", show_started(ctx, listener),
			    listener->reason ? "; " : "", listener->reason ? listener->reason : "");
}

static const char *
start_below(struct report_ctx *ctx, const void *record)
{
	const struct start *start = record;

	const char *place = show_place(ctx, start);

	return arena_printf(ctx->arena, "%s%s%s%s%s", place, *place && start->state ? ": " : "",
			    start->state ? start->state : "",
			    start->off && start->enabled ? "; off: " : "",
			    start->off && start->enabled ? start->off : "");
}

#define N_LISTS 3

static void
make_lists(const struct question *question, struct report_list ret[N_LISTS])
{
	static const char *const listeners[] = {"verdict", "reach", "proto", "where",
						"what",    "owner", NULL};
	static const char *const starts[] = {"mechanism", "name", "switch", "when", "ports", NULL};
	static const char *const processes[] = {"pid", "user", "exe", "command", NULL};

	ret[0] = (struct report_list){
		"listeners",           &columns_listener, listeners, question->listeners.v,
		question->listeners.n, listener_below,    9,         NULL};
	ret[1] =
		(struct report_list){"starts",           &columns_start, starts, question->starts.v,
				     question->starts.n, start_below,    2,      NULL};
	ret[2] = (struct report_list){.key = "processes",
				      .set = &columns_process,
				      .view = processes,
				      .records = question->processes.v,
				      .n = question->processes.n};
}

static void
tell_all(struct report_ctx *ctx, const struct question *question)
{
	static const char *const headings[N_LISTS] = {"LISTENING NOW", "STARTED BY", "PROCESSES"};
	struct report_list lists[N_LISTS];

	if (question->group)
		tell_group(ctx, question);
	else if (question->entry)
		tell_catalog(ctx, question->entry);
	else if (question->name)
		tell_services(ctx, question);
	else
		fprintf(ctx->options->out, "%s\n  the catalog does not know it\n",
			safe_text(ctx->arena, question->text));
	make_lists(question, lists);
	for (size_t i = 0; i < N_LISTS; i++)
		tell_list(ctx, headings[i], &lists[i]);
}

static void
catalog_json(struct report_ctx *ctx, struct jsonout *json, const struct catalog_entry *entry)
{
	const char *condition, *unsaid;

	if (!entry) {
		jsonout_null(json, "catalog");
		return;
	}
	jsonout_open(json, "catalog", '{');
	jsonout_text(json, "service", entry->name);
	jsonout_text(json, "what", entry->what);
	jsonout_text(json, "class", class_name(entry->class));
	jsonout_text(json, "verdict", verdict_name(verdict_of(ctx, entry, &condition, &unsaid)));
	jsonout_text(json, "condition", condition);
	jsonout_text(json, "unsaid", unsaid);
	jsonout_text(json, "rule", entry->condition_text);
	jsonout_text(json, "aliases", joined(ctx->arena, entry->aliases));
	jsonout_text(json, "programs", joined(ctx->arena, entry->programs));
	jsonout_text(json, "groups", joined(ctx->arena, entry->groups));
	jsonout_text(json, "ports", ports_text(ctx->arena, entry));
	jsonout_text(json, "why", entry->why);
	jsonout_text(json, "instead", entry->instead);
	jsonout_text(json, "remedy", entry->how);
	jsonout_text(json, "disable", entry->disable);
	jsonout_text(json, "localize", entry->localize);
	jsonout_text(json, "restrict", entry->restrict_);
	jsonout_text(json, "confine", entry->confine);
	jsonout_text(json, "reduce", entry->reduce);
	jsonout_close(json, '}');
}

static void
group_json(struct jsonout *json, const struct question *question)
{
	const struct catalog *catalog = question->catalog;

	jsonout_text(json, "group", question->group ? question->group->name : NULL);
	if (!question->group) {
		jsonout_null(json, "members");
		return;
	}
	jsonout_open(json, "members", '[');
	for (size_t i = 0; i < catalog_count(catalog); i++) {
		if (!is_member(question, catalog_at(catalog, i)))
			continue;
		jsonout_open(json, NULL, '{');
		jsonout_text(json, "service", catalog_at(catalog, i)->name);
		jsonout_text(json, "what", catalog_at(catalog, i)->what);
		jsonout_text(json, "off", how_off(catalog_at(catalog, i)));
		jsonout_close(json, '}');
	}
	jsonout_close(json, ']');
}

static void
all_json(struct report_ctx *ctx, const struct question *question)
{
	struct jsonout json = jsonout_to(ctx->options->out);
	struct report_list lists[N_LISTS];

	make_lists(question, lists);
	jsonout_open(&json, NULL, '{');
	jsonout_number(&json, "schema", REPORT_SCHEMA);
	jsonout_text(&json, "host", ctx->audit->host);
	jsonout_bool(&json, "complete", audit_complete(ctx->audit));
	jsonout_text(&json, "query", question->text);
	catalog_json(ctx, &json, question->entry);
	group_json(&json, question);
	jsonout_text(&json, "services_name", question->name);
	jsonout_text(&json, "services_comment", question->comment);
	for (size_t i = 0; i < N_LISTS; i++)
		report_list_json(ctx, &json, &lists[i]);
	jsonout_close(&json, '}');
}

static int
answer(struct audit_run *audit, const char *text, bool json)
{
	struct report_options report = output_options();
	struct question question = {.text = text, .catalog = audit->catalog};
	struct report_ctx ctx;

	understand(&question, audit);
	find(&question, audit);
	if (!question.entry && !question.group && !question.name && question.listeners.n == 0 &&
	    question.starts.n == 0 && question.processes.n == 0) {
		fprintf(stderr, "gatehouse: nothing is known of '%s'\n",
			safe_text(audit->audit.arena, text));
		return CMD_FINDINGS;
	}
	report_begin(&ctx, &audit->audit, &report);
	if (json)
		all_json(&ctx, &question);
	else
		tell_all(&ctx, &question);
	report_end(&ctx);
	return CMD_FINE;
}

struct options {
	const char *text[COUNT_OF(options)]; /* as given, by option; NULL = not */
	const char **files;
	size_t n_files;
};

static int
take_options(struct cmd_args *args, struct options *ret)
{
	int option;

	while ((option = cmd_args_next(args)) >= 0) {
		if (option == CONF)
			ret->files[ret->n_files++] = args->value;
		ret->text[option] = args->value ? args->value : "";
	}
	if (option == -2)
		return -1;
	if (!ret->text[FORMAT])
		ret->text[FORMAT] = "table";
	return 0;
}

/* The client's options are nothing without a service and an address. */
static int
run_client(const struct cmd *cmd, const struct options *o, bool operands)
{
	const struct explain_client asked = {
		.service = o->text[SERVICE],
		.from = o->text[FROM],
		.to = o->text[TO],
		.name = o->text[NAME],
		.user = o->text[USER],
		.at = o->text[AT],
		.files = o->files,
		.root = o->text[ROOT] ? o->text[ROOT] : "/",
		.dialect = o->text[DIALECT],
		.control = o->text[CONTROL],
		.live = o->text[LIVE] || o->text[CONTROL],
		.json = text_is(o->text[FORMAT], "json"),
	};

	if (!asked.service || !asked.from || operands)
		return cmd_usage_error(cmd, "--service SERVICE and --from ADDRESS go together");
	if (asked.live && (o->n_files || o->text[ROOT]))
		return cmd_usage_error(cmd, "a running server has read its files already");
	return explain_client(cmd, &asked);
}

static bool
is_about_client(const struct options *o)
{
	for (int i = SERVICE; i <= CONTROL; i++)
		if (o->text[i])
			return true;
	return false;
}

static int
run(const struct cmd *cmd, int argc, char **argv)
{
	cleanup(arena_freep) struct arena *arena = arena_new();
	struct cmd_args args = {.cmd = cmd, .argc = argc, .argv = argv};
	struct options o = {.files = arena_array(arena, (size_t)argc + 1, sizeof(*o.files))};
	struct audit_options wanted = {.inventory = {.every_process = true}};
	struct audit_run audit;
	int status;

	if (take_options(&args, &o) < 0)
		return args.help ? CMD_FINE : CMD_USAGE;
	if (strcmp(o.text[FORMAT], "table") != 0 && strcmp(o.text[FORMAT], "json") != 0)
		return cmd_usage_error(cmd, "no format '%s': table or json", o.text[FORMAT]);
	if (is_about_client(&o))
		return run_client(cmd, &o, args.at != argc);
	if (args.at + 1 != argc || !*argv[args.at])
		return cmd_usage_error(cmd, "one NAME, PORT[/PROTO], PATH, PID or group:NAME");
	wanted.root = o.text[ROOT];
	wanted.policy = o.text[POLICY];
	if (output_audit(&audit, &wanted))
		return CMD_USAGE;
	status = answer(&audit, argv[args.at], text_is(o.text[FORMAT], "json"));
	if (!audit_complete(&audit.audit)) {
		cmd_print_diags(&audit.audit, DIAG_UNSEEN, NULL);
		status = CMD_INCOMPLETE;
	}
	audit_run_free(&audit);
	return output_end(status);
}

const struct cmd cmd_explain = {
	.name = "explain",
	.args = "[OPTION]... [NAME|PORT[/PROTO]|PATH|PID|group:NAME]",
	.doc = "Tell what something is and who starts it, or may a client in",
	.options = options,
	.run = run,
};
