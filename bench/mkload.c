/*
 * mkload PROCESSES TCP UDP CONNECTIONS FILES [CGROUPS_DIR]: a busy machine, for the bench of the
 * audit. Each process gets its share of TCP and UDP listeners, of established connections
 * to its own listeners (two descriptors each) and of plain descriptors. With a directory of
 * the cgroup v2 tree, processes are spread over 100 cgroups in it. Prints "ready", ends all
 * when its input ends. Meant to be process 1 of a pid namespace of its own.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_PORT 1025
#define CGROUPS 100

struct load {
	int processes, tcp, udp, connections, files;
	const char *cgroups;
};

/* How much of a total the i-th of n gets: shares differ by one at most. */
static int
share(int total, int i, int n)
{
	return (int)((long long)total * (i + 1) / n - (long long)total * i / n);
}

static int
before(int total, int i, int n)
{
	return (int)((long long)total * i / n);
}

static void
fail(const char *what)
{
	perror(what);
	_exit(1);
}

static struct sockaddr_in
address(int port)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return name;
}

static int
listener(int type, int port)
{
	struct sockaddr_in name = address(port);
	int fd = socket(AF_INET, type, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 64) < 0))
		fail("listener");
	return fd;
}

static void
join_cgroup(const struct load *load, int i)
{
	char path[512];
	int fd;

	if (!load->cgroups)
		return;
	snprintf(path, sizeof(path), "%s/bench%d", load->cgroups, i % CGROUPS);
	mkdir(path, 0755);
	strcat(path, "/cgroup.procs");
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		fail(path);
	close(fd);
}

/* The listeners of other processes are not there yet: everyone connects to its own. */
static void
connect_self(int server, int port, int n)
{
	struct sockaddr_in name = address(port);

	for (int i = 0; i < n; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
		    accept(server, NULL, NULL) < 0)
			fail("connection");
	}
}

static void
child(const struct load *load, int i, int ready)
{
	const int n = load->processes;
	int first = before(load->tcp, i, n), mine = share(load->tcp, i, n), server = -1;

	join_cgroup(load, i);
	for (int k = 0; k < mine; k++)
		server = listener(SOCK_STREAM, FIRST_PORT + first + k);
	for (int k = 0; k < share(load->udp, i, n); k++)
		listener(SOCK_DGRAM, FIRST_PORT + before(load->udp, i, n) + k);
	if (server >= 0)
		connect_self(server, FIRST_PORT + first + mine - 1, share(load->connections, i, n));
	for (int k = 0; k < share(load->files, i, n); k++)
		if (open("/dev/null", O_RDONLY) < 0)
			fail("/dev/null");
	if (write(ready, "", 1) != 1)
		_exit(1);
	close(ready);
	for (;;)
		pause();
}

static bool
start_all(const struct load *load, pid_t *pids)
{
	int ready[2], done = 0;
	char byte;

	if (pipe(ready) < 0)
		return false;
	for (int i = 0; i < load->processes; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			return false;
		if (pids[i] == 0) {
			close(ready[0]);
			close(STDIN_FILENO);
			child(load, i, ready[1]);
		}
	}
	close(ready[1]);
	while (done < load->processes && read(ready[0], &byte, 1) == 1)
		done++;
	close(ready[0]);
	return done == load->processes;
}

static void
end_all(const struct load *load, const pid_t *pids)
{
	char path[512];

	for (int i = 0; i < load->processes; i++)
		if (pids[i] > 0)
			kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	for (int i = 0; load->cgroups && i < CGROUPS; i++) {
		snprintf(path, sizeof(path), "%s/bench%d", load->cgroups, i);
		rmdir(path);
	}
}

int
main(int argc, char **argv)
{
	struct rlimit most = {65536, 65536};
	struct load load;
	pid_t *pids;
	char byte;
	bool fine;

	if (argc < 6) {
		fprintf(stderr,
			"usage: mkload PROCESSES TCP UDP CONNECTIONS FILES [CGROUPS_DIR]\n");
		return 2;
	}
	load = (struct load){(int)strtol(argv[1], NULL, 10), (int)strtol(argv[2], NULL, 10),
			     (int)strtol(argv[3], NULL, 10), (int)strtol(argv[4], NULL, 10),
			     (int)strtol(argv[5], NULL, 10), argc > 6 ? argv[6] : NULL};
	setrlimit(RLIMIT_NOFILE, &most);
	pids = calloc((size_t)load.processes + 1, sizeof(*pids));
	fine = pids && start_all(&load, pids);
	puts(fine ? "ready" : "failed");
	fflush(stdout);
	while (fine && read(STDIN_FILENO, &byte, 1) > 0)
		;
	if (pids)
		end_all(&load, pids);
	free(pids);
	return fine ? 0 : 1;
}
