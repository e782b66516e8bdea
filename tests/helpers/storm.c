/*
 * storm SECONDS: processes that are born, open listeners, hand them on, close them and die as fast
 * as they can, for an audit to look at. Each process that holds a listener of port P says so
 * by its name: "own-P" (prctl PR_SET_NAME before the socket exists, and for its whole life),
 * so an owner with another name is a wrong attribution.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS 12
#define FIRST_PORT 2000
#define PORTS_EACH 100

static volatile sig_atomic_t over;

static void
end(int signal)
{
	over = 1;
}

static void
live_short(int port, unsigned spin)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "own-%d", port);
	prctl(PR_SET_NAME, name);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 1) < 0)
		_exit(1);
	/* A child with the same name inherits it, and outlives its parent now and then. */
	if (spin % 3 == 0 && fork() == 0)
		usleep(spin % 40000);
	else
		usleep(spin % 20000);
	if (spin % 5 == 0)
		close(fd);
	_exit(0);
}

static void
worker(int number)
{
	unsigned spin = (unsigned)number * 7919;

	while (!over) {
		spin = spin * 1103515245 + 12345;
		if (fork() == 0)
			live_short(FIRST_PORT + number * PORTS_EACH + (int)(spin >> 8) % PORTS_EACH,
				   spin >> 4);
		while (waitpid(-1, NULL, spin % 2 ? 0 : WNOHANG) > 0)
			;
	}
	while (wait(NULL) > 0)
		;
	_exit(0);
}

int
main(int argc, char **argv)
{
	unsigned seconds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 5;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGALRM, end);
	for (int i = 0; i < WORKERS; i++)
		if (fork() == 0) {
			alarm(seconds);
			worker(i);
		}
	while (wait(NULL) > 0)
		;
	return 0;
}
