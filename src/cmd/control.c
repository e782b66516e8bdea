/* See control.h. */
#include "cmd/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/control.h"

/* An answer that takes longer is none. */
enum { PATIENCE_S = 30 };

static int
open_socket(const char *path, struct err *err)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = PATIENCE_S};
	auto_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r;

	if (strlen(path) >= sizeof(addr.sun_path))
		return err_set(err, -ENAMETOOLONG, "%s: too long for a socket", path);
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(fd, (const void *)&addr, sizeof(addr)) < 0)
		return errno == ENOENT || errno == ECONNREFUSED
			       ? err_set(err, -errno, "no gatehoused is running (%s)", path)
			       : err_errno(err, -errno, "cannot connect to %s", path);
	r = fd;
	fd = -1;
	return r;
}

static int
converse(const char *path, const char *line, struct arena *arena, struct span *ret, struct err *err)
{
	auto_fd fd = open_socket(path, err);
	int r;

	if (fd < 0)
		return fd;
	r = send(fd, line, strlen(line), MSG_NOSIGNAL) < 0 || send(fd, "\n", 1, MSG_NOSIGNAL) < 0
		    ? -errno
		    : fd_read_all(fd, arena, LIMIT_CONTROL_ANSWER, ret);
	if (r < 0 && r != -EPIPE && r != -ECONNRESET)
		return err_errno(err, r, "no answer from %s", path);
	if (r < 0 || !ret->n) /* closed in our face */
		return err_set(err, -EACCES, "%s: not for this user", path);
	return 0;
}

json_t *
control_ask(const char *socket, const char *line, int *ret_status)
{
	cleanup(arena_freep) struct arena *arena = arena_new();
	char buf[CONTROL_PATH_BYTES];
	struct err err = {0};
	json_error_t mistake;
	json_t *answer;
	struct span text;

	*ret_status = CMD_INCOMPLETE;
	if (!socket)
		socket = control_default(geteuid() == 0, buf, sizeof(buf));
	if (!socket) {
		fprintf(stderr, "gatehouse: no XDG_RUNTIME_DIR: name the socket by --control\n");
		return NULL;
	}
	if (converse(socket, line, arena, &text, &err) < 0) {
		fprintf(stderr, "gatehouse: %s\n", err.text);
		return NULL;
	}
	answer = json_loadb(text.p, text.n, 0, &mistake);
	if (json_is_true(json_object_get(answer, "ok")))
		return answer;
	if (answer) {
		const char *why = json_string_value(json_object_get(answer, "error"));

		*ret_status = CMD_FINDINGS;
		fprintf(stderr, "gatehouse: %s\n", why ? why : "refused");
	} else {
		fprintf(stderr, "gatehouse: %s: not an answer: %s\n", socket, mistake.text);
	}
	json_decref(answer);
	return NULL;
}

void
control_list_begin(struct control_list *list)
{
	struct arena *arena = arena_new();
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	list->audit = (struct audit){.arena = arena,
				     .diags = diags_of(arena),
				     .host = arena_dup(arena, host),
				     .root = "/",
				     .now = time(NULL),
				     .process_by_pid = map_of(arena)};
	list->options = output_options();
	report_begin(&list->ctx, &list->audit, &list->options);
}

void
control_list_end(struct control_list *list)
{
	report_end(&list->ctx);
	arena_free(list->audit.arena);
}

int
control_simple(const struct cmd *cmd, const char *socket, const char *line)
{
	int status;
	json_t *answer = control_ask(socket, line, &status);

	if (!answer)
		return status;
	json_decref(answer);
	return CMD_FINE;
}
