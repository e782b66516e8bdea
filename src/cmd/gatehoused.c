/*
 * gatehoused: the super-server's program. It takes its own options, and those of the programs it
 * stands in for: xinetd(8)'s words with one dash, inetd(8)'s letters. Called "xinetd" or "inetd" it
 * takes that one's only.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/near.h"
#include "base/num.h"
#include "base/vec.h"
#include "cmd/cmd.h"
#include "conf/conf.h"
#include "engine/engine.h"

#define ARENA_BLOCKS (32 << 10) /* less than a block of base/arena.c */

/* Command line --------------------------------------------------------------------------- */

enum manner { OURS = 1, XINETD = 2, INETD = 4 };

struct request {
	enum manner manner;
	const char *name;
	struct arena *arena;
	VEC(const char *) files;
	const char *log_file;
	int facility;
	bool foreground, to_stderr, version, help;
	uint32_t limit;
	uint32_t backlog;
	bool inetd_compat;
	struct conf_options conf;
	struct engine_options engine;
	struct root root;
	int ready; /* pipe to the one who started us, or -1 */
	int log;   /* socket or file for lines about the server, or -1 */
};

struct row {
	const char *word; /* "--word", and xinetd's "-word" */
	char letter;
	const char *value;
	unsigned manners;
	int (*take)(struct request *request, const char *value); /* -EINVAL: a wrong value */
	const char *doc;                                         /* NULL: of the original's only */
};

/* Made absolute: a daemon's directory is "/", and a reload must find the same file. */
static int
take_file(struct request *request, const char *value)
{
	char dir[4096];

	if (value[0] != '/') {
		if (!getcwd(dir, sizeof(dir)))
			return -EINVAL;
		value = arena_printf(request->arena, "%s/%s", dir, value);
	}
	vec_push(request->arena, &request->files, value);
	return 0;
}

static int
take_foreground(struct request *request, const char *value)
{
	request->foreground = true;
	return 0;
}

static int
take_dont_fork(struct request *request, const char *value)
{
	request->foreground = true;
	request->engine.stay_alive = true; /* as xinetd(8) says */
	return 0;
}

static int
take_debug(struct request *request, const char *value)
{
	request->foreground = true;
	request->to_stderr = true;
	return 0;
}

static int
take_stay_alive(struct request *request, const char *value)
{
	request->engine.stay_alive = true;
	return 0;
}

static int
take_allow(struct request *request, const char *value)
{
	request->conf.hosts_allow = request->engine.hosts_allow = value;
	return 0;
}

static int
take_deny(struct request *request, const char *value)
{
	request->conf.hosts_deny = request->engine.hosts_deny = value;
	return 0;
}

static int
take_control(struct request *request, const char *value)
{
	request->engine.control = value;
	return value[0] == '/' ? 0 : -EINVAL;
}

static int
take_control_group(struct request *request, const char *value)
{
	return conf_lookup_live.group(conf_lookup_live.data, value, &request->engine.control_group)
		       ? 0
		       : -EINVAL;
}

static int
take_pidfile(struct request *request, const char *value)
{
	request->engine.pidfile = value;
	return value[0] == '/' ? 0 : -EINVAL;
}

static int
take_log_file(struct request *request, const char *value)
{
	request->log_file = value;
	return value[0] == '/' ? 0 : -EINVAL;
}

static int
take_facility(struct request *request, const char *value)
{
	static const struct {
		const char *name;
		int facility;
	} names[] = {
		{"daemon", LOG_DAEMON}, {"auth", LOG_AUTH},     {"authpriv", LOG_AUTHPRIV},
		{"user", LOG_USER},     {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1},
		{"local2", LOG_LOCAL2}, {"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4},
		{"local5", LOG_LOCAL5}, {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7},
	};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (text_is(value, names[i].name)) {
			request->facility = names[i].facility;
			return 0;
		}
	return -EINVAL;
}

static int
take_limit(struct request *request, const char *value)
{
	return num_u32(span_of(value), UINT32_MAX, &request->limit) ? 0 : -EINVAL;
}

static int
take_rate(struct request *request, const char *value)
{
	return num_u32(span_of(value), UINT32_MAX, &request->conf.default_rate) ? 0 : -EINVAL;
}

static int
take_backlog(struct request *request, const char *value)
{
	return num_u32(span_of(value), INT32_MAX, &request->backlog) ? 0 : -EINVAL;
}

static int
take_compat(struct request *request, const char *value)
{
	request->inetd_compat = true;
	return 0;
}

static int
take_version(struct request *request, const char *value)
{
	request->version = true;
	return 0;
}

static int
take_help(struct request *request, const char *value)
{
	request->help = true;
	return 0;
}

static int
take_nothing(struct request *request, const char *value)
{
	return 0;
}

static const struct row rows[] = {
	{"file", 'f', "FILE", OURS, take_file, "configuration, of any kind; may be given again"},
	{"f", 0, "FILE", XINETD, take_file, NULL},
	{"foreground", 'i', NULL, OURS | INETD, take_foreground, "do not become a daemon"},
	{"debug", 'd', NULL, OURS | INETD, take_debug,
	 "stay in the foreground, messages to standard error"},
	{"d", 0, NULL, XINETD, take_debug, NULL},
	{"hosts-allow", 0, "FILE", OURS, take_allow, "instead of /etc/hosts.allow"},
	{"hosts-deny", 0, "FILE", OURS, take_deny, "instead of /etc/hosts.deny"},
	{"control", 0, "SOCKET", OURS, take_control, "where gatehouse status and others ask"},
	{"control-group", 0, "GROUP", OURS, take_control_group,
	 "whose members may ask, but not change"},
	{"pidfile", 0, "FILE", OURS | XINETD, take_pidfile, "where to write the process number"},
	{"filelog", 0, "FILE", OURS | XINETD, take_log_file, "messages about the server go here"},
	{"syslog", 0, "FACILITY", OURS | XINETD, take_facility, "or to syslog, as daemon"},
	{"limit", 0, "N", OURS | XINETD, take_limit, "at most so many processes in all"},
	{"stayalive", 0, NULL, OURS | XINETD, take_stay_alive, "run even without a service"},
	{"dontfork", 0, NULL, OURS | XINETD, take_dont_fork, "--foreground and --stayalive"},
	{"inetd_compat", 0, NULL, OURS | XINETD, take_compat, "read /etc/inetd.conf too"},
	{"backlog", 'q', "N", OURS | INETD, take_backlog,
	 "connections that may wait to be accepted"},
	{"rate", 'R', "N", OURS | INETD, take_rate, "starts per minute of a service in inetd.conf"},
	{"wrap", 'l', NULL, OURS | INETD, take_nothing,
	 "as always: hosts.allow and hosts.deny are asked"},
	{"environment", 'E', NULL, INETD, take_nothing, NULL},
	{"logprocs", 0, "N", XINETD, take_nothing, NULL},
	{"cc", 0, "SECONDS", XINETD, take_nothing, NULL},
	/* as anyhow; Debian's script gives the last one */
	{"reuse", 0, NULL, XINETD, take_nothing, NULL},
	{"shutdownprocs", 0, "N", XINETD, take_nothing, NULL},
	{"inetd_ipv6", 0, NULL, XINETD, take_nothing, NULL},
	{"version", 0, NULL, OURS | XINETD, take_version, "show the version"},
	{"help", 'h', NULL, OURS | XINETD | INETD, take_help, "show this help"},
};

static void
help(void)
{
	puts("usage: gatehoused [OPTION...] [FILE...]\n\n"
	     "Serves what inetd.conf and xinetd.conf configure.\n");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char left[64], letter[8] = "    ";

		if (!(rows[i].manners & OURS) || !rows[i].doc)
			continue;
		if (rows[i].letter)
			snprintf(letter, sizeof(letter), "-%c, ", rows[i].letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, rows[i].word,
			 rows[i].value ? " " : "", rows[i].value ? rows[i].value : "");
		printf("  %-24s %s\n", left, rows[i].doc);
	}
	puts("\nThe options of xinetd(8) and inetd(8) are taken too.");
}

static int printf_like(2, 3) usage(const struct request *request, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", request->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("; see gatehoused --help\n", stderr);
	return CMD_USAGE;
}

struct words {
	int argc, at;
	char **argv;
};

static int
take(struct request *request, const struct row *row, struct words *words, const char *joined)
{
	const char *value = joined;

	if (!row->value && joined)
		return usage(request, "--%s takes no value", row->word);
	if (row->value && !value) {
		if (words->at >= words->argc)
			return usage(request, "--%s needs a value: %s", row->word, row->value);
		value = words->argv[words->at++];
	}
	if (row->take(request, value) < 0)
		return usage(request, "--%s cannot be '%s'", row->word, value);
	return 0;
}

static const struct row *
find_word(const struct request *request, struct span word, unsigned manners)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].manners & manners && span_is(word, rows[i].word))
			return &rows[i];
	return NULL;
}

static int
letters(struct request *request, struct words *words, const char *word)
{
	for (; *word; word++) {
		const struct row *row = NULL;

		for (size_t i = 0; i < COUNT_OF(rows) && !row; i++)
			if (rows[i].letter == *word && rows[i].manners & request->manner)
				row = &rows[i];
		if (!row)
			return usage(request, "no option '-%c'", *word);
		if (row->value)
			return take(request, row, words, word[1] ? word + 1 : NULL);
		if (take(request, row, words, NULL))
			return CMD_USAGE;
	}
	return 0;
}

static int
option(struct request *request, struct words *words, const char *word)
{
	bool two = word[1] == '-';
	struct span name = span_of(word + 1 + two), value = name;
	const struct row *row;
	struct near near;
	char hint[80];

	name = span_cut(&value, '=');
	if (!two && request->manner & (OURS | XINETD)) {
		row = find_word(request, span_of(word + 1), XINETD);
		if (row)
			return take(request, row, words, NULL);
	}
	if (!two && request->manner != XINETD)
		return letters(request, words, word + 1);
	row = two ? find_word(request, name, request->manner) : NULL;
	if (row)
		return take(request, row, words, strchr(word, '=') ? value.p : NULL);
	near = near_of(name);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].manners & request->manner)
			near_offer(&near, rows[i].word);
	return usage(request, "no option '%s'%s", word, near_hint(&near, hint, sizeof(hint)));
}

static int
parse(struct request *request, int argc, char **argv)
{
	struct words words = {argc, 1, argv};
	bool options = true;

	while (words.at < argc) {
		const char *word = argv[words.at++];

		if (options && text_is(word, "--"))
			options = false;
		else if (options && word[0] == '-' && word[1]) {
			if (option(request, &words, word))
				return CMD_USAGE;
		} else
			take_file(request, word);
	}
	return 0;
}

/* Messages ------------------------------------------------------------------------------- */

static int
open_syslog(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && connect(fd, (const void *)&addr, sizeof(addr)) < 0) {
		fd_close(fd);
		fd = -1;
	}
	return fd;
}

/* RFC 3164 as syslog(3) speaks it, but never waiting: a full log must not stop the server. */
static void
say_syslog(struct request *request, int priority, const char *line)
{
	char text[LIMIT_MESSAGE * 3], when[32];
	time_t now = time(NULL);
	struct tm tm;
	int n;

	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%b %e %H:%M:%S", &tm);
	n = snprintf(text, sizeof(text), "<%d>%s %s[%d]: %s", request->facility | priority, when,
		     request->name, (int)getpid(), line);
	for (int try = 0; try < 2; try++) {
		if (request->log < 0)
			request->log = open_syslog();
		if (request->log < 0 || send(request->log, text, (size_t)n, MSG_NOSIGNAL) >= 0 ||
		    errno == EAGAIN)
			return;
		fd_close(request->log); /* syslogd was started again */
		request->log = -1;
	}
}

/* xinetd's own form of a line in a file (xinetd.log(5)). */
static void
say_file(struct request *request, const char *line)
{
	time_t now = time(NULL);
	char when[80];
	struct tm tm;

	localtime_r(&now, &tm);
	snprintf(when, sizeof(when), "%d/%d/%d@%02d:%02d:%02d", tm.tm_year % 100, tm.tm_mon + 1,
		 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	dprintf(request->log, "%s: %s\n", when, line);
}

static void
say(void *data, int priority, const char *line)
{
	struct request *request = data;

	if (request->log_file)
		say_file(request, line);
	if (request->to_stderr || request->foreground || request->ready >= 0)
		fprintf(stderr, "%s: %s\n", request->name, line);
	if (!request->log_file && !request->to_stderr)
		say_syslog(request, priority, line);
}

static void
tell(void *data, const struct serve *serve)
{
	static const int priorities[DIAG_N_LEVELS] = {LOG_INFO, LOG_WARNING, LOG_ERR, LOG_ERR};
	cleanup(arena_freep) struct arena *arena = arena_new();

	for (size_t i = 0; i < serve->diags.n; i++) {
		const struct diag *diag = &serve->diags.v[i];

		if (diag->level > DIAG_NOTE)
			say(data, priorities[diag->level], diag_line(arena, diag));
	}
}

/* Loading -------------------------------------------------------------------------------- */

static int
load(void *data, struct serve **ret, struct err *err)
{
	struct request *request = data;
	int r = conf_load(&request->conf, ret, err);

	if (r < 0)
		return r;
	if (request->limit)
		(*ret)->process_limit = request->limit;
	for (size_t i = 0; request->backlog && i < (*ret)->n; i++)
		if (!(*ret)->v[i]->backlog)
			(*ret)->v[i]->backlog = request->backlog;
	return 0;
}

/* A daemon's starter waits for this and ends with it. */
static void
tell_starter(struct request *request, int status)
{
	unsigned char byte = (unsigned char)status;

	if (request->ready < 0)
		return;
	if (write(request->ready, &byte, 1) < 0)
		say(request, LOG_WARNING, "who started us is gone");
	fd_close(request->ready);
	request->ready = -1;
}

static void
ready(void *data)
{
	struct request *request = data;
	int null;

	if (request->ready < 0)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0)
		for (int fd = 0; fd <= STDERR_FILENO; fd++)
			dup2(null, fd);
	fd_close(null);
	tell_starter(request, CMD_FINE);
}

/* In the starter: never returns. */
static void does_not_return
wait_for(int fd)
{
	unsigned char byte = CMD_INCOMPLETE;
	ssize_t n;

	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	_exit(n == 1 ? byte : CMD_INCOMPLETE);
}

static int
become_daemon(struct request *request)
{
	int pair[2];
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return -errno;
	if (pid) {
		close(pair[1]);
		wait_for(pair[0]);
	}
	close(pair[0]);
	request->ready = pair[1];
	if (setsid() < 0 || (pid = fork()) < 0)
		return -errno;
	if (pid)
		_exit(CMD_FINE);
	return chdir("/") < 0 ? -errno : 0;
}

/* Main ----------------------------------------------------------------------------------- */

static const struct manner_row {
	const char *name;
	enum manner manner;
	const char *file, *pidfile;
} manner_rows[] = {
	{"xinetd", XINETD, "/etc/xinetd.conf", "/run/xinetd.pid"},
	{"inetd", INETD, "/etc/inetd.conf", "/run/inetd.pid"},
	{"gatehoused", OURS, NULL, "/run/gatehoused.pid"},
};

static const struct manner_row *
manner_of(const char *name)
{
	const struct manner_row *row = manner_rows;

	while (row->manner != OURS && !text_is(row->name, name))
		row++;
	return row;
}

static int
open_log_file(struct request *request)
{
	struct stat st;

	if (!request->log_file)
		return 0;
	request->log =
		open(request->log_file,
		     O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC,
		     0640);
	if (request->log < 0 || fstat(request->log, &st) < 0)
		return -errno;
	/* Not another name of somebody's file, nor a pipe on which we could have to wait. */
	if (S_ISCHR(st.st_mode) ||
	    (S_ISREG(st.st_mode) && st.st_nlink == 1 && st.st_uid == geteuid()))
		return 0;
	return -EPERM;
}

static void
complete(struct request *request, const struct manner_row *row)
{
	if (!request->files.n && row->file)
		take_file(request, row->file);
	if (request->inetd_compat) {
		take_file(request, "/etc/inetd.conf");
		if (!request->conf.dialect)
			request->conf.dialect = "xinetd";
	}
	vec_push(request->arena, &request->files, NULL);
	if (request->engine.privileged && !request->engine.pidfile)
		request->engine.pidfile = row->pidfile;
	request->conf.root = &request->root;
	request->conf.lookup = &conf_lookup_live;
	request->conf.files = request->files.v;
	request->conf.privileged = request->engine.privileged;
}

static int
fail(struct request *request, int r, const struct err *err)
{
	int status = r == -EINVAL ? CMD_USAGE : CMD_INCOMPLETE;

	say(request, LOG_ERR, err->text[0] ? err->text : strerror(-r));
	tell_starter(request, status);
	return status;
}

static int
serve(struct request *request)
{
	struct err err = {0};
	int r = open_log_file(request);

	if (r < 0) {
		fprintf(stderr, "%s: %s: %s\n", request->name, request->log_file, strerror(-r));
		return CMD_USAGE;
	}
	umask(022);
	r = root_open(&request->root, "/", &err);
	/* After an upgrade we are what we were before. */
	if (r == 0 && !request->foreground && !getenv("GATEHOUSE_STATE")) {
		r = become_daemon(request);
		if (r < 0)
			err_errno(&err, r, "cannot become a daemon");
	}
	if (r < 0)
		return fail(request, r, &err);
	r = engine_run(&request->engine, &err);
	return r < 0 ? fail(request, r, &err) : r;
}

int
main(int argc, char **argv)
{
	cleanup(arena_freep) struct arena *arena = arena_new();
	const struct manner_row *row = manner_of(argc > 0 ? text_basename(argv[0]) : "");
	struct request request = {.arena = arena,
				  .name = row->name,
				  .manner = row->manner,
				  .facility = LOG_DAEMON,
				  .ready = -1,
				  .log = -1,
				  .engine = {.load = load,
					     .unload = serve_free,
					     .tell = tell,
					     .say = say,
					     .ready = ready,
					     .data = &request,
					     .privileged = geteuid() == 0,
					     .argv = argv}};

	/* Blocks of arenas come and go in between others: what is freed must leave, in this process
	 * and in all that are forked from it. */
	mallopt(M_MMAP_THRESHOLD, ARENA_BLOCKS);
	mallopt(M_TOP_PAD, 0);
	if (fd_assure_standard() < 0)
		return CMD_INCOMPLETE;
	if (parse(&request, argc, argv))
		return CMD_USAGE;
	if (request.help || request.version) {
		if (request.help)
			help();
		else
			puts("gatehoused " GATEHOUSE_VERSION);
		return CMD_FINE;
	}
	complete(&request, row);
	return serve(&request);
}
