/*
 * Command lines: splitting one as a shell would, and looking through the programs that only set
 * something up and then run another (chain loading) to the one that will answer.
 */
#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/vec.h"
#include "start/start.h"

/* Wrappers in wrappers: more than anybody writes, less than a file made of "env env env". */
#define MAX_WRAPPERS 16

/* Splitting --------------------------------------------------------------------------- */

struct splitter {
	struct start_ctx *ctx;
	struct span rest;
	char *word;
	size_t n;
};

static char
take(struct splitter *s)
{
	char c = s->rest.p[0];

	s->rest = span_skip(s->rest, 1);
	return c;
}

static void
take_quoted(struct splitter *s, char quote)
{
	while (s->rest.n) {
		char c = take(s);

		if (c == quote)
			return;
		if (quote == '"' && c == '\\' && s->rest.n && strchr("\"\\$`", s->rest.p[0]))
			c = take(s);
		s->word[s->n++] = c;
	}
}

/* The next word in s->word; false at the end. Empty quoted words are words. */
static bool
next_word(struct splitter *s)
{
	bool any = false;

	s->n = 0;
	while (s->rest.n && strchr(" \t\n\r", s->rest.p[0]) && s->rest.p[0])
		(void)take(s);
	while (s->rest.n && !(s->rest.p[0] && strchr(" \t\n\r", s->rest.p[0]))) {
		char c = take(s);

		any = true;
		if (c == '\'' || c == '"')
			take_quoted(s, c);
		else if (c == '\\' && s->rest.n)
			s->word[s->n++] = take(s);
		else
			s->word[s->n++] = c;
	}
	return any;
}

const char **
start_split(struct start_ctx *ctx, struct span text)
{
	struct splitter s = {.ctx = ctx, .rest = text};
	VEC(const char *) words = {0};

	s.word = arena_alloc(ctx->arena, text.n + 1);
	while (words.n < LIMIT_LINE_WORDS && next_word(&s))
		vec_push(ctx->arena, &words, span_dup(ctx->arena, (struct span){s.word, s.n}));
	vec_push(ctx->arena, &words, NULL);
	return words.v;
}

/* Looking through --------------------------------------------------------------------- */

/*
 * A wrapper: which of its letter options take a value as the next word, which long ones do, and
 * how many words of its own stand before the program.
 */
struct wrapper {
	const char *name;
	const char *valued; /* letters */
	const char *longs;  /* " --user --group " */
	unsigned own;
};

static const struct wrapper wrappers[] = {
	{"tcpd", "", "", 0},
	{"env", "uCS", " --unset --chdir ", 0},
	{"nice", "n", " --adjustment ", 0},
	{"ionice", "cnpPu", " --class --classdata ", 0},
	{"chrt", "TPD", "", 1},
	{"taskset", "", "", 1},
	{"numactl", "iNmpC", "", 0},
	{"nohup", "", "", 0},
	{"setsid", "", "", 0},
	{"exec", "a", "", 0},
	{"command", "", "", 0},
	{"builtin", "", "", 0},
	{"time", "of", "", 0},
	{"timeout", "ks", " --kill-after --signal ", 1},
	{"stdbuf", "ioe", " --input --output --error ", 0},
	{"setarch", "", "", 1},
	{"prlimit", "", "", 0},
	{"setpriv", "", " --reuid --regid --groups --bounding-set --inh-caps --ambient-caps ", 0},
	{"capsh", "", "", 0},
	{"chroot", "", "", 1},
	{"unshare", "SGR", " --setuid --setgid --root ", 0},
	{"nsenter", "tSG", " --target --setuid --setgid ", 0},
	{"flock", "wEo", " --timeout ", 1},
	{"systemd-cat", "tp", " --identifier --priority ", 0},
	{"authbind", "", "", 0},
	{"daemonize", "acepluoE", "", 0},
	/* daemontools, runit, s6, ucspi-tcp, ipsvd: their manual pages */
	{"setuidgid", "", "", 1},
	{"envuidgid", "", "", 1},
	{"envdir", "", "", 1},
	{"softlimit", "acdflmoprst", "", 0},
	{"setlock", "", "", 1},
	{"pgrphack", "", "", 0},
	{"chpst", "uUbe/nlLmdofpctr", "", 0},
	{"argv0", "", "", 0},
	{"fghack", "", "", 0},
	{"recordio", "", "", 0},
	{"rblsmtpd", "rtab", "", 0},
	{"fixcrio", "", "", 0},
	{"tcpserver", "cxugbltBIk", "", 2},
	{"sslserver", "cxugbltBIk", "", 2},
	{"tcpsvd", "cCbuliEtx", "", 2},
	{"udpsvd", "uliEtx", "", 2},
	{"s6-setuidgid", "", "", 1},
	{"s6-envuidgid", "", "", 1},
	{"s6-envdir", "", "", 1},
	{"s6-softlimit", "acdflmoprst", "", 0},
	{"s6-setlock", "t", "", 1},
	{"s6-applyuidgid", "ugG", "", 0},
	{"s6-setsid", "", "", 0},
	{"s6-tcpserver", "cCbGguU", "", 2},
	{"s6-tcpserver4", "cCbGguU", "", 2},
	{"s6-tcpserver6", "cCbGguU", "", 2},
	{"s6-tcpserver-access", "Btix", "", 0},
	{"fdmove", "", "", 2},
};

static const char *const shells[] = {"sh", "bash", "dash", "ash", "ksh", "zsh", "mksh"};
static const char *const switchers[] = {"su", "runuser", "sudo", "doas"};

static bool
is_one_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool
is_assignment(const char *word)
{
	const char *equals = strchr(word, '=');

	if (!equals || equals == word || isdigit((unsigned char)word[0]))
		return false;
	for (const char *p = word; p < equals; p++)
		if (!isalnum((unsigned char)*p) && *p != '_')
			return false;
	return true;
}

static bool
long_takes_value(const struct wrapper *wrapper, const char *word)
{
	const char *at = strstr(wrapper->longs, word);
	size_t n = strlen(word);

	return at && at[-1] == ' ' && at[n] == ' ';
}

/* Short options in one word, as getopt(3) reads "-vu nobody" and "-unobody": whether the value of
 * the last one is the next word. */
static bool
shorts_take_next(const struct wrapper *wrapper, const char *word)
{
	for (word++; *word; word++)
		if (strchr(wrapper->valued, *word) && !isdigit((unsigned char)*word))
			return !word[1];
	return false;
}

/* Steps over the options of a wrapper; gives the first word that is none. */
static const char **
skip_options(const struct wrapper *wrapper, const char **argv)
{
	while (*argv && (*argv)[0] == '-' && (*argv)[1]) {
		const char *word = *argv++;

		if (strcmp(word, "--") == 0)
			break;
		if (*argv && (word[1] == '-' ? long_takes_value(wrapper, word)
					     : shorts_take_next(wrapper, word)))
			argv++;
	}
	return argv;
}

static const char **
skip_assignments(const char **argv)
{
	while (*argv && is_assignment(*argv))
		argv++;
	return argv;
}

/* The word behind "-c" (of sh, su) or behind one of two options; NULL when it is not there. */
static const char *
value_of(const char **argv, const char *a, const char *b)
{
	for (; *argv; argv++) {
		size_t n = strlen(b);

		if (strcmp(*argv, a) == 0 || strcmp(*argv, b) == 0)
			return argv[1];
		if (n > 2 && strncmp(*argv, b, n) == 0 && (*argv)[n] == '=')
			return *argv + n + 1;
		if (strcmp(*argv, "--") == 0)
			return NULL;
	}
	return NULL;
}

/* su [-] USER -c COMMAND; runuser -u USER [--] PROGRAM; sudo -u USER PROGRAM. */
static const char **
through_switcher(struct start_ctx *ctx, const char **argv)
{
	static const struct wrapper with_user = {"", "ugGspCrtTUhDR", " --user --group --shell ",
						 0};
	const char *command = value_of(argv + 1, "-c", "--command");
	const char *user = value_of(argv + 1, "-u", "--user");

	if (command)
		return start_split(ctx, span_of(command));
	argv = skip_assignments(skip_options(&with_user, argv + 1));
	return user ? argv : NULL;
}

static const char **
through_shell(struct start_ctx *ctx, const char **argv)
{
	for (argv++; *argv && (*argv)[0] == '-'; argv++) {
		size_t n = strlen(*argv);

		/* "-c", "-ec", "-lc" */
		if ((*argv)[1] != '-' && (*argv)[n - 1] == 'c')
			return argv[1] ? start_split(ctx, span_of(argv[1])) : NULL;
	}
	return NULL; /* a script, or a shell that reads its input */
}

/* start-stop-daemon: --startas wins over --exec. */
static const char **
through_starter(struct start_ctx *ctx, const char **argv)
{
	const char *program = value_of(argv + 1, "-a", "--startas");
	const char **one = arena_array(ctx->arena, 2, sizeof(*one));

	if (!program)
		program = value_of(argv + 1, "-x", "--exec");
	one[0] = program;
	return program ? one : NULL;
}

/* ip netns exec NAME PROGRAM */
static const char **
through_ip(const char **argv)
{
	for (size_t i = 1; i < 4; i++)
		if (!argv[i])
			return NULL;
	return strcmp(argv[1], "netns") == 0 && strcmp(argv[2], "exec") == 0 ? argv + 4 : NULL;
}

/* One layer off: the argv that the wrapper will run. argv itself when it is no wrapper. */
static const char **
look_through(struct start_ctx *ctx, const char **argv)
{
	const char *name = text_basename(argv[0]);

	if (is_one_of(name, shells, COUNT_OF(shells)))
		return through_shell(ctx, argv);
	if (is_one_of(name, switchers, COUNT_OF(switchers)))
		return through_switcher(ctx, argv);
	if (strcmp(name, "start-stop-daemon") == 0)
		return through_starter(ctx, argv);
	if (strcmp(name, "ip") == 0)
		return through_ip(argv);
	if (strcmp(name, "busybox") == 0 && argv[1] && argv[1][0] != '-') {
		/* The applet may be a wrapper; when it is the server, busybox is its program. */
		const char **inner = look_through(ctx, argv + 1);

		return inner == argv + 1 ? argv : inner;
	}
	for (size_t i = 0; i < COUNT_OF(wrappers); i++)
		if (strcmp(name, wrappers[i].name) == 0) {
			argv = skip_assignments(skip_options(&wrappers[i], argv + 1));
			for (unsigned n = 0; n < wrappers[i].own && *argv; n++)
				argv++;
			return skip_assignments(argv);
		}
	return argv;
}

/* Finding ----------------------------------------------------------------------------- */

static bool
is_program(struct start_ctx *ctx, const char *path)
{
	struct stat st;

	return root_stat(ctx->root, path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111);
}

/* tcpd looks for a bare name in its own directory only: REAL_DAEMON_DIR, /usr/sbin on Linux. */
static const char *const daemon_dirs[] = {"/usr/sbin", "/usr/libexec", NULL};
static const char *const path_dirs[] = {
	"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin",
	"/sbin",           "/bin",           "/command",  NULL};

static const char *
find_bare(struct start_ctx *ctx, const char *name, const char *const *dirs)
{
	for (; *dirs; dirs++) {
		const char *path = arena_printf(ctx->arena, "%s/%s", *dirs, name);

		if (is_program(ctx, path))
			return path;
	}
	return NULL;
}

/* What /proc/PID/exe will show: the file behind all links. */
static const char *
real_path(struct start_ctx *ctx, const char *path)
{
	const char *real;

	return root_resolve(ctx->root, path, ctx->arena, &real) == 0 ? real : path;
}

void
start_find_exe(struct start_ctx *ctx, struct start *start)
{
	const char **argv = start->command, *path;
	bool by_tcpd = false;

	if (!argv)
		return;
	argv = skip_assignments(argv);
	for (unsigned i = 0; i < MAX_WRAPPERS && argv && *argv; i++) {
		const char **inner = look_through(ctx, argv);

		if (inner == argv)
			break;
		by_tcpd = strcmp(text_basename(*argv), "tcpd") == 0;
		argv = inner ? skip_assignments(inner) : NULL;
	}
	if (!argv || !*argv || !**argv)
		return;
	if (**argv == '/')
		start->exe = real_path(ctx, *argv);
	else if (!strchr(*argv, '/')) {
		path = find_bare(ctx, *argv, by_tcpd ? daemon_dirs : path_dirs);
		/* A program that is not there still has a place where tcpd would look for it. */
		if (!path && by_tcpd)
			path = arena_printf(ctx->arena, "%s/%s", daemon_dirs[0], *argv);
		start->exe = path ? real_path(ctx, path) : NULL;
	}
}
