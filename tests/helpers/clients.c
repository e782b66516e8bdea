/*
 * clients [OPTION...] MODE PORT: many clients of one service from one thread, and what they saw, as
 * one line of "key value" pairs. Modes:
 *   tcp    each connects, reads to the end, and begins again
 *   udp    each sends a datagram, waits for the same bytes, and begins again
 *   burst  all connect at once, one time; "seconds" is when the last had its answer
 *   read   one connection, read as fast as it comes (chargen): MB per second
 *   echo   one connection, written and read back: MB per second
 *   hold   all connect and say nothing until standard input ends
 *   reset  each connects and resets, again and again
 * Options: -a ADDRESS, -c CLIENTS, -t SECONDS, -n ANSWERS (what comes first ends it), -w SECONDS to
 * wait for an answer, -e an end without a byte is the answer (a refusal), -v each error with its
 * time (CLOCK_MONOTONIC) on standard error.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define FINE 32 /* steps per power of two in the table of times */
#define EVENTS 256
#define MOST_CLIENTS 60000

enum outcome { OK, REFUSED, RESET, SHORT, TIMEOUT, OTHER, OUTCOMES };
static const char *const outcome_names[OUTCOMES] = {"ok",    "refused", "reset",
						    "short", "timeout", "other"};

struct client {
	int fd;
	long long began;
	size_t got;
	bool ended;
	uint32_t number;
};

struct run {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} to;
	socklen_t to_size;
	int n, epoll;
	long long began, until, wait, last;
	long long answers; /* 0 = as many as come */
	bool empty, verbose;
	struct client *v;
	long long count[OUTCOMES];
	long long times[64 * FINE];
	long long bytes;
};

static long long
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

/* --- how long it took */

static size_t
step_of(long long ns)
{
	unsigned long long v = ns > FINE ? (unsigned long long)ns : FINE;
	unsigned power = 63u - (unsigned)__builtin_clzll(v);

	return power * FINE + (size_t)((v >> (power - 5)) & (FINE - 1));
}

static double
step_us(size_t step)
{
	return (double)(1ULL << step / FINE) * (1 + ((double)(step % FINE) + 0.5) / FINE) / 1000;
}

static double
percentile(const struct run *run, double part)
{
	long long left = (long long)((double)run->count[OK] * part);

	for (size_t i = 0; i < 64 * FINE; i++) {
		left -= run->times[i];
		if (left < 0)
			return step_us(i);
	}
	return 0;
}

static void
note(struct run *run, const struct client *client, enum outcome outcome, int error)
{
	long long t = now();

	run->count[outcome]++;
	if (outcome == OK) {
		run->times[step_of(t - client->began)]++;
		run->last = t;
	} else if (run->verbose) {
		fprintf(stderr, "%.6f %s after %.6f: %s\n", (double)t / SECOND,
			outcome_names[outcome], (double)(t - client->began) / SECOND,
			strerror(error));
	}
}

static void
print(const struct run *run)
{
	double seconds = (double)((run->last ? run->last : now()) - run->began) / SECOND;

	printf("seconds %.6f rate %.1f p50 %.1f p99 %.1f p999 %.1f", seconds,
	       (double)run->count[OK] / seconds, percentile(run, 0.5), percentile(run, 0.99),
	       percentile(run, 0.999));
	printf(" mbs %.1f", (double)run->bytes / 1e6 / seconds);
	for (int i = 0; i < OUTCOMES; i++)
		printf(" %s %lld", outcome_names[i], run->count[i]);
	putchar('\n');
}

/* --- one client */

static bool
goes_on(const struct run *run)
{
	if (run->answers) {
		long long begun = 0;

		for (int i = 0; i < OUTCOMES; i++)
			begun += run->count[i];
		if (begun + run->n > run->answers)
			return false;
	}
	return now() < run->until;
}

static void
drop(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
}

static enum outcome
outcome_of(int error)
{
	if (error == ECONNREFUSED)
		return REFUSED;
	return error == ECONNRESET || error == EPIPE ? RESET : OTHER;
}

/* A new socket on its way. */
static bool
begin(struct run *run, struct client *client, int type, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = client};

	client->got = 0;
	client->began = now();
	client->fd = socket(run->to.any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (client->fd < 0)
		fail("socket");
	if (connect(client->fd, &run->to.any, run->to_size) < 0 && errno != EINPROGRESS) {
		note(run, client, outcome_of(errno), errno);
		drop(client);
		return false;
	}
	if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, client->fd, &event) < 0)
		fail("epoll_ctl");
	return true;
}

static bool
begin_tcp(struct run *run, struct client *client)
{
	return begin(run, client, SOCK_STREAM, EPOLLIN | EPOLLRDHUP);
}

/* True when this client is done with its connection. */
static bool
read_to_end(struct run *run, struct client *client)
{
	char buf[4096];
	ssize_t n;

	while ((n = recv(client->fd, buf, sizeof(buf), 0)) > 0) {
		client->got += (size_t)n;
		client->ended = buf[n - 1] == '\n';
	}
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n < 0)
		note(run, client, outcome_of(errno), errno);
	else
		note(run, client,
		     run->empty == (client->got == 0) && (run->empty || client->ended) ? OK : SHORT,
		     0);
	return true;
}

static void
send_number(struct run *run, struct client *client)
{
	client->number++;
	client->began = now();
	if (send(client->fd, &client->number, sizeof(client->number), 0) < 0)
		note(run, client, outcome_of(errno), errno);
}

static bool
got_number(struct run *run, struct client *client)
{
	uint32_t number;
	ssize_t n = recv(client->fd, &number, sizeof(number), 0);

	if (n < 0 && errno != EAGAIN)
		note(run, client, outcome_of(errno), errno);
	if (n != sizeof(number) || number != client->number)
		return false;
	note(run, client, OK, 0);
	return true;
}

/* --- modes */

static void
sweep(struct run *run, void (*late)(struct run *run, struct client *client))
{
	long long t = now();

	for (int i = 0; i < run->n; i++)
		if (run->v[i].fd >= 0 && t - run->v[i].began > run->wait) {
			note(run, &run->v[i], TIMEOUT, ETIMEDOUT);
			late(run, &run->v[i]);
		}
}

/* A refused port must not become a busy loop without end. */
static void
again(struct run *run, struct client *client)
{
	drop(client);
	for (int i = 0; goes_on(run) && i < 1000; i++)
		if (begin_tcp(run, client))
			return;
}

static void
late_tcp(struct run *run, struct client *client)
{
	again(run, client);
}

static int
open_ones(const struct run *run)
{
	int n = 0;

	for (int i = 0; i < run->n; i++)
		n += run->v[i].fd >= 0;
	return n;
}

static void
turns(struct run *run, bool (*ready)(struct run *run, struct client *client),
      void (*done)(struct run *run, struct client *client),
      void (*late)(struct run *run, struct client *client))
{
	struct epoll_event events[EVENTS];
	long long next = now() + SECOND / 10;

	while (open_ones(run) > 0) {
		int n = epoll_wait(run->epoll, events, EVENTS, 100);

		for (int i = 0; i < n; i++) {
			struct client *client = events[i].data.ptr;

			if (client->fd >= 0 && ready(run, client))
				done(run, client);
		}
		if (now() >= next) {
			sweep(run, late);
			next = now() + SECOND / 10;
		}
	}
}

static void
mode_tcp(struct run *run)
{
	for (int i = 0; i < run->n; i++)
		again(run, &run->v[i]);
	turns(run, read_to_end, again, late_tcp);
}

static void
once(struct run *run, struct client *client)
{
	drop(client);
}

static void
mode_burst(struct run *run)
{
	for (int i = 0; i < run->n; i++)
		begin_tcp(run, &run->v[i]);
	turns(run, read_to_end, once, once);
}

static void
next_datagram(struct run *run, struct client *client)
{
	if (goes_on(run))
		send_number(run, client);
	else
		drop(client);
}

static void
mode_udp(struct run *run)
{
	for (int i = 0; i < run->n; i++)
		if (begin(run, &run->v[i], SOCK_DGRAM, EPOLLIN))
			send_number(run, &run->v[i]);
	turns(run, got_number, next_datagram, next_datagram);
}

static bool
connected(struct run *run, struct client *client)
{
	int error = 0;
	socklen_t size = sizeof(error);

	getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	note(run, client, error ? outcome_of(error) : OK, error);
	return true;
}

static void
reset_again(struct run *run, struct client *client)
{
	const struct linger at_once = {.l_onoff = 1};

	if (client->fd >= 0)
		setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	drop(client);
	for (int i = 0; goes_on(run) && i < 1000; i++)
		if (begin(run, client, SOCK_STREAM, EPOLLOUT))
			return;
}

static void
mode_reset(struct run *run)
{
	for (int i = 0; i < run->n; i++)
		reset_again(run, &run->v[i]);
	turns(run, connected, reset_again, reset_again);
}

static void
stay(struct run *run, struct client *client)
{
	epoll_ctl(run->epoll, EPOLL_CTL_DEL, client->fd, NULL);
}

static void
mode_hold(struct run *run)
{
	struct epoll_event events[EVENTS];
	long long until = now() + run->wait;
	char byte;

	for (int i = 0; i < run->n; i++)
		begin(run, &run->v[i], SOCK_STREAM, EPOLLOUT);
	while (run->count[OK] < open_ones(run) && now() < until) {
		int n = epoll_wait(run->epoll, events, EVENTS, 100);

		for (int i = 0; i < n; i++) {
			connected(run, events[i].data.ptr);
			stay(run, events[i].data.ptr);
		}
	}
	print(run);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	_exit(0);
}

static int
stream(struct run *run)
{
	int fd = socket(run->to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), big = 4 << 20;
	const struct timeval quiet = {.tv_sec = run->wait / SECOND + 1};

	if (fd < 0 || connect(fd, &run->to.any, run->to_size) < 0)
		fail("connect");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &big, sizeof(big));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &quiet, sizeof(quiet));
	run->began = now();
	run->until += run->began;
	return fd;
}

static void
mode_read(struct run *run)
{
	static char buf[1 << 20];
	int fd = stream(run);
	ssize_t n = 1;

	/* MSG_TRUNC: the kernel throws the bytes away, so the client is not what limits. */
	while (now() < run->until && (n = recv(fd, buf, sizeof(buf), MSG_TRUNC)) > 0)
		run->bytes += n;
	run->count[n > 0 ? OK : SHORT]++;
	run->last = now();
	close(fd);
}

static void
mode_echo(struct run *run)
{
	static char buf[1 << 18];
	int fd = stream(run);
	ssize_t n = 1;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (now() < run->until && n != 0) {
		ssize_t sent = send(fd, buf, sizeof(buf), MSG_NOSIGNAL);

		while ((n = recv(fd, buf, sizeof(buf), MSG_TRUNC)) > 0)
			run->bytes += n;
		if ((n < 0 && errno != EAGAIN) || (sent < 0 && errno != EAGAIN))
			break;
	}
	run->count[n > 0 || errno == EAGAIN ? OK : SHORT]++;
	run->last = now();
	close(fd);
}

static const struct mode {
	const char *name;
	void (*go)(struct run *run);
	bool own_clock;
} modes[] = {
	{"tcp", mode_tcp, false},     {"udp", mode_udp, false},  {"burst", mode_burst, false},
	{"read", mode_read, true},    {"echo", mode_echo, true}, {"hold", mode_hold, false},
	{"reset", mode_reset, false},
};

static void
resolve(struct run *run, const char *address, const char *port)
{
	uint16_t number = htons((uint16_t)strtoul(port, NULL, 10));

	memset(&run->to, 0, sizeof(run->to));
	if (inet_pton(AF_INET, address, &run->to.v4.sin_addr) == 1) {
		run->to.v4.sin_family = AF_INET;
		run->to.v4.sin_port = number;
		run->to_size = sizeof(run->to.v4);
	} else if (inet_pton(AF_INET6, address, &run->to.v6.sin6_addr) == 1) {
		run->to.v6.sin6_family = AF_INET6;
		run->to.v6.sin6_port = number;
		run->to_size = sizeof(run->to.v6);
	} else {
		fail(address);
	}
}

int
main(int argc, char **argv)
{
	static struct run run = {.n = 1, .wait = 5 * SECOND};
	struct rlimit most;
	const char *address = "127.0.0.1";
	const struct mode *mode = NULL;
	int option;

	while ((option = getopt(argc, argv, "a:c:t:n:w:ev")) >= 0)
		switch (option) {
		case 'a':
			address = optarg;
			break;
		case 'c':
			run.n = (int)strtol(optarg, NULL, 10);
			break;
		case 't':
			run.until = (long long)(strtod(optarg, NULL) * SECOND);
			break;
		case 'n':
			run.answers = strtoll(optarg, NULL, 10);
			break;
		case 'w':
			run.wait = (long long)(strtod(optarg, NULL) * SECOND);
			break;
		case 'e':
			run.empty = true;
			break;
		case 'v':
			run.verbose = true;
			break;
		default:
			return 2;
		}
	for (size_t i = 0; optind < argc && i < sizeof(modes) / sizeof(*modes); i++)
		if (strcmp(argv[optind], modes[i].name) == 0)
			mode = &modes[i];
	if (!mode || optind + 2 != argc || run.n < 1 || run.n > MOST_CLIENTS) {
		fprintf(stderr, "usage: clients [-a ADDRESS] [-c CLIENTS] [-t SECONDS] [-n N] "
				"[-w SECONDS] [-e] [-v] MODE PORT\n");
		return 2;
	}
	if (!run.until)
		run.until = run.answers ? 86400 * SECOND : SECOND;
	resolve(&run, address, argv[optind + 1]);
	if (getrlimit(RLIMIT_NOFILE, &most) == 0) {
		most.rlim_cur = most.rlim_max;
		setrlimit(RLIMIT_NOFILE, &most);
	}
	run.v = calloc((size_t)run.n, sizeof(*run.v));
	run.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!run.v || run.epoll < 0)
		fail("start");
	for (int i = 0; i < run.n; i++)
		run.v[i].fd = -1;
	run.began = now();
	if (!mode->own_clock)
		run.until += run.began;
	mode->go(&run);
	print(&run);
	return 0;
}
