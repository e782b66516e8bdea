/*
 * gatehouse check: a super-server's configuration as gatehoused understands it, what is wrong with
 * it, and where the original daemon would do another thing. Opens nothing.
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "access/access.h"
#include "base/limits.h"
#include "base/vec.h"
#include "cmd/output.h"
#include "conf/lookup_root.h"
#include "conf/reading.h"
#include "report/jsonout.h"
#include "report/safe.h"
#include "start/xinetd.h"

enum { FILES, ROOT, DIALECT, FORMAT, DIFFERENCES };

static const struct cmd_option options[] = {
	[FILES] = {"file", 'f', "FILE", "instead of the usual files; may be repeated"},
	[ROOT] = {"root", 'r', "DIR", "examine the machine whose files are below DIR"},
	[DIALECT] = {"dialect", 0, "NAME", "whose inetd.conf it is: openbsd, freebsd, ..."},
	[FORMAT] = {"format", 0, "FORMAT", "table or json"},
	[DIFFERENCES] = {"differences", 0, NULL, "list what the original daemons do otherwise"},
	{NULL},
};

struct texts {
	const char **v;
	size_t n, cap;
};

/* What xinetd would do with a section, and we would not, or the other way round. */
struct other {
	const char *id, *file, *says;
	uint32_t line;
	bool starts;
};

struct request {
	struct conf_options conf;
	struct conf_lookup lookup; /* with --root */
	struct root root;
	struct arena *arena;
	struct texts files;
	const char *top, *format;
	bool differences;
	struct serve *serve;
	struct {
		struct other *v;
		size_t n, cap;
	} verdicts;
};

/* Texts ------------------------------------------------------------------------------------------
 */

static const char *
listener_text(struct arena *arena, const struct service *s, const struct service_listener *l)
{
	char buf[NET_ADDR_TEXT];
	const char *address;

	if (l->path)
		return arena_printf(arena, "%s %s", service_protocol_name(s->protocol), l->path);
	address = net_addr_text(&l->addr, buf);
	return arena_printf(arena,
			    l->addr.family == AF_INET6 ? "%s [%s]:%u%s%s%s" : "%s %s:%u%s%s%s",
			    service_protocol_name(s->protocol), address, l->port,
			    l->v6only ? " (IPv6 only)" : "", l->device ? " on " : "",
			    l->device ? l->device : "");
}

static const char *
join(struct arena *arena, const char *const *list)
{
	const char *text = "";

	for (; list && *list; list++)
		text = arena_printf(arena, "%s%s%s", text, *text ? " " : "", *list);
	return text;
}

static const char *
count_text(struct arena *arena, uint32_t n)
{
	return n == SERVICE_UNLIMITED ? "unlimited" : arena_printf(arena, "%u", n);
}

static const char *
rate_text(struct arena *arena, const struct service_rate *rate)
{
	return rate->count ? arena_printf(arena, "%u in %u s", rate->count, rate->period_s)
			   : "unlimited";
}

static const char *
window_text(struct arena *arena, const struct service_window *w)
{
	const char *days = "";

	for (unsigned i = 0; i < SERVICE_WEEKDAYS && w->days != 0x7f; i++)
		if (w->days & 1u << i)
			days = arena_printf(arena, "%s%s%s", days, *days ? "," : "",
					    service_weekdays[i]);
	return arena_printf(arena, "%s%s%02u:%02u-%02u:%02u", days, *days ? "@" : "", w->from / 60,
			    w->from % 60, w->to / 60, w->to % 60);
}

static const char *
sink_text(struct arena *arena, const struct service_sink *sink)
{
	static const char *const names[] = {"nowhere", "syslog",  "file",
					    "json",    "journal", "stderr"};

	if (!sink)
		return "nowhere";
	return sink->path ? arena_printf(arena, "%s %s", names[sink->kind], sink->path)
			  : names[sink->kind];
}

static const char *
user_text(struct arena *arena, const struct service_account *a)
{
	if (!a->user)
		return "nobody";
	return a->group ? arena_printf(arena, "%s:%s", a->user, a->group) : a->user;
}

static const char *
work_text(struct arena *arena, const struct service *s)
{
	if (s->kind == SERVICE_REDIRECT)
		return arena_printf(arena, "carries connections to %s port %u", s->redirect->host,
				    s->redirect->port);
	if (s->kind == SERVICE_PROGRAM)
		return arena_printf(arena, "%s (%s) as %s", s->program, join(arena, s->argv),
				    user_text(arena, &s->account));
	if (s->kind == SERVICE_SENSOR)
		return "nothing is served: who comes is put on the deny list";
	return arena_printf(arena, "built in: %s",
			    s->builtin ? s->builtin : service_kind_name(s->kind));
}

/* The original -----------------------------------------------------------------------------------
 */

static const struct service *
service_at(const struct serve *serve, const char *file, uint32_t line)
{
	for (size_t i = 0; i < serve->n; i++)
		if (serve->v[i]->place.line == line && text_is(serve->v[i]->place.file, file))
			return serve->v[i];
	return NULL;
}

/* Services that only one of the two would open. */
static void
compare_xinetd(struct request *request, const char *path)
{
	struct diags diags = diags_of(request->arena);
	struct start_list list = {0};
	struct start_ctx ctx = {.root = &request->root,
				.arena = request->arena,
				.diags = &diags,
				.services = services_read(&request->root, request->arena, &diags),
				.out = &list};
	const struct xinetd_conf *conf = xinetd_conf_read(&ctx, path);

	for (size_t i = 0; conf && i < conf->n; i++) {
		const struct xinetd_service *s = conf->v[i];
		bool ours = service_at(request->serve, s->file, s->line) != NULL;

		if (ours != s->active)
			vec_push(request->arena, &request->verdicts,
				 (struct other){s->id, s->file, s->state, s->line, s->active});
	}
}

static void
compare_file(struct request *request, const char *path)
{
	const struct conf_front *front;
	struct span text;

	if (root_read(&request->root, path, request->arena, LIMIT_FILE_BYTES, &text) < 0)
		return;
	front = conf_front_of(path, text);
	if (front && strcmp(front->name, "xinetd") == 0)
		compare_xinetd(request, path);
}

/* Table ------------------------------------------------------------------------------------------
 */

static void
line_out(struct request *request, const char *name, const char *text)
{
	if (*text)
		printf("    %-9s %s\n", name, safe_text(request->arena, text));
}

static void
limits_out(struct request *request, const struct service *s)
{
	struct arena *arena = request->arena;
	const struct service_limits *l = &s->limits;
	const char *times = "";

	line_out(request, "limits",
		 arena_printf(arena,
			      "%s at once, %s of one source (/%u, /%u), rate %s, penalty %u s",
			      count_text(arena, l->instances), count_text(arena, l->per_source),
			      l->v4_bits, l->v6_bits, rate_text(arena, &l->rate), l->penalty_s));
	for (uint32_t i = 0; i < l->n_windows; i++)
		times = arena_printf(arena, "%s%s%s", times, *times ? " " : "",
				     window_text(arena, &l->windows[i]));
	line_out(request, "times", times);
}

static void
differences_out(struct request *request, const struct service *s)
{
	const struct conf_differs *v;
	size_t n = conf_differences(request->serve, &v);

	for (size_t i = 0; i < n; i++)
		if (v[i].service == s)
			line_out(request, "differs",
				 arena_printf(request->arena, "%s: %s; here: %s",
					      v[i].difference->id, v[i].difference->original,
					      v[i].difference->ours));
}

static void
service_out(struct request *request, const struct service *s)
{
	struct arena *arena = request->arena;

	printf("%s (%s:%u) %s %s\n", safe_text(arena, s->id), safe_text(arena, s->place.file),
	       s->place.line, service_type_name(s->type), s->wait ? "wait" : "nowait");
	for (uint32_t i = 0; i < s->n_listeners; i++)
		line_out(request, "listens", listener_text(arena, s, &s->listeners[i]));
	if (s->muxed)
		line_out(request, "listens", "through tcpmux");
	line_out(request, "does", work_text(arena, s));
	limits_out(request, s);
	line_out(request, "access",
		 s->access ? arena_printf(arena, "%u rules of its own", access_rules(s->access))
			   : "everyone");
	if (s->wrap)
		line_out(request, "wrappers",
			 arena_printf(arena, "hosts.allow and hosts.deny as %s", s->wrap));
	line_out(request, "logs", sink_text(arena, s->sink));
	differences_out(request, s);
}

static const char *
verdict_text(struct arena *arena, const struct other *v)
{
	if (v->starts)
		return arena_printf(arena, "%s (%s:%u): xinetd would start it", v->id, v->file,
				    v->line);
	return arena_printf(arena, "%s (%s:%u): xinetd would not start it: %s", v->id, v->file,
			    v->line, v->says ? v->says : "");
}

static void
table_out(struct request *request)
{
	const struct serve *serve = request->serve;

	for (size_t i = 0; i < serve->n; i++)
		service_out(request, serve->v[i]);
	for (size_t i = 0; i < request->verdicts.n; i++)
		printf("%s\n", safe_text(request->arena,
					 verdict_text(request->arena, &request->verdicts.v[i])));
	printf("%zu service%s, %zu left out for mistakes\n", serve->n, serve->n == 1 ? "" : "s",
	       serve->n_closed);
}

/* JSON -------------------------------------------------------------------------------------------
 */

static void
list_json(struct jsonout *json, const char *key, const char *const *list)
{
	jsonout_open(json, key, '[');
	for (; list && *list; list++)
		jsonout_text(json, NULL, *list);
	jsonout_close(json, ']');
}

static void
listeners_json(struct jsonout *json, const struct service *s)
{
	char buf[NET_ADDR_TEXT];

	jsonout_open(json, "listeners", '[');
	for (uint32_t i = 0; i < s->n_listeners; i++) {
		const struct service_listener *l = &s->listeners[i];

		jsonout_open(json, NULL, '{');
		jsonout_text(json, "protocol", service_protocol_name(s->protocol));
		jsonout_text(json, "address", l->path ? NULL : net_addr_text(&l->addr, buf));
		jsonout_number(json, "port", l->port);
		jsonout_bool(json, "v6only", l->v6only);
		jsonout_text(json, "device", l->device);
		jsonout_text(json, "path", l->path);
		jsonout_close(json, '}');
	}
	jsonout_close(json, ']');
}

static void
count_json(struct jsonout *json, const char *key, uint32_t n)
{
	if (n == SERVICE_UNLIMITED)
		jsonout_null(json, key);
	else
		jsonout_number(json, key, n);
}

static void
limits_json(struct arena *arena, struct jsonout *json, const struct service_limits *l)
{
	count_json(json, "instances", l->instances);
	count_json(json, "per_source", l->per_source);
	count_json(json, "rate", l->rate.count ? l->rate.count : SERVICE_UNLIMITED);
	jsonout_number(json, "rate_seconds", l->rate.period_s);
	jsonout_number(json, "penalty", l->penalty_s);
	jsonout_open(json, "times", '[');
	for (uint32_t i = 0; i < l->n_windows; i++)
		jsonout_text(json, NULL, window_text(arena, &l->windows[i]));
	jsonout_close(json, ']');
}

static void
differences_json(struct request *request, struct jsonout *json, const struct service *s)
{
	const struct conf_differs *v;
	size_t n = conf_differences(request->serve, &v);

	jsonout_open(json, "differences", '[');
	for (size_t i = 0; i < n; i++) {
		if (v[i].service != s)
			continue;
		jsonout_open(json, NULL, '{');
		jsonout_text(json, "id", v[i].difference->id);
		jsonout_text(json, "original", v[i].difference->original);
		jsonout_text(json, "ours", v[i].difference->ours);
		jsonout_close(json, '}');
	}
	jsonout_close(json, ']');
}

static void
service_json(struct request *request, struct jsonout *json, const struct service *s)
{
	jsonout_open(json, NULL, '{');
	jsonout_text(json, "id", s->id);
	jsonout_text(json, "name", s->name);
	jsonout_text(json, "file", s->place.file);
	jsonout_number(json, "line", s->place.line);
	jsonout_text(json, "front", s->front);
	jsonout_text(json, "kind", service_kind_name(s->kind));
	jsonout_text(json, "type", service_type_name(s->type));
	jsonout_bool(json, "wait", s->wait);
	listeners_json(json, s);
	jsonout_text(json, "program", s->program);
	list_json(json, "command", s->argv);
	jsonout_text(json, "user", s->account.user);
	jsonout_text(json, "group", s->account.group);
	limits_json(request->arena, json, &s->limits);
	jsonout_bool(json, "access", s->access != NULL);
	jsonout_text(json, "wrap", s->wrap);
	jsonout_text(json, "log", sink_text(request->arena, s->sink));
	differences_json(request, json, s);
	jsonout_close(json, '}');
}

static void
verdicts_json(struct request *request, struct jsonout *json)
{
	jsonout_open(json, "xinetd", '[');
	for (size_t i = 0; i < request->verdicts.n; i++) {
		const struct other *v = &request->verdicts.v[i];

		jsonout_open(json, NULL, '{');
		jsonout_text(json, "id", v->id);
		jsonout_text(json, "file", v->file);
		jsonout_number(json, "line", v->line);
		jsonout_bool(json, "starts", v->starts);
		jsonout_text(json, "state", v->says);
		jsonout_close(json, '}');
	}
	jsonout_close(json, ']');
}

static void
mistakes_json(struct request *request, struct jsonout *json)
{
	const struct diags *diags = &request->serve->diags;

	jsonout_open(json, "diagnostics", '[');
	for (size_t i = 0; i < diags->n; i++) {
		jsonout_open(json, NULL, '{');
		jsonout_text(json, "level", diag_level_name(diags->v[i].level));
		jsonout_text(json, "file", diags->v[i].file);
		jsonout_number(json, "line", diags->v[i].line);
		jsonout_number(json, "column", diags->v[i].col);
		jsonout_text(json, "text", diags->v[i].text);
		jsonout_close(json, '}');
	}
	jsonout_close(json, ']');
}

static void
json_out(struct request *request)
{
	struct jsonout json = jsonout_to(stdout);

	jsonout_open(&json, NULL, '{');
	jsonout_number(&json, "schema", 1);
	jsonout_open(&json, "services", '[');
	for (size_t i = 0; i < request->serve->n; i++)
		service_json(request, &json, request->serve->v[i]);
	jsonout_close(&json, ']');
	verdicts_json(request, &json);
	mistakes_json(request, &json);
	jsonout_number(&json, "closed", (int64_t)request->serve->n_closed);
	jsonout_close(&json, '}');
	putchar('\n');
}

/* Every row, for people and for the check of gatehouse.conf(5). */
static int
print_differences(void)
{
	for (const struct conf_front *const *front = conf_fronts; *front; front++)
		for (const struct conf_difference *d = (*front)->differences; d && d->id; d++)
			printf("%s %s\n    %s\n    here: %s\n", (*front)->name, d->id, d->original,
			       d->ours);
	return CMD_FINE;
}

/* The command ------------------------------------------------------------------------------------
 */

static int
load(struct request *request)
{
	struct err err;

	if (root_open(&request->root, request->top, &err) < 0) {
		fprintf(stderr, "gatehouse: %s\n", err.text);
		return CMD_USAGE;
	}
	request->conf.lookup = &conf_lookup_live;
	if (!request->root.live) {
		request->lookup = conf_lookup_root(&request->root, request->arena);
		request->conf.lookup = &request->lookup;
	}
	request->conf.root = &request->root;
	if (conf_load(&request->conf, &request->serve, &err) == 0)
		return CMD_FINE;
	fprintf(stderr, "gatehouse: %s\n", err.text);
	return CMD_USAGE;
}

static int
print(struct request *request)
{
	const struct diags *diags = &request->serve->diags;
	static const char *const usual[] = {"/etc/xinetd.conf", NULL};
	const char *const *files = request->files.n ? request->conf.files : usual;

	for (; *files; files++)
		compare_file(request, *files);
	if (strcmp(request->format, "json") == 0)
		json_out(request);
	else
		table_out(request);
	fflush(stdout);
	for (size_t i = 0; i < diags->n && strcmp(request->format, "json") != 0; i++)
		fprintf(stderr, "gatehouse: %s\n", diag_line(request->arena, &diags->v[i]));
	if (diags->dropped)
		fprintf(stderr, "gatehouse: %zu more are not shown\n", diags->dropped);
	if (diags->count[DIAG_ERROR])
		return CMD_USAGE;
	return diags->count[DIAG_UNSEEN] ? CMD_INCOMPLETE : CMD_FINE;
}

static void
take(const struct cmd_args *args, int option, struct request *request)
{
	if (option == FILES)
		vec_push(request->arena, &request->files, args->value);
	else if (option == ROOT)
		request->top = args->value;
	else if (option == DIALECT)
		request->conf.dialect = args->value;
	else if (option == DIFFERENCES)
		request->differences = true;
	else
		request->format = args->value;
}

static void
settle_files(struct request *request)
{
	for (size_t i = 0; i < request->files.n; i++)
		request->files.v[i] =
			cmd_file_here(request->arena, request->top, request->files.v[i]);
	vec_push(request->arena, &request->files, NULL);
	request->files.n--;
	request->conf.files = request->files.v;
}

static int
run(const struct cmd *cmd, int argc, char **argv)
{
	struct cmd_args args = {.cmd = cmd, .argc = argc, .argv = argv};
	struct request request = {
		.arena = arena_new(),
		.top = "/",
		.format = "table",
		.conf = {.privileged = true, .differences = true},
	};
	int option, status = CMD_USAGE;

	while ((option = cmd_args_next(&args)) >= 0)
		take(&args, option, &request);
	if (option == -2) {
		arena_free(request.arena);
		return args.help ? CMD_FINE : CMD_USAGE;
	}
	for (int i = args.at; i < argc; i++)
		vec_push(request.arena, &request.files, argv[i]);
	settle_files(&request);
	if (strcmp(request.format, "table") != 0 && strcmp(request.format, "json") != 0)
		status = cmd_usage_error(cmd, "no format '%s'", request.format);
	else if (request.differences)
		status = output_end(print_differences());
	else if (load(&request) == CMD_FINE)
		status = output_end(print(&request));
	serve_free(request.serve);
	root_closep(&request.root);
	arena_free(request.arena);
	return status;
}

const struct cmd cmd_check = {
	.name = "check",
	.args = "[OPTION]... [FILE]...",
	.doc = "Check the files of a super-server as gatehoused reads them",
	.options = options,
	.run = run,
};
