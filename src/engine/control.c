/* See control.h. */
#include "engine/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "base/fd.h"

/* For the request and the reading of its answer. */
#define PATIENCE (10 * LOOP_SECOND)
enum { KEPT_PLACES = 4 };

struct client {
	struct loop_watch watch; /* fd -1: free */
	struct loop_timer late;
	struct parent *parent;
	bool may_change;
	char request[LIMIT_CONTROL_REQUEST];
	size_t used;
	struct json_out out;
	size_t sent;
};

struct control {
	struct loop_watch watch;
	struct parent *parent;
	char path[CONTROL_PATH_BYTES];
	int lock;
	struct client *clients[LIMIT_CONTROL_CLIENTS];
};

/* Clients -------------------------------------------------------------------------------- */

static void
client_end(struct client *client)
{
	struct parent *parent = client->parent;

	for (size_t i = 0; i < LIMIT_CONTROL_CLIENTS; i++)
		if (parent->control->clients[i] == client)
			parent->control->clients[i] = NULL;
	loop_at(&parent->loop, &client->late, 0);
	loop_watch(&parent->loop, &client->watch, 0);
	fd_close(client->watch.fd);
	json_free(&client->out);
	free(client);
}

static void
client_late(struct loop *loop, struct loop_timer *timer)
{
	client_end(OWNER_OF(timer, struct client, late));
}

/* As much of the answer as the client takes now. */
static void
client_write(struct client *client)
{
	while (client->sent < client->out.n) {
		ssize_t n = send(client->watch.fd, client->out.p + client->sent,
				 client->out.n - client->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			if (loop_watch(&client->parent->loop, &client->watch, EPOLLOUT) < 0)
				break;
			return;
		}
		if (n < 0)
			break;
		client->sent += (size_t)n;
	}
	client_end(client);
}

static void
split(char *line, char *words[ANSWER_WORDS + 1])
{
	static char none[1];
	char *at = NULL;

	for (size_t i = 0; i <= ANSWER_WORDS; i++) {
		words[i] = strtok_r(i ? NULL : line, " \t\r", &at);
		if (!words[i])
			words[i] = none;
	}
}

static int
run(struct client *client, char **words, struct err *err)
{
	const struct answer *answer = answers;

	while (answer->word && !text_is(answer->word, words[0]))
		answer++;
	if (!answer->word)
		return err_set(err, -EINVAL, "unknown request '%.40s'", words[0]);
	if (answer->changes && !client->may_change)
		return err_set(err, -EPERM, "only root and the server's own user may do that");
	return answer->run(client->parent, words + 1, &client->out, err);
}

static void
client_answer(struct client *client)
{
	char *words[ANSWER_WORDS + 1];
	struct err err = {0};
	int r;

	split(client->request, words);
	json_open(&client->out, NULL, '{');
	json_bool(&client->out, "ok", true);
	r = run(client, words, &err);
	json_close(&client->out, '}');
	if (r == 0 && client->out.full)
		r = err_set(&err, -EFBIG, "the answer is too long");
	if (r < 0) {
		json_free(&client->out);
		json_open(&client->out, NULL, '{');
		json_bool(&client->out, "ok", false);
		json_text(&client->out, "error", err.text);
		json_close(&client->out, '}');
	}
	client_write(client);
}

static void
client_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct client *client = OWNER_OF(watch, struct client, watch);
	ssize_t n;
	char *end;

	if (client->out.n) {
		client_write(client);
		return;
	}
	n = recv(watch->fd, client->request + client->used,
		 sizeof(client->request) - 1 - client->used, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		client->used += (size_t)n;
	client->request[client->used] = '\0';
	end = memchr(client->request, '\n', client->used);
	if (end) {
		*end = '\0';
		client_answer(client);
	} else if (n <= 0 || client->used == sizeof(client->request) - 1)
		client_end(client);
}

/* Who may ---------------------------------------------------------------------------------- */

static bool
in_group(int fd, const struct ucred *peer, gid_t group)
{
	gid_t groups[256];
	socklen_t size = sizeof(groups);

	if (peer->gid == group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		return false;
	for (size_t i = 0; i < size / sizeof(*groups); i++)
		if (groups[i] == group)
			return true;
	return false;
}

static bool
may_look(const struct parent *parent, int fd, bool *ret_may_change)
{
	gid_t group = parent->options->control_group;
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	*ret_may_change = peer.uid == 0 || peer.uid == geteuid();
	return *ret_may_change || (group && in_group(fd, &peer, group));
}

/* Some are kept for those who may do more than look. */
static struct client **
free_place(struct control *control, bool may_change)
{
	for (size_t i = may_change ? 0 : KEPT_PLACES; i < LIMIT_CONTROL_CLIENTS; i++)
		if (!control->clients[i])
			return &control->clients[i];
	return NULL;
}

/* Closes the connection where there is no place: who is let in may come again. */
static void
listener_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct control *control = OWNER_OF(watch, struct control, watch);
	int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client **place, *client;
	bool may_change = false;

	if (fd < 0)
		return;
	if (!may_look(control->parent, fd, &may_change) ||
	    !(place = free_place(control, may_change)) || !(client = calloc(1, sizeof(*client)))) {
		fd_close(fd);
		return;
	}
	client->parent = control->parent;
	client->may_change = may_change;
	client->watch = (struct loop_watch){.fd = fd, .ready = client_ready};
	client->late.due = client_late;
	*place = client;
	loop_at(loop, &client->late, loop->now + PATIENCE);
	if (loop_watch(loop, &client->watch, EPOLLIN) < 0)
		client_end(client);
}

/* The socket ------------------------------------------------------------------------------- */

const char *
control_default(bool privileged, char *buf, size_t size)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	int n;

	if (privileged)
		return "/run/gatehouse/gatehoused.sock";
	if (!dir || dir[0] != '/')
		return NULL;
	n = snprintf(buf, size, "%s/gatehouse/gatehoused.sock", dir);
	return n > 0 && (size_t)n < size ? buf : NULL;
}

/* The last directory of the way, and that nobody but its owner (or root) can change it. */
static int
make_dir(const char *path, struct err *err)
{
	char dir[CONTROL_PATH_BYTES];
	char *slash;
	struct stat st;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	slash[slash == dir] = '\0';
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return err_errno(err, -errno, "cannot make %s", dir);
	if (stat(dir, &st) < 0)
		return err_errno(err, -errno, "cannot look at %s", dir);
	if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
	    (st.st_mode & 022 && !(st.st_mode & S_ISVTX)))
		return err_set(err, -EPERM, "%s: others can change it, so no control socket there",
			       dir);
	return 0;
}

/* One server per socket. The lock goes with its holder, however that one ended. */
static int
take_lock(const char *path, struct err *err)
{
	char name[CONTROL_PATH_BYTES + 8];
	int fd, r = 0;

	snprintf(name, sizeof(name), "%s.lock", path);
	fd = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(err, -errno, "cannot open %s", name);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		r = errno == EWOULDBLOCK
			    ? err_set(err, -EALREADY, "already running: %s is in use", path)
			    : err_errno(err, -errno, "cannot lock %s", name);
	if (r < 0)
		fd_close(fd);
	return r < 0 ? r : fd;
}

static int
open_socket(const struct parent *parent, const char *path, struct err *err)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	gid_t group = parent->options->control_group;
	auto_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;
	int r;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	unlink(path); /* of one that was killed: we hold the lock */
	mask = umask(0177);
	r = fd < 0 || bind(fd, (const void *)&addr, sizeof(addr)) < 0 || listen(fd, 64) < 0 ? -errno
											    : 0;
	umask(mask);
	if (r == 0 && group && (chown(path, (uid_t)-1, group) < 0 || chmod(path, 0660) < 0))
		r = -errno;
	if (r < 0)
		return err_errno(err, r, "cannot open %s", path);
	r = fd;
	fd = -1;
	return r;
}

static int
open_all(struct parent *parent, struct control *control, struct err *err)
{
	int r = make_dir(control->path, err);

	if (r < 0)
		return r;
	control->lock = take_lock(control->path, err);
	if (control->lock < 0)
		return control->lock;
	control->watch.fd = open_socket(parent, control->path, err);
	return control->watch.fd < 0 ? control->watch.fd : 0;
}

int
control_open(struct parent *parent, struct err *err)
{
	const struct engine_options *options = parent->options;
	char buf[CONTROL_PATH_BYTES];
	const char *path = options->control
				   ? options->control
				   : control_default(options->privileged, buf, sizeof(buf));
	struct control *control;
	int r = 0;

	if (!path)
		return 0;
	if (strlen(path) >= sizeof(control->path))
		return err_set(err, -ENAMETOOLONG, "%s: too long for a socket", path);
	control = calloc(1, sizeof(*control));
	if (!control)
		err_no_memory();
	parent->control = control;
	snprintf(control->path, sizeof(control->path), "%s", path);
	control->parent = parent;
	control->watch = (struct loop_watch){.fd = parent->state.control, .ready = listener_ready};
	control->lock = parent->state.lock;
	if (control->watch.fd < 0)
		r = open_all(parent, control, err);
	if (r < 0)
		return r;
	r = loop_watch(&parent->loop, &control->watch, EPOLLIN);
	return r < 0 ? err_errno(err, r, "cannot watch %s", path) : 0;
}

void
control_close(struct parent *parent, bool remove)
{
	struct control *control = parent->control;

	if (!control)
		return;
	for (size_t i = 0; i < LIMIT_CONTROL_CLIENTS; i++)
		if (control->clients[i])
			client_end(control->clients[i]);
	if (control->watch.fd >= 0 && remove)
		unlink(control->path);
	fd_close(control->watch.fd);
	fd_close(control->lock);
	free(control);
	parent->control = NULL;
}

int
control_fd(const struct parent *parent)
{
	return parent->control ? parent->control->watch.fd : -1;
}

int
control_lock(const struct parent *parent)
{
	return parent->control ? parent->control->lock : -1;
}
