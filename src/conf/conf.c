/*
 * Reads a configuration: which files, which front end for each, and what belongs to no single
 * service. Everything lives in one arena, which is the generation's.
 */
#include "conf/conf.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "access/access.h"
#include "base/limits.h"
#include "conf/reading.h"
#include "conf/shared.h"

static const char *const default_files[] = {"/etc/xinetd.conf", "/etc/inetd.conf", "/etc/inetd.d",
					    NULL};

/* Where xinetd's lines go when nothing else is said. */
static const struct service_sink usual_sink = {
	.kind = SINK_SYSLOG, .facility = LOG_DAEMON, .level = LOG_INFO};

/* So much of a file is enough to tell its language. */
#define SNIFF_BYTES 8192u

/* One file --------------------------------------------------------------------------------- */

static bool
is_silent(struct span text)
{
	while (text.n) {
		struct span line = span_trim(span_cut(&text, '\n'));

		if (line.n && line.p[0] != '#')
			return false;
	}
	return true;
}

static const struct conf_front *
surest(const char *path, struct span text)
{
	const struct conf_front *best = NULL;
	int sure = 0;

	for (const struct conf_front *const *front = conf_fronts; *front; front++) {
		int n = (*front)->sniff(path, text);

		if (n > sure) {
			sure = n;
			best = *front;
		}
	}
	return best;
}

/* The beginning says it, unless that is all comments. */
const struct conf_front *
conf_front_of(const char *path, struct span text)
{
	struct span head = {text.p, text.n < SNIFF_BYTES ? text.n : SNIFF_BYTES};
	const struct conf_front *front = surest(path, head);

	return front || head.n == text.n ? front : surest(path, text);
}

static void
read_file(struct conf_reading *reading, const char *path)
{
	const struct conf_front *front;
	struct span text;

	if (!conf_file(reading, (struct conf_at){0}, path, &text))
		return;
	front = conf_front_of(path, text);
	if (front)
		front->read(reading, path);
	else if (!is_silent(text))
		diag_add(&reading->serve->diags, DIAG_ERROR, path, 0, 0,
			 "neither xinetd.conf nor inetd.conf: not understood");
}

/* A directory's files in the order of their names; those of editors and packages left out. */
static void
read_dir(struct conf_reading *reading, const char *path)
{
	struct root_dir dir;
	int r = root_list(reading->options->root, path, reading->scratch, &dir);

	if (r < 0 || dir.cut) {
		diag_add(&reading->serve->diags, DIAG_ERROR, path, 0, 0, "cannot be listed: %s",
			 r < 0 ? strerrordesc_np(-r) : "too many entries");
		return;
	}
	for (size_t i = 0; i < dir.n; i++)
		if (!strchr(dir.v[i].name, '.') && !text_ends(dir.v[i].name, "~"))
			read_file(reading,
				  arena_printf(reading->scratch, "%s/%s", path, dir.v[i].name));
}

static void
read_any(struct conf_reading *reading, const char *path)
{
	struct stat st;

	if (root_stat(reading->options->root, path, &st) == 0 && S_ISDIR(st.st_mode))
		read_dir(reading, path);
	else
		read_file(reading, path);
}

/* The whole -------------------------------------------------------------------------------- */

static void
ask_hosts(struct conf_reading *reading)
{
	const struct conf_options *o = reading->options;
	struct serve *serve = reading->serve;
	bool asked = false;

	for (size_t i = 0; i < serve->n; i++)
		asked |= serve->v[i]->wrap != NULL;
	if (!asked)
		return;
	serve->hosts_allow =
		arena_dup(serve->arena, o->hosts_allow ? o->hosts_allow : "/etc/hosts.allow");
	serve->hosts_deny =
		arena_dup(serve->arena, o->hosts_deny ? o->hosts_deny : "/etc/hosts.deny");
	serve->hosts = access_of_hosts(serve->arena, &serve->diags, o->root, serve->hosts_allow,
				       serve->hosts_deny);
}

static bool
has_files(const struct conf_options *options)
{
	return options->files && options->files[0];
}

/* Gives how many files there were to read. */
static size_t
read_all(struct conf_reading *reading)
{
	const struct conf_options *options = reading->options;
	bool given = has_files(options);
	size_t n = 0;

	for (const char *const *file = given ? options->files : default_files; *file; file++) {
		if (!given && !root_exists(options->root, *file))
			continue;
		read_any(reading, *file);
		n++;
	}
	return n;
}

static struct serve *
serve_new(void)
{
	struct arena *arena = arena_new();
	struct conf_generation *generation = arena_alloc(arena, sizeof(*generation));

	generation->serve.arena = arena;
	generation->serve.diags = diags_of(arena);
	return &generation->serve;
}

/* Nothing could be read: the sentence is the first diagnostic's. */
static int
fail(struct serve *serve, size_t n, struct err *err)
{
	if (!n)
		return err_set(err, -ENOENT, "no configuration: neither %s nor %s nor %s is there",
			       default_files[0], default_files[1], default_files[2]);
	return err_set(err, -EINVAL, "%s",
		       serve->diags.n ? diag_line(serve->arena, &serve->diags.v[0])
				      : "the configuration cannot be read");
}

int
conf_load(const struct conf_options *options, struct serve **ret, struct err *err)
{
	struct serve *serve = serve_new();
	cleanup(arena_freep) struct arena *scratch = arena_new();
	struct conf_reading reading = {.options = options, .serve = serve, .scratch = scratch};
	struct conf_shared shared = conf_shared_of(&reading);
	size_t n;
	int r;

	*ret = NULL;
	reading.shared = &shared;
	serve->sink = conf_sink(&reading, &usual_sink);
	n = read_all(&reading);
	if (!serve->n_files) {
		r = fail(serve, n, err);
		serve_free(serve);
		return r;
	}
	ask_hosts(&reading);
	conf_fingerprint_muxed(serve);
	*ret = serve;
	return 0;
}

void
serve_free(struct serve *serve)
{
	if (serve)
		arena_free(serve->arena);
}
