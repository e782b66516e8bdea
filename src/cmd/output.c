#include "cmd/output.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

#include "start/services.h"

#define WIDTH_PIPED 80
/* Below this a table is unreadable anyhow. */
#define WIDTH_LEAST 60

struct report_options
output_options(void)
{
	struct report_options options = {.out = stdout, .width = WIDTH_PIPED};
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return options;
	/* https://no-color.org: set and not empty, whatever it says. */
	options.colour = !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		options.width = size.ws_col < WIDTH_LEAST ? WIDTH_LEAST : size.ws_col;
	return options;
}

static const char *
port_name(const void *names, enum net_proto proto, uint32_t port)
{
	return port > UINT16_MAX ? NULL : services_name(names, (uint16_t)port, proto, NULL);
}

void
output_names(struct report_options *options, const struct services *services)
{
	options->port_name = port_name;
	options->port_names = services;
}

int
output_audit(struct audit_run *run, const struct audit_options *wanted)
{
	struct err err;
	int r;

	output_progress_begin("looking at sockets, processes and files");
	r = audit_run(run, wanted, &err);
	output_progress_end();
	if (r < 0)
		fprintf(stderr, "gatehouse: %s\n", err.text);
	return r < 0 ? CMD_USAGE : 0;
}

int
output_list(const struct cmd *cmd, struct report_ctx *ctx, const char *format,
	    const struct report_list *list)
{
	if (report_list_write(ctx, format, list))
		return CMD_FINE;
	return cmd_usage_error(cmd, "no format '%s': " OUTPUT_FORMATS, format);
}

int
output_end(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "gatehouse: cannot write: %s\n", strerror(errno));
	return CMD_INCOMPLETE;
}

/* Progress: a timer, since the work does not know how long it will take. ---------------- */

static char progress_line[80];
static size_t progress_bytes;

static void
on_alarm(int signal)
{
	ssize_t ignored = write(STDERR_FILENO, progress_line, progress_bytes);

	(void)ignored;
}

void
output_progress_begin(const char *what)
{
	struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART | SA_RESETHAND};
	struct itimerval after = {.it_value = {.tv_sec = 1}};

	if (!isatty(STDERR_FILENO))
		return;
	progress_bytes =
		(size_t)snprintf(progress_line, sizeof(progress_line), "%.60s ...\r", what);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &after, NULL);
}

void
output_progress_end(void)
{
	static const char wipe[] = "\r\033[K";
	struct itimerval never = {0}, left;

	if (progress_bytes == 0)
		return;
	setitimer(ITIMER_REAL, &never, &left);
	signal(SIGALRM, SIG_DFL);
	progress_bytes = 0;
	/* Nothing is left of the second: the line was written. */
	if (left.it_value.tv_sec == 0 && left.it_value.tv_usec == 0)
		fputs(wipe, stderr);
}

const char *
cmd_file_here(struct arena *arena, const char *root, const char *file)
{
	char here[4096];

	if (file[0] == '/' || (root && strcmp(root, "/") != 0) || !getcwd(here, sizeof(here)))
		return file;
	return arena_printf(arena, "%s/%s", here, file);
}
