/*
 * inetd.conf, as a language of this server's configuration: whose dialect it is, the file, what it
 * includes (NetBSD), and directories of such files (GNU's /etc/inetd.d). Sources: inetd(8) of each.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/near.h"
#include "conf/inetd.h"
#include "conf/reading.h"

/* The default rates and what happens beyond are those of reference manuals and sources, per row. */
const struct inetd_family inetd_families[INETD_N_DIALECTS] = {
	[INETD_OPENBSD] = {"openbsd", "inetd/openbsd", 256, 600,
			   .rate_differs = &inetd_differences[INETD_DIFFERS_RATE_10_MIN]},
	[INETD_FREEBSD] = {"freebsd", "inetd/freebsd", 256, 600, .tcpmux = true, .ipsec = true,
			   .rate_differs = &inetd_differences[INETD_DIFFERS_RATE_10_MIN]},
	[INETD_NETBSD] = {"netbsd", "inetd/netbsd", 40, 600, .tcpmux = true, .quotes = true,
			  .ipsec = true,
			  .rate_differs = &inetd_differences[INETD_DIFFERS_RATE_10_MIN]},
	[INETD_GNU] = {"gnu", "inetd/gnu", 40, 600, .tcpmux = true,
		       .rate_differs = &inetd_differences[INETD_DIFFERS_RATE_10_MIN]},
	[INETD_BUSYBOX] = {"busybox", "inetd/busybox", 0, 60,
			   .rate_differs = &inetd_differences[INETD_DIFFERS_RATE_60_S]},
	/* Without the limits that xinetd.conf's services begin with. */
	[INETD_XINETD] = {"xinetd", "inetd/xinetd", 0, 10,
			  .rate_differs = &inetd_differences[INETD_DIFFERS_RATE_60_S]},
};

/* Whose dialect ------------------------------------------------------------------------ */

static const struct {
	const char *alias, *name;
} aliases[] = {
	{"debian", "openbsd"},
	{"openbsd-inetd", "openbsd"},
	{"inetutils", "gnu"},
};

static bool
dialect_of_name(const char *name, enum inetd_dialect *ret, struct near *near)
{
	for (size_t i = 0; i < COUNT_OF(aliases); i++)
		if (text_is(name, aliases[i].alias))
			name = aliases[i].name;
	for (unsigned i = 0; i < INETD_N_DIALECTS; i++) {
		near_offer(near, inetd_families[i].name);
		if (text_is(name, inetd_families[i].name)) {
			*ret = (enum inetd_dialect)i;
			return true;
		}
	}
	return false;
}

static bool
has(const struct syn_word *word, char c)
{
	return span_find(word->text, c) < word->text.n;
}

static bool
marks_keyed(const struct syn_node *node)
{
	return node->kind == INETD_KEYED || node->kind == INETD_INCLUDE;
}

static bool
marks_accept(const struct syn_node *node)
{
	return node->kind == INETD_ENTRY &&
	       (has(&node->words[1], ',') || has(&node->words[1], ':'));
}

static bool
marks_slash(const struct syn_node *node)
{
	return node->kind == INETD_ENTRY &&
	       (has(&node->words[3], '/') || has(&node->words[4], '/'));
}

static bool
marks_owner(const struct syn_node *node)
{
	return node->kind == INETD_ENTRY && span_starts(node->words[0].text, ":") &&
	       has(&node->words[0], '/');
}

static bool
marks_only(const struct syn_node *node)
{
	return node->kind == INETD_ENTRY && span_ends(node->words[2].text, "6only");
}

static bool
marks_any_v6(const struct syn_node *node)
{
	return node->kind == INETD_ENTRY && span_starts(node->words[0].text, ":::");
}

/* What only one of them can have written. */
static const struct {
	bool (*is)(const struct syn_node *node);
	enum inetd_dialect dialect;
} marks[] = {
	{marks_keyed, INETD_NETBSD},  {marks_accept, INETD_NETBSD}, {marks_slash, INETD_FREEBSD},
	{marks_owner, INETD_FREEBSD}, {marks_only, INETD_GNU},      {marks_any_v6, INETD_BUSYBOX},
};

static bool
dialect_of_text(const struct syn_tree *tree, enum inetd_dialect *ret)
{
	for (size_t i = 0; i < tree->n_nodes; i++)
		for (size_t m = 0; m < COUNT_OF(marks); m++)
			if (marks[m].is(&tree->nodes[i])) {
				*ret = marks[m].dialect;
				return true;
			}
	return false;
}

/* Without a mark: the program that reads this file on the machine. */
static enum inetd_dialect
dialect_of_machine(const struct root *root)
{
	static const struct {
		const char *path;
		enum inetd_dialect dialect;
	} programs[] = {
		{"/usr/sbin/openbsd-inetd", INETD_OPENBSD},
		{"/usr/sbin/inetutils-inetd", INETD_GNU},
	};

	for (size_t i = 0; i < COUNT_OF(programs); i++)
		if (root_exists(root, programs[i].path))
			return programs[i].dialect;
	return INETD_OPENBSD;
}

/* Files -------------------------------------------------------------------------------- */

static struct syn_tree *
parse(struct inetd_reading *r, struct conf_at from, const char *path)
{
	struct conf_reading *conf = r->conf;
	struct span text;

	if (!conf_file(conf, from, path, &text))
		return NULL;
	return syn_parse(&syn_format_inetd, conf->scratch, &conf->serve->diags,
			 conf_text(conf, span_of(path)), text);
}

static void read_file(struct inetd_reading *r, struct conf_at from, const char *path);

/* Files of a directory whose names match, in the order of their names. */
static void
read_dir(struct inetd_reading *r, struct conf_at from, const char *dir, const char *pattern)
{
	struct conf_reading *conf = r->conf;
	struct root_dir entries;
	int status = root_list(conf->options->root, *dir ? dir : "/", conf->scratch, &entries);

	if (status < 0 || entries.cut) {
		diag_add(&conf->serve->diags, DIAG_ERROR, from.file, from.line, from.col,
			 "%s cannot be listed: %s", dir,
			 status < 0 ? strerrordesc_np(-status) : "too many entries");
		return;
	}
	for (size_t i = 0; i < entries.n; i++)
		if (fnmatch(pattern, entries.v[i].name, FNM_PERIOD) == 0)
			read_file(r, from,
				  arena_printf(conf->scratch, "%s/%s", dir, entries.v[i].name));
}

/* NetBSD's ".include": absolute or seen from the file; a pattern in the last part. */
static void
read_include(struct inetd_reading *r, const struct syn_tree *tree, const struct syn_node *node)
{
	struct arena *scratch = r->conf->scratch;
	const char *pattern = span_dup(scratch, node->words[0].text), *base;
	struct conf_at from = {tree->file, node->line, node->col};
	struct span hosts = r->hosts;
	bool ipsec = r->ipsec;
	size_t dir_n;

	if (*pattern != '/')
		pattern = arena_printf(scratch, "%.*s%s",
				       (int)(text_basename(tree->file) - tree->file), tree->file,
				       pattern);
	base = text_basename(pattern);
	dir_n = (size_t)(base - pattern);
	if (strpbrk(base, "*?["))
		read_dir(r, from, arena_dupn(scratch, pattern, dir_n ? dir_n - 1 : 0), base);
	else
		read_file(r, from, pattern);
	r->hosts = hosts;
	r->ipsec = ipsec;
}

/* A piece that only another dialect has: to this one it is an entry that makes no sense. */
static bool
is_foreign(const struct inetd_reading *r, const struct syn_node *node)
{
	switch (node->kind) {
	case INETD_INCLUDE:
	case INETD_KEYED:
		return r->dialect != INETD_NETBSD;
	case INETD_HOST:
		return r->dialect == INETD_XINETD || r->dialect == INETD_FREEBSD;
	default:
		return false;
	}
}

static void
read_node(struct inetd_reading *r, const struct syn_tree *tree, const struct syn_node *node)
{
	if (is_foreign(r, node)) {
		diag_add(&r->conf->serve->diags, DIAG_ERROR, tree->file, node->line, node->col,
			 "the inetd.conf of %s has no such line", r->family->name);
		r->conf->serve->n_closed++;
		return;
	}
	switch (node->kind) {
	case INETD_HOST:
		r->hosts = node->words[0].text;
		break;
	case INETD_IPSEC:
		r->ipsec = r->family->ipsec && node->n_words;
		break;
	case INETD_INCLUDE:
		read_include(r, tree, node);
		break;
	case INETD_ENTRY:
	case INETD_KEYED:
		inetd_service_add(r, tree, node);
		break;
	case SYN_BAD:
		r->conf->serve->n_closed++;
		break;
	default: /* comments, and what is switched off by them */
		break;
	}
}

static void
read_tree(struct inetd_reading *r, const struct syn_tree *tree)
{
	for (size_t i = 0; i < tree->n_nodes; i++)
		read_node(r, tree, &tree->nodes[i]);
}

static void
read_file(struct inetd_reading *r, struct conf_at from, const char *path)
{
	struct syn_tree *tree;

	if (r->depth >= LIMIT_INCLUDE_DEPTH || r->n_files >= LIMIT_INCLUDE_FILES) {
		diag_add(&r->conf->serve->diags, DIAG_ERROR, from.file, from.line, from.col,
			 "%s: included too deep (%u) or one file too many (%u), not read", path,
			 LIMIT_INCLUDE_DEPTH, LIMIT_INCLUDE_FILES);
		return;
	}
	r->depth++;
	r->n_files++;
	tree = parse(r, from, path);
	if (tree)
		read_tree(r, tree);
	r->depth--;
}

static void
set_dialect(struct inetd_reading *r, enum inetd_dialect dialect)
{
	r->dialect = dialect;
	r->family = &inetd_families[dialect];
}

/* False: the option names none, and nothing is read. */
static bool
dialect_of_option(struct inetd_reading *r)
{
	const char *name = r->conf->options->dialect;
	struct near near = near_of(span_of(name));
	enum inetd_dialect dialect;
	char hint[128];

	if (dialect_of_name(name, &dialect, &near)) {
		set_dialect(r, dialect);
		return true;
	}
	diag_add(&r->conf->serve->diags, DIAG_ERROR, NULL, 0, 0, "no inetd is called %s%s", name,
		 near_hint(&near, hint, sizeof(hint)));
	return false;
}

/* As for xinetd's services: what a program may expect, and nothing of who started us. */
static const char *const *
environment(struct conf_reading *conf)
{
	static const char *const names[] = {"PATH", "TZ"};
	const char **env = arena_array(conf->serve->arena, COUNT_OF(names) + 1, sizeof(*env));
	size_t n = 0;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const char *value = getenv(names[i]);

		if (value)
			env[n++] = conf_text(conf, span_of(arena_printf(conf->scratch, "%s=%s",
									names[i], value)));
	}
	return env;
}

static void
read(struct conf_reading *conf, const char *path)
{
	struct inetd_reading r = {.conf = conf, .depth = 1, .n_files = 1, .env = environment(conf)};
	const struct conf_options *options = conf->options;
	enum inetd_dialect dialect;
	struct syn_tree *tree;

	/* That directory only GNU's reads. */
	set_dialect(&r, text_starts(path, "/etc/inetd.d/") ? INETD_GNU
							   : dialect_of_machine(options->root));
	if (options->dialect && !dialect_of_option(&r))
		return;
	tree = parse(&r, (struct conf_at){0}, path);
	if (!tree)
		return;
	if (!options->dialect && dialect_of_text(tree, &dialect))
		set_dialect(&r, dialect);
	read_tree(&r, tree);
}

/* Does a line look like an entry? Two of its words are of a small set. */
static bool
is_entry(struct span line)
{
	static const char *const types[] = {"stream", "dgram", "raw", "rdm", "seqpacket"};
	struct span type, wait;

	if (span_starts(line, "#") || !span_word(&line).n)
		return false;
	type = span_word(&line);
	type = span_cut(&type, ',');
	type = span_cut(&type, ':');
	(void)span_word(&line);
	wait = span_word(&line);
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (span_is(type, types[i]))
			return span_starts(wait, "wait") || span_starts(wait, "nowait");
	return span_is(type, "on") || span_is(type, "off");
}

static int
sniff(const char *path, struct span text)
{
	bool named = text_is(text_basename(path), "inetd.conf") || strstr(path, "/inetd.d");

	while (text.n)
		if (is_entry(span_cut(&text, '\n')))
			return named ? 100 : 80;
	return named ? 60 : 0;
}

const struct conf_front conf_front_inetd = {
	.name = "inetd",
	.doc = "inetd.conf of OpenBSD and Debian, FreeBSD, NetBSD, GNU and busybox, or as xinetd "
	       "-inetd_compat reads it",
	.sniff = sniff,
	.read = read,
	.differences = inetd_differences,
};
