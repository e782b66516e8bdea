/* gatehouse sessions: who is being served now. */
#include <string.h>

#include "base/vec.h"
#include "cmd/control.h"

enum { FORMAT, CONTROL };

static const struct cmd_option options[] = {
	[FORMAT] = {"format", 'f', "FORMAT", "table, plain or json"},
	[CONTROL] = CONTROL_OPTION,
	{NULL},
};

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static struct served_session *
take_session(struct arena *arena, const json_t *object)
{
	struct served_session *session = arena_alloc(arena, sizeof(*session));
	const char *addr = text_of(object, "address"), *user = text_of(object, "user");

	session->service = arena_dup(arena, text_of(object, "service"));
	session->name =
		arena_printf(arena, "%s:%lld", session->service,
			     (long long)json_integer_value(json_object_get(object, "number")));
	session->peer = arena_printf(arena, strchr(addr, ':') ? "[%s]:%d" : "%s:%d", addr,
				     (int)json_integer_value(json_object_get(object, "port")));
	session->user = user[0] ? arena_dup(arena, user) : NULL;
	session->state = arena_dup(arena, text_of(object, "state"));
	session->pid = (pid_t)json_integer_value(json_object_get(object, "pid"));
	session->started = json_integer_value(json_object_get(object, "started"));
	return session;
}

static int
print(const struct cmd *cmd, const char *format, const json_t *answer)
{
	static const char *const view[] = {"session", "peer",  "user", "pid",
					   "started", "state", NULL};
	const json_t *sessions = json_object_get(answer, "sessions");
	VEC(struct served_session *) v = {0};
	struct control_list list;
	int status;

	control_list_begin(&list);
	for (size_t i = 0; i < json_array_size(sessions); i++)
		vec_push(list.audit.arena, &v,
			 take_session(list.audit.arena, json_array_get(sessions, i)));
	status = output_list(cmd, &list.ctx, format,
			     &(struct report_list){.key = "sessions",
						   .set = &columns_session,
						   .view = view,
						   .records = OUTPUT_RECORDS(v),
						   .n = v.n});
	control_list_end(&list);
	return output_end(status);
}

static int
run(const struct cmd *cmd, int argc, char **argv)
{
	struct cmd_args args = {.cmd = cmd, .argc = argc, .argv = argv};
	const char *format = "table", *socket = NULL;
	char line[LIMIT_CONTROL_REQUEST];
	int option, status;
	json_t *answer;

	while ((option = cmd_args_next(&args)) >= 0)
		*(option == FORMAT ? &format : &socket) = args.value;
	if (option == -2)
		return args.help ? CMD_FINE : CMD_USAGE;
	if (args.at + 1 < argc)
		return cmd_usage_error(cmd, "one SERVICE at most");
	snprintf(line, sizeof(line), "sessions %.512s", args.at < argc ? argv[args.at] : "");
	answer = control_ask(socket, line, &status);
	if (!answer)
		return status;
	status = print(cmd, format, answer);
	json_decref(answer);
	return status;
}

const struct cmd cmd_sessions = {
	.name = "sessions",
	.args = "[OPTION]... [SERVICE]",
	.doc = "Show who a running gatehoused serves now",
	.options = options,
	.run = run,
};
