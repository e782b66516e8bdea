/*
 * limit MODE PORT [UID PROGRAM [ARGUMENT]]: what a super-server cannot be faster than, on this
 * machine, doing only what must be done. Modes:
 *   spawn    account entered once, then accept and clone(CLONE_VM) without CLONE_VFORK on pooled
 *            stacks, exec with the connection as 0-2; children reaped on a signalfd
 *   udp      the same for datagrams, one program at a time on the socket ("wait")
 *   chargen  one process that writes RFC 864's lines in large pieces
 *   close    accept and close: what a refusal costs
 *   sockets  PORT listeners (a number), opened and closed; prints the milliseconds
 * The child shares our memory until exec, so it makes only system calls.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STACKS 1024
#define STACK 8192
#define LINE 74 /* of chargen, with its CR LF */

struct place {
	_Alignas(16) char stack[STACK];
	_Atomic pid_t busy; /* the kernel makes it 0 when the child has left our memory */
	int fd;
};

static struct place places[STACKS];
static char *const *program;
static char *no_environment[] = {NULL};
static sigset_t normal;

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static int
open_socket(int type, uint16_t port)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 4096) < 0))
		fail("listen");
	return fd;
}

static void
enter(uid_t uid)
{
	if (setgroups(0, NULL) < 0 || setgid(uid) < 0 || setuid(uid) < 0)
		fail("account");
}

static int
child(void *data)
{
	const struct place *place = data;

	for (int i = 0; i < 3; i++)
		syscall(SYS_dup3, place->fd, i, 0);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &normal, NULL, 8);
	syscall(SYS_execve, program[0], program, no_environment);
	syscall(SYS_exit, 127);
	return 127;
}

/* The next stack that nobody stands on; waits for one when there is none. */
static struct place *
free_place(void)
{
	static size_t next;

	for (;;) {
		for (size_t i = 0; i < STACKS; i++) {
			struct place *place = &places[next++ % STACKS];

			if (atomic_load_explicit(&place->busy, memory_order_acquire) == 0)
				return place;
		}
		sched_yield();
	}
}

static pid_t
spawn(int fd)
{
	struct place *place = free_place();

	place->fd = fd;
	atomic_store(&place->busy, 1);
	return clone(child, place->stack + STACK,
		     CLONE_VM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, place,
		     &place->busy, NULL, &place->busy);
}

static void
watch(int epoll, int fd, uint32_t events, int how)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	if (epoll_ctl(epoll, how, fd, &event) < 0)
		fail("epoll_ctl");
}

static int
children(int epoll)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &normal);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	watch(epoll, fd, EPOLLIN, EPOLL_CTL_ADD);
	return fd;
}

static void
serve_all(int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		if (spawn(fd) < 0)
			perror("clone");
		/* The child has its own table of descriptors. */
		close(fd);
	}
}

static int
reap(int signals)
{
	struct signalfd_siginfo info;
	int n = 0;

	while (read(signals, &info, sizeof(info)) == sizeof(info))
		;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		n++;
	return n;
}

static void
loop(int socket, int wait)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), signals = children(epoll);
	struct epoll_event events[8];

	watch(epoll, socket, EPOLLIN, EPOLL_CTL_ADD);
	for (;;) {
		int n = epoll_wait(epoll, events, 8, -1);

		for (int i = 0; i < n; i++)
			if (events[i].data.fd == signals) {
				if (reap(signals) > 0 && wait)
					watch(epoll, socket, EPOLLIN, EPOLL_CTL_MOD);
			} else if (wait) {
				watch(epoll, socket, 0, EPOLL_CTL_MOD);
				spawn(socket);
			} else {
				serve_all(socket);
			}
	}
}

static void
mode_spawn(uint16_t port)
{
	loop(open_socket(SOCK_STREAM, port), 0);
}

static void
mode_udp(uint16_t port)
{
	loop(open_socket(SOCK_DGRAM, port), 1);
}

/* Accepts one after the other, blocking: neither mode needs more. */
static int
next_client(uint16_t port)
{
	static int listener = -1;

	if (listener < 0) {
		listener = open_socket(SOCK_STREAM, port);
		fcntl(listener, F_SETFL, 0);
	}
	return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

static void
mode_chargen(uint16_t port)
{
	static char text[LINE * 95 * 16];
	int fd;

	for (size_t i = 0; i < sizeof(text); i++) {
		size_t column = i % LINE, row = i / LINE;

		text[i] = (char)(column == LINE - 2   ? '\r'
				 : column == LINE - 1 ? '\n'
						      : ' ' + (char)((row + column) % 95));
	}
	while ((fd = next_client(port)) >= 0) {
		while (send(fd, text, sizeof(text), MSG_NOSIGNAL) > 0)
			;
		close(fd);
	}
}

static void
mode_close(uint16_t port)
{
	int fd;

	while ((fd = next_client(port)) >= 0)
		close(fd);
}

static void
mode_sockets(uint16_t n)
{
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (uint16_t i = 0; i < n; i++)
		open_socket(SOCK_STREAM, (uint16_t)(10000 + i));
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%.2f\n",
	       (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6);
}

static const struct mode {
	const char *name;
	void (*go)(uint16_t port);
} modes[] = {
	{"spawn", mode_spawn}, {"udp", mode_udp},         {"chargen", mode_chargen},
	{"close", mode_close}, {"sockets", mode_sockets},
};

int
main(int argc, char **argv)
{
	struct rlimit most;

	if (argc < 3) {
		fprintf(stderr, "usage: limit MODE PORT [UID PROGRAM [ARGUMENT]]\n");
		return 2;
	}
	if (getrlimit(RLIMIT_NOFILE, &most) == 0) {
		most.rlim_cur = most.rlim_max;
		setrlimit(RLIMIT_NOFILE, &most);
	}
	if (argc > 4) {
		enter((uid_t)strtoul(argv[3], NULL, 10));
		program = argv + 4;
	}
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (strcmp(argv[1], modes[i].name) == 0) {
			modes[i].go((uint16_t)strtoul(argv[2], NULL, 10));
			return 0;
		}
	return 2;
}
