/* engine/listen: what is opened, and which of the sockets passed to us is taken over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/listen.h"
#include "net/sockaddr.h"

static struct service_listener
inet(const char *addr, uint16_t port)
{
	struct service_listener l = {.port = port, .owner = (uid_t)-1, .group = (gid_t)-1};

	assert_true(net_addr_parse(span_of(addr), &l.addr));
	return l;
}

static struct service_listener
at_path(const char *path, mode_t mode)
{
	return (struct service_listener){
		.path = path, .mode = mode, .owner = (uid_t)-1, .group = (gid_t)-1};
}

static const struct service stream = {
	.name = "test",
	.id = "test",
	.type = SOCK_STREAM,
	.protocol = IPPROTO_TCP,
	.nodelay = true,
	.place = {"/etc/xinetd.d/test", 7},
};
static const struct service dgram = {
	.name = "test", .id = "test", .type = SOCK_DGRAM, .protocol = IPPROTO_UDP};
static const struct service local = {.name = "test", .id = "test", .type = SOCK_STREAM};

static uint16_t
port_of(int fd)
{
	struct sockaddr_storage at;
	socklen_t size = sizeof(at);
	struct net_addr addr;
	uint16_t port;

	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	assert_true(net_sockaddr_read(&at, &addr, &port));
	return port;
}

static int
number(int fd, int level, int option)
{
	int value = -1;
	socklen_t size = sizeof(value);

	getsockopt(fd, level, option, &value, &size);
	return value;
}

static int
must_open(const struct service *service, const struct service_listener *l)
{
	struct listen listen;
	struct err err = {0};
	int fd;

	listen_begin(&listen);
	fd = listen_open(&listen, service, l, &err);
	if (fd < 0)
		print_error("%s\n", err.text);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	listen_end(&listen);
	return fd;
}

static void
streams_listen_with_their_options(void **state)
{
	struct service_listener l = inet("127.0.0.1", 0);
	auto_fd fd = must_open(&stream, &l);

	assert_int_equal(number(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
	assert_int_equal(number(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	(void)state;
}

/* An address in use is an error that names place, service and address. */
static void
errors_say_where(void **state)
{
	struct service_listener l = inet("127.0.0.1", 0);
	auto_fd fd = must_open(&stream, &l);
	struct listen listen;
	struct err err = {0};

	l.port = port_of(fd);
	listen_begin(&listen);
	listen.patience_ms = 20;
	assert_int_equal(listen_open(&listen, &stream, &l, &err), -EADDRINUSE);
	assert_int_equal(listen.patience_ms, 0);
	assert_non_null(strstr(err.text, "/etc/xinetd.d/test:7: service test: "));
	assert_non_null(strstr(err.text, "127.0.0.1 port "));
	listen_end(&listen);
	(void)state;
}

/* Anybody may bind there: nobody must be able to share it. */
static void
datagram_ports_are_not_shared(void **state)
{
	struct service_listener l = inet("127.0.0.1", 0);
	auto_fd fd = must_open(&dgram, &l);
	auto_fd thief = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_storage at;
	socklen_t size = net_sockaddr_of(&l.addr, port_of(fd), &at);
	int on = 1;

	l.port = port_of(fd);
	fd_close(fd);
	fd = must_open(&dgram, &l);
	setsockopt(thief, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(thief, (struct sockaddr *)&at, size), -1);
	assert_int_equal(errno, EADDRINUSE);
	(void)state;
}

static void
v6only_is_what_was_asked(void **state)
{
	struct service_listener l = inet("::", 0);
	auto_fd both = must_open(&stream, &l);

	assert_int_equal(number(both, IPPROTO_IPV6, IPV6_V6ONLY), 0);
	l.v6only = true;
	int only = must_open(&stream, &l);
	assert_int_equal(number(only, IPPROTO_IPV6, IPV6_V6ONLY), 1);
	fd_close(only);
	(void)state;
}

static void
paths_get_their_mode_and_stale_ones_go(void **state)
{
	char dir[] = "/tmp/listen.XXXXXX", path[64];
	struct service_listener l;
	struct listen listen;
	struct err err;
	struct stat st;
	int fd;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	l = at_path(path, 0620);
	fd = must_open(&local, &l);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0620);

	/* somebody listens there */
	listen_begin(&listen);
	assert_int_equal(listen_open(&listen, &local, &l, &err), -EADDRINUSE);
	assert_int_equal(stat(path, &st), 0);
	fd_close(fd); /* nobody does now */
	fd = must_open(&local, &l);
	fd_close(fd);
	listen_remove(&l);
	assert_int_equal(stat(path, &st), -1);

	/* no socket: never removed */
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	fd_close(fd);
	assert_int_equal(listen_open(&listen, &local, &l, &err), -EEXIST);
	listen_remove(&l);
	assert_int_equal(stat(path, &st), 0);
	listen_end(&listen);
	unlink(path);
	rmdir(dir);
	(void)state;
}

static void
abstract_names_leave_no_file(void **state)
{
	char path[64];
	struct service_listener l;
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	auto_fd client = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(path, sizeof(path), "@gatehouse-test-%d", (int)getpid());
	l = at_path(path, 0);
	int fd = must_open(&local, &l);
	memcpy(un.sun_path + 1, path + 1, strlen(path) - 1);
	assert_int_equal(
		connect(client, (struct sockaddr *)&un,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))),
		0);
	assert_int_equal(access(path, F_OK), -1);
	fd_close(fd);
	(void)state;
}

static void
long_paths_are_refused(void **state)
{
	char path[200];
	struct service_listener l;
	struct listen listen;
	struct err err;

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	l = at_path(path, 0);
	listen_begin(&listen);
	assert_int_equal(listen_open(&listen, &local, &l, &err), -ENAMETOOLONG);
	listen_end(&listen);
	(void)state;
}

/* LISTEN_FDS: each row is passed as descriptor 3 while the service wants 127.0.0.1, tcp. */
static int
passed_socket(const char *addr, int type, int v6only)
{
	struct service_listener l = inet(addr, 0);
	struct sockaddr_storage at;
	socklen_t size = net_sockaddr_of(&l.addr, 0, &at);
	int fd = socket(l.addr.family, type, 0);

	if (l.addr.family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only));
	assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 5), 0);
	return fd;
}

static const struct {
	const char *passed;
	int type, passed_v6only;
	const char *wanted;
	bool wanted_v6only, wrong_port, wrong_pid, taken;
} rows[] = {
	{"127.0.0.1", SOCK_STREAM, 0, "127.0.0.1", false, false, false, true},
	{"::1", SOCK_STREAM, 0, "::1", false, false, false, true},
	{"::", SOCK_STREAM, 0, "::", false, false, false, true},
	{"::", SOCK_STREAM, 1, "::", true, false, false, true},
	{"::", SOCK_STREAM, 0, "::", true, false, false, false}, /* wider than asked */
	{"0.0.0.0", SOCK_STREAM, 0, "127.0.0.1", false, false, false, false},
	{"127.0.0.1", SOCK_DGRAM, 0, "127.0.0.1", false, false, false, false},
	{"127.0.0.1", SOCK_STREAM, 0, "127.0.0.1", false, true, false, false},
	{"127.0.0.1", SOCK_STREAM, 0, "127.0.0.1", false, false, true, false},
};

static void
passed_ones_are_taken_only_when_they_fit(void **state)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		auto_fd saved = fcntl(3, F_DUPFD_CLOEXEC, 100);
		int made = passed_socket(rows[i].passed, rows[i].type, rows[i].passed_v6only), fd;
		struct service_listener l = inet(rows[i].wanted, port_of(made));
		char pid[16], text[LISTEN_TEXT];
		struct listen listen;
		struct err err = {0};

		l.v6only = rows[i].wanted_v6only;
		if (rows[i].wrong_port)
			l.port ^= 1;
		if (made != 3) {
			assert_int_equal(dup2(made, 3), 3);
			fd_close(made);
		}
		snprintf(pid, sizeof(pid), "%d", (int)getpid() + rows[i].wrong_pid);
		setenv("LISTEN_PID", pid, 1);
		setenv("LISTEN_FDS", "1", 1);
		listen_begin(&listen);
		assert_null(getenv("LISTEN_FDS"));
		fd = listen_open(&listen, &stream, &l, &err);
		assert_int_equal(fd == 3, rows[i].taken);
		assert_int_equal(listen_leftover(&listen, text),
				 !rows[i].taken && !rows[i].wrong_pid);
		listen_end(&listen);
		fd_close(fd);
		if (!rows[i].taken && rows[i].wrong_pid)
			fd_close(3);
		if (saved >= 0)
			dup2(saved, 3);
	}
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_listen_with_their_options),
		cmocka_unit_test(errors_say_where),
		cmocka_unit_test(datagram_ports_are_not_shared),
		cmocka_unit_test(v6only_is_what_was_asked),
		cmocka_unit_test(paths_get_their_mode_and_stale_ones_go),
		cmocka_unit_test(abstract_names_leave_no_file),
		cmocka_unit_test(long_paths_are_refused),
		cmocka_unit_test(passed_ones_are_taken_only_when_they_fit),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
