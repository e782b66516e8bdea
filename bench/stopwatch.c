/*
 * stopwatch ROUNDS NAME=COMMAND...: runs the commands (words between blanks, no shell) in
 * turn, ROUNDS times over, output to /dev/null, and prints for each the median and least wall
 * time, CPU time, peak memory, and how many times faster than the first it is.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_COMMANDS 64
#define MOST_WORDS 32
#define MOST_ROUNDS 1000

extern char **environ;

struct command {
	char *name;
	char *words[MOST_WORDS + 1];
	double wall[MOST_ROUNDS], cpu[MOST_ROUNDS];
	long rss_kb;
	int status;
};

static struct command commands[MOST_COMMANDS];

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double
ms(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static void
run(struct command *command, int round)
{
	posix_spawn_file_actions_t actions;
	struct rusage used;
	double start;
	pid_t pid;
	int status;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	start = now_ms();
	if (posix_spawnp(&pid, command->words[0], &actions, NULL, command->words, environ) != 0) {
		command->status = 127;
	} else {
		while (wait4(pid, &status, 0, &used) != pid)
			;
		command->wall[round] = now_ms() - start;
		command->cpu[round] = ms(used.ru_utime) + ms(used.ru_stime);
		command->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
		if (used.ru_maxrss > command->rss_kb)
			command->rss_kb = used.ru_maxrss;
	}
	posix_spawn_file_actions_destroy(&actions);
}

static int
cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), cmp);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static int
read_commands(int argc, char **argv)
{
	int n = 0;

	for (int i = 2; i < argc && n < MOST_COMMANDS; i++, n++) {
		char *equals = strchr(argv[i], '='), *rest, *word;
		int words = 0;

		if (!equals)
			return 0;
		*equals = '\0';
		commands[n].name = argv[i];
		for (word = strtok_r(equals + 1, " ", &rest); word && words < MOST_WORDS;
		     word = strtok_r(NULL, " ", &rest))
			commands[n].words[words++] = word;
		if (!words)
			return 0;
	}
	return n;
}

int
main(int argc, char **argv)
{
	int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0;
	int n = read_commands(argc, argv);
	double first = 0;

	if (rounds < 1 || rounds > MOST_ROUNDS || !n) {
		fprintf(stderr, "usage: stopwatch ROUNDS NAME=COMMAND...\n");
		return 2;
	}
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < n; i++)
			run(&commands[i], round);
	printf("%-34s %10s %10s %10s %9s %8s %6s\n", "command", "median ms", "least ms", "CPU ms",
	       "RSS KiB", "x faster", "status");
	for (int i = 0; i < n; i++) {
		struct command *command = &commands[i];
		double middle = median(command->wall, rounds);

		if (i == 0)
			first = middle;
		printf("%-34s %10.1f %10.1f %10.1f %9ld %8.2f %6d\n", command->name, middle,
		       command->wall[0], median(command->cpu, rounds), command->rss_kb,
		       middle > 0 ? first / middle : 0, command->status);
	}
	return 0;
}
