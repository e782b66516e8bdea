/* gatehouse status: what a running gatehoused serves, and its counters. */
#include <string.h>

#include "base/vec.h"
#include "cmd/control.h"

enum { FORMAT, CONTROL };

static const struct cmd_option options[] = {
	[FORMAT] = {"format", 'f', "FORMAT", "table, plain, json or openmetrics"},
	[CONTROL] = CONTROL_OPTION,
	{NULL},
};

/* Reading the answer --------------------------------------------------------------------- */

static const char *
text_of(struct arena *arena, const json_t *object, const char *key)
{
	return arena_dup(arena, json_string_value(json_object_get(object, key)));
}

static int64_t
number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *
listener_text(struct arena *arena, const json_t *listener)
{
	const char *path = json_string_value(json_object_get(listener, "path"));
	const char *addr = json_string_value(json_object_get(listener, "address"));
	const char *closed = json_is_true(json_object_get(listener, "open")) ? "" : " (not open)";
	int port = (int)number_of(listener, "port");

	if (path)
		return arena_printf(arena, "%s%s", path, closed);
	if (!addr || (!*closed && (!strcmp(addr, "::") || !strcmp(addr, "0.0.0.0"))))
		addr = "*";
	return arena_printf(arena, strchr(addr, ':') ? "[%s]:%d%s" : "%s:%d%s", addr, port, closed);
}

static void
take_listeners(struct arena *arena, const json_t *list, struct served *ret)
{
	const char **texts = arena_array(arena, json_array_size(list) + 1, sizeof(*texts));
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		texts[n] = listener_text(arena, json_array_get(list, i));
		/* Both families of one wildcard look the same. */
		if (!n || strcmp(texts[n], texts[n - 1]) != 0)
			n++;
	}
	texts[n] = NULL;
	ret->listeners = texts;
	ret->n_listeners = n;
}

static size_t
take_counts(struct arena *arena, json_t *object, struct served_count **ret)
{
	struct served_count *counts =
		arena_array(arena, json_object_size(object) + 1, sizeof(*counts));
	const char *key;
	json_t *value;
	size_t n = 0;

	json_object_foreach(object, key, value)
	{
		if (!json_is_integer(value) || text_is(key, "line"))
			continue;
		counts[n].name = arena_dup(arena, key);
		counts[n++].count = json_integer_value(value);
	}
	*ret = counts;
	return n;
}

static struct served *
take_service(struct arena *arena, json_t *object)
{
	struct served *served = arena_alloc(arena, sizeof(*served));

	served->id = text_of(arena, object, "id");
	served->state = text_of(arena, object, "state");
	served->kind = text_of(arena, object, "kind");
	served->file = text_of(arena, object, "file");
	served->line = (uint32_t)number_of(object, "line");
	served->worker = (pid_t)number_of(object, "worker");
	take_listeners(arena, json_object_get(object, "listeners"), served);
	served->n_counts = take_counts(arena, object, &served->counts);
	served->n_refusals =
		take_counts(arena, json_object_get(object, "refusals"), &served->refusals);
	return served;
}

/* OpenMetrics ---------------------------------------------------------------------------- */

static const struct metric {
	const char *key, *name, *type, *unit, *help;
	double scale;
} metrics[] = {
	{"sessions", "gatehouse_sessions", "gauge", NULL, "Sessions now", 1},
	{"accepted", "gatehouse_connections", "counter", NULL, "Connections taken", 1},
	{"started", "gatehouse_sessions_started", "counter", NULL, "Sessions begun", 1},
	{"ended", "gatehouse_sessions_ended", "counter", NULL, "Sessions over", 1},
	{"failed", "gatehouse_sessions_failed", "counter", NULL, "Sessions that could not start",
	 1},
	{"bytes_in", "gatehouse_received_bytes", "counter", "bytes", "From clients", 1},
	{"bytes_out", "gatehouse_sent_bytes", "counter", "bytes", "To clients", 1},
	{"cpu_us", "gatehouse_cpu_seconds", "counter", "seconds", "Processor time of sessions",
	 1e-6},
	{"lost_records", "gatehouse_lost_records", "counter", NULL, "Lines that were not logged",
	 1},
};

static void
put_label(const char *text)
{
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text >= ' ')
			putchar(*text);
}

static void
put_head(const char *name, const char *type, const char *unit, const char *help)
{
	printf("# TYPE %s %s\n", name, type);
	if (unit)
		printf("# UNIT %s %s\n", name, unit);
	printf("# HELP %s %s.\n", name, help);
}

static void
put_value(const char *name, const char *suffix, const struct served *served, const char *reason,
	  double value)
{
	printf("%s%s{service=\"", name, suffix);
	put_label(served->id);
	if (reason) {
		printf("\",reason=\"");
		put_label(reason);
	}
	printf("\"} %.17g\n", value);
}

static void
put_metric(const struct metric *metric, struct served *const *v, size_t n)
{
	put_head(metric->name, metric->type, metric->unit, metric->help);
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < v[i]->n_counts; c++)
			if (text_is(v[i]->counts[c].name, metric->key))
				put_value(metric->name, metric->type[0] == 'c' ? "_total" : "",
					  v[i], NULL,
					  (double)v[i]->counts[c].count * metric->scale);
}

static void
put_openmetrics(const json_t *answer, struct served *const *v, size_t n)
{
	put_head("gatehouse_reloads", "counter", NULL, "Configurations read again");
	printf("gatehouse_reloads_total %lld\n", (long long)number_of(answer, "reloads"));
	put_head("gatehouse_failed_reloads", "counter", NULL, "Configurations that were not taken");
	printf("gatehouse_failed_reloads_total %lld\n",
	       (long long)number_of(answer, "failed_reloads"));
	for (size_t i = 0; i < COUNT_OF(metrics); i++)
		put_metric(&metrics[i], v, n);
	put_head("gatehouse_refused", "counter", NULL, "Connections not served");
	for (size_t i = 0; i < n; i++)
		for (size_t r = 0; r < v[i]->n_refusals; r++)
			put_value("gatehouse_refused", "_total", v[i], v[i]->refusals[r].name,
				  (double)v[i]->refusals[r].count);
	puts("# EOF");
}

/* Printing ------------------------------------------------------------------------------- */

static int
print(const struct cmd *cmd, const char *format, const json_t *answer)
{
	static const char *const view[] = {"service",  "state",   "kind",    "listeners",
					   "sessions", "started", "refused", NULL};
	const json_t *services = json_object_get(answer, "services");
	struct control_list list;
	VEC(struct served *) served = {0};
	int status = CMD_FINE;

	control_list_begin(&list);
	for (size_t i = 0; i < json_array_size(services); i++)
		vec_push(list.audit.arena, &served,
			 take_service(list.audit.arena, json_array_get(services, i)));
	if (text_is(format, "openmetrics"))
		put_openmetrics(answer, served.v, served.n);
	else
		status = output_list(cmd, &list.ctx, format,
				     &(struct report_list){.key = "services",
							   .set = &columns_served,
							   .view = view,
							   .records = OUTPUT_RECORDS(served),
							   .n = served.n});
	control_list_end(&list);
	return output_end(status);
}

static int
run(const struct cmd *cmd, int argc, char **argv)
{
	struct cmd_args args = {.cmd = cmd, .argc = argc, .argv = argv};
	const char *format = "table", *socket = NULL;
	int option, status;
	json_t *answer;

	while ((option = cmd_args_next(&args)) >= 0)
		*(option == FORMAT ? &format : &socket) = args.value;
	if (option == -2)
		return args.help ? CMD_FINE : CMD_USAGE;
	if (args.at < argc)
		return cmd_usage_error(cmd, "no argument is taken");
	answer = control_ask(socket, "status", &status);
	if (!answer)
		return status;
	status = print(cmd, format, answer);
	json_decref(answer);
	return status;
}

const struct cmd cmd_status = {
	.name = "status",
	.args = "[OPTION]...",
	.doc = "Show what a running gatehoused serves, and its counters",
	.options = options,
	.run = run,
};
