/*
 * askdump: puts questions to a resolver process of its own (engine/resolver.c), all at once, and
 * prints the answers sorted by question. Each line of the input is a question:
 *
 *	name ADDRESS [WAIT_MS]
 *	user ADDRESS PORT LOCAL_ADDRESS LOCAL_PORT [WAIT_MS]
 *
 * and each of the output its answer: number, "known", "liar" or "unknown", tenths of a second it
 * took, the system of ident or "-", text. A line "wait" waits for all answers so far.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/ask.h"
#include "engine/engine.h"
#include "engine/loop.h"
#include "engine/wire.h"

enum { QUESTIONS = 4096 };

static struct {
	int64_t asked;
	long tenths;
	struct ask_answer answer;
	bool done;
} v[QUESTIONS];
static unsigned n, n_done;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
answers(int fd, bool all)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	while (n_done < n && poll(&p, 1, all ? 70000 : 0) > 0) {
		struct ask_answer answer;

		if (recv(fd, &answer, sizeof(answer), 0) != sizeof(answer) || answer.id >= n ||
		    v[answer.id].done)
			die("answer");
		v[answer.id].answer = answer;
		v[answer.id].done = true;
		v[answer.id].tenths = (long)((loop_clock() - v[answer.id].asked) / (100 * LOOP_MS));
		n_done++;
	}
	if (all && n_done < n)
		die("no answer");
}

static struct net_addr
addr_of(const char *text)
{
	struct net_addr addr;

	if (!net_addr_parse(span_of(text), &addr))
		die(text);
	return addr;
}

static void
question(int fd, const char *line)
{
	char addr[64], local[64];
	unsigned port, local_port, wait = 0;
	struct ask ask = {.id = n};

	if (!strncmp(line, "wait", 4)) {
		answers(fd, true);
		return;
	}
	if (sscanf(line, "name %63s %u", addr, &wait) >= 1) {
		ask.kind = ASK_NAME;
	} else if (sscanf(line, "user %63s %u %63s %u %u", addr, &port, local, &local_port,
			  &wait) >= 4) {
		ask.kind = ASK_USER;
		ask.local = addr_of(local);
		ask.port = (uint16_t)port;
		ask.local_port = (uint16_t)local_port;
	} else {
		die(line);
	}
	ask.addr = addr_of(addr);
	ask.wait_ms = wait;
	if (n == QUESTIONS)
		die("too many questions");
	v[n++].asked = loop_clock();
	while (send(fd, &ask, sizeof(ask), MSG_DONTWAIT) < 0)
		answers(fd, false);
}

int
main(void)
{
	struct wire wire = {.kind = WIRE_CLIENT};
	int control[2], mine[2], status;
	char line[256];
	pid_t pid;

	if (wire_pair(control) < 0 || wire_pair(mine) < 0)
		die("pair");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		close(control[0]);
		close(mine[0]);
		close(mine[1]);
		resolver_run(control[1]);
	}
	close(control[1]);
	if (wire_send(control[0], &wire, &mine[1], 1) < 0)
		die("client");
	close(mine[1]);
	while (fgets(line, sizeof(line), stdin))
		question(mine[0], line);
	answers(mine[0], true);
	for (unsigned i = 0; i < n; i++)
		printf("%u %s %ld %s %s\n", i,
		       v[i].answer.known  ? "known"
		       : v[i].answer.liar ? "liar"
					  : "unknown",
		       v[i].tenths, v[i].answer.system[0] ? v[i].answer.system : "-",
		       v[i].answer.text);
	close(mine[0]);
	close(control[0]);
	if (waitpid(pid, &status, 0) != pid || status)
		die("the resolver did not end well");
	return 0;
}
