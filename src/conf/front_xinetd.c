/*
 * xinetd.conf and what it includes -> services (XINETD-1..7, 18, 20, 21, 23). The language is
 * xinetd.conf(5), made strict and extended: gatehouse.conf(5). This file reads the files and finds
 * out which services are off; see xinetd.h for the rest.
 */
#include <dirent.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/near.h"
#include "base/vec.h"
#include "conf/xinetd.h"
#include "conf/xinetd_differs.h"

struct file {
	const struct syn_tree *tree;
	struct diags diags; /* of its syntax */
	struct {
		size_t *v; /* of front.sections */
		size_t n, cap;
	} sections;
	bool has_defaults;
};

/* An item of the lists "enabled" and "disabled". */
struct listed {
	struct conf_at at;
	struct span text;
	bool used;
};

struct front {
	struct conf_reading *reading;
	struct {
		struct xin_section *v;
		size_t n, cap;
	} sections;
	struct {
		struct file **v;
		size_t n, cap;
	} files;
	struct map enabled, disabled; /* ids in small letters -> struct listed */
	struct {
		struct listed **v;
		size_t n, cap;
	} listed;
	bool has_enabled;
	bool late_defaults; /* a section stood before them */
	struct xin_draft defaults;
	const char *chain[LIMIT_INCLUDE_DEPTH]; /* files being read, each included by the last */
	unsigned depth, n_files;
};

static void read_file(struct front *f, struct conf_at from, const char *path);

/* Sniffing --------------------------------------------------------------------------------------
 */

static bool
is_attribute(struct span line)
{
	struct span word = span_word(&line), op = span_word(&line);

	return word.n && (span_starts(op, "=") || span_starts(op, "+=") || span_starts(op, "-="));
}

static bool
is_ours(struct span line)
{
	static const char *const words[] = {"service", "defaults", "include", "includedir",
					    "{",       "}",        NULL};
	struct span rest = line, word = span_word(&rest);

	for (size_t i = 0; words[i]; i++)
		if (span_is_nocase(word, words[i]))
			return true;
	return is_attribute(line);
}

static int
sniff(const char *path, struct span text)
{
	size_t n = 0, ours = 0;

	while (text.n && n < 1000) {
		struct span line = span_trim(span_cut(&text, '\n'));

		if (!line.n || line.p[0] == '#')
			continue;
		n++;
		ours += is_ours(line);
	}
	if (!n)
		return text_ends(path, "/xinetd.conf") ? 10 : 0;
	return ours * 2 >= n ? (int)(ours * 100 / n) : 0;
}

/* Files to sections ------------------------------------------------------------------------------
 */

static bool
begins_section(const struct syn_node *node)
{
	struct span line = node->raw, word = span_word(&line);

	return span_is_nocase(word, "service") || span_is_nocase(word, "defaults") ||
	       span_is_nocase(word, "include") || span_is_nocase(word, "includedir");
}

static bool
is_attr(const struct syn_node *node, const char *name)
{
	return node->kind == XINETD_ATTRIBUTE && span_is_nocase(node->words[0].text, name);
}

/* The one value that a line sets, what may be a comment behind it left out. */
static struct span
only_value(const struct syn_node *node)
{
	bool one =
		node->n_words == 3 || (node->n_words > 3 && span_starts(node->words[3].text, "#"));

	one &= span_is(node->words[1].text, "=");
	return one ? node->words[2].text : (struct span){0};
}

/* What must be known before the rest is looked at: the id, and whether it is off. */
static void
note(struct front *f, struct xin_section *section, const struct syn_node *node)
{
	if (node->kind == SYN_BAD) {
		section->broken = true;
		section->swallows |= begins_section(node);
	}
	if (is_attr(node, "id") && only_value(node).n)
		section->id = span_dup(f->reading->scratch, only_value(node));
	if (is_attr(node, "disable") && span_is_nocase(only_value(node), "yes"))
		section->disabled = true;
}

/* Gives the index behind the section's last node. */
static size_t
add_section(struct front *f, struct file *file, size_t i)
{
	const struct syn_tree *tree = file->tree;
	const struct syn_node *head = &tree->nodes[i];
	struct xin_section *section = vec_add(f->reading->scratch, &f->sections);
	int32_t parent = (int32_t)i++;

	vec_push(f->reading->scratch, &file->sections, f->sections.n - 1);
	section->tree = tree;
	section->first = i;
	section->line = head->line;
	section->last = UINT32_MAX;
	section->name = section->id = span_dup(f->reading->scratch, head->words[1].text);
	for (; i < tree->n_nodes && tree->nodes[i].parent == parent; i++) {
		note(f, section, &tree->nodes[i]);
		if (tree->nodes[i].kind == XINETD_CLOSE)
			section->last = tree->nodes[i].line;
	}
	section->end = i;
	section->broken |= section->last == UINT32_MAX;
	return i;
}

/* "enabled" and "disabled": lists of ids. */
static void
add_list(struct front *f, const struct syn_tree *tree, const struct syn_node *node)
{
	struct xin_set set = {.at = {tree->file, node->line, node->words[0].col}};
	struct map *map = &f->disabled;

	if (is_attr(node, "enabled")) {
		map = &f->enabled;
		f->has_enabled = true;
	}
	if (!xin_words(&f->defaults, node, &set))
		return;
	for (uint32_t i = 0; i < set.n; i++) {
		struct listed *listed = arena_alloc(f->reading->scratch, sizeof(*listed));

		listed->at = (struct conf_at){tree->file, node->line, set.words[i].col};
		listed->text = set.words[i].text;
		map_put_text(map, span_lower(f->reading->scratch, set.words[i].text), listed);
		conf_list_id(f->reading, map == &f->enabled ? CONF_ENABLED : CONF_DISABLED,
			     set.words[i].text);
		vec_push(f->reading->scratch, &f->listed, listed);
	}
}

static const struct listed *
find_listed(struct front *f, const struct map *map, const char *id)
{
	struct listed *listed = map_get_text(map, span_lower(f->reading->scratch, span_of(id)));

	if (!listed)
		return NULL;
	listed->used = true;
	return listed;
}

/* Of one file only the first section counts for xinetd; what the second says would be lost. */
static size_t
add_defaults(struct front *f, struct file *file, size_t i)
{
	const struct syn_tree *tree = file->tree;
	struct xin_draft *d = &f->defaults;
	int32_t parent = (int32_t)i;
	bool closed = false;

	d->file = tree->file;
	d->line = tree->nodes[i++].line;
	if (file->has_defaults)
		xin_wrong_at(d, 0, "a second section in this file");
	file->has_defaults = true;
	f->late_defaults |= f->sections.n > 0;
	for (; i < tree->n_nodes && tree->nodes[i].parent == parent; i++) {
		const struct syn_node *node = &tree->nodes[i];

		if (is_attr(node, "enabled") || is_attr(node, "disabled"))
			add_list(f, tree, node);
		if (node->kind == XINETD_ATTRIBUTE)
			xin_take(d, node);
		closed |= node->kind == XINETD_CLOSE;
		d->wrong |= node->kind == SYN_BAD;
	}
	d->wrong |= !closed;
	return i;
}

/* Files
 * -------------------------------------------------------------------------------------------- */

static void
complain(struct front *f, struct conf_at at, const char *path, const char *why)
{
	diag_add(&f->reading->serve->diags, DIAG_ERROR, at.file, at.line, at.col, "%s: %s", path,
		 why);
}

static bool
may_include(struct front *f, struct conf_at at, const char *path)
{
	for (unsigned i = 0; i < f->depth; i++)
		if (strcmp(f->chain[i], path) == 0) {
			complain(f, at, path, "is being read already: this would never end");
			return false;
		}
	if (f->depth < LIMIT_INCLUDE_DEPTH && f->n_files < LIMIT_INCLUDE_FILES)
		return true;
	complain(f, at, path,
		 f->depth < LIMIT_INCLUDE_DEPTH ? "one file too many, not read"
						: "included too deep, not read");
	return false;
}

/* Names with a dot or ending in '~' are left out, the others come in the order of strcmp(3). */
static void
read_dir(struct front *f, struct conf_at at, const char *path)
{
	struct arena *scratch = f->reading->scratch;
	struct root_dir dir;
	int r = root_list(f->reading->options->root, path, scratch, &dir);

	if (r < 0 || dir.cut) {
		complain(f, at, path, r < 0 ? strerrordesc_np(-r) : "has too many entries");
		return;
	}
	for (size_t i = 0; i < dir.n; i++) {
		const char *name = dir.v[i].name;
		const char *file = arena_printf(scratch, "%s%s%s", path,
						text_ends(path, "/") ? "" : "/", name);
		struct stat st;

		if (strchr(name, '.') || text_ends(name, "~"))
			continue;
		if (dir.v[i].type == DT_REG ||
		    root_stat(f->reading->options->root, file, &st) < 0 || S_ISREG(st.st_mode))
			read_file(f, at, file);
	}
}

/* xinetd takes relative names from where it was started, which is "/" for a daemon. */
static const char *
included_path(struct front *f, const struct syn_node *node)
{
	struct span name = node->words[1].text;

	return arena_printf(f->reading->scratch, "%s%.*s", span_starts(name, "/") ? "" : "/",
			    SPAN_ARG(name));
}

static void
read_tree(struct front *f, struct file *file)
{
	const struct syn_tree *tree = file->tree;

	for (size_t i = 0; i < tree->n_nodes;) {
		const struct syn_node *node = &tree->nodes[i];
		struct conf_at at = {tree->file, node->line, node->col};

		if (node->kind == XINETD_SERVICE) {
			i = add_section(f, file, i);
			continue;
		}
		if (node->kind == XINETD_DEFAULTS) {
			i = add_defaults(f, file, i);
			continue;
		}
		if (node->kind == XINETD_INCLUDE)
			read_file(f, at, included_path(f, node));
		else if (node->kind == XINETD_INCLUDEDIR)
			read_dir(f, at, included_path(f, node));
		i++;
	}
}

/* xinetd's lines end at a NUL: what stands behind it would be lost. */
static bool
has_nul(struct front *f, const char *path, struct span text)
{
	size_t at = span_find(text, '\0');
	uint32_t line = 1;

	if (at == text.n)
		return false;
	for (size_t i = 0; i < at; i++)
		line += text.p[i] == '\n';
	complain(f, (struct conf_at){path, line, 1}, path, "holds a NUL byte, not read");
	f->reading->serve->n_closed++;
	return true;
}

static void
read_file(struct front *f, struct conf_at from, const char *path)
{
	struct arena *scratch = f->reading->scratch;
	struct file *file;
	struct span text;

	if (!may_include(f, from, path) || !conf_file(f->reading, from, path, &text) ||
	    has_nul(f, path, text))
		return;
	file = arena_alloc(scratch, sizeof(*file));
	vec_push(scratch, &f->files, file);
	file->diags = diags_of(scratch);
	file->tree = syn_parse(&syn_format_xinetd, scratch, &file->diags, path, text);
	f->chain[f->depth++] = path;
	f->n_files++;
	read_tree(f, file);
	f->depth--;
}

/* Sections to services ----------------------------------------------------------------------------
 */

/* The order of xinetd.conf(5): "enabled" first, then "disable", then "disabled". */
static bool
is_off(struct front *f, const struct xin_section *section)
{
	bool off = section->disabled;

	if (f->has_enabled && !find_listed(f, &f->enabled, section->id))
		off = true;
	if (find_listed(f, &f->disabled, section->id))
		off = true;
	return off;
}

/* The section of the file's line; *at goes on from one call to the next, lines only grow. */
static const struct xin_section *
section_at(const struct front *f, const struct file *file, uint32_t line, size_t *at)
{
	for (; *at < file->sections.n; ++*at) {
		const struct xin_section *s = &f->sections.v[file->sections.v[*at]];

		if (line <= s->last)
			return s->line <= line ? s : NULL;
	}
	return NULL;
}

/* Mistakes of syntax; in a section that is off they are only worth a warning. */
static void
say_syntax(struct front *f, const struct file *file)
{
	struct serve *serve = f->reading->serve;
	size_t at = 0;

	for (size_t i = 0; i < file->diags.n; i++) {
		const struct diag *diag = &file->diags.v[i];
		const struct xin_section *section = section_at(f, file, diag->line, &at);
		enum diag_level level = diag->level;

		if (section && section->off && !section->swallows && level == DIAG_ERROR)
			level = DIAG_WARNING;
		if (!section && level == DIAG_ERROR)
			serve->n_closed++;
		diag_add(&serve->diags, level, diag->file, diag->line, diag->col, "%s", diag->text);
	}
}

/* What a service begins with: the values of defaults. */
static struct xin_draft
draft_of(const struct front *f, const struct xin_section *section)
{
	struct xin_draft d = f->defaults;

	memset(d.given, 0, sizeof(d.given));
	d.file = section->tree->file;
	d.name = section->name;
	d.id = section->id;
	d.off = section->disabled;
	d.line = section->line;
	d.in_defaults = d.has_rate = false;
	d.level = section->off ? DIAG_WARNING : DIAG_ERROR;
	d.wrong = section->broken;
	if (f->late_defaults)
		d.odd |= 1u << XIN_DIFFERS_LATE_DEFAULTS;
	return d;
}

static void
make(struct front *f, const struct xin_section *section)
{
	struct serve *serve = f->reading->serve;
	struct xin_draft draft = draft_of(f, section);
	size_t closed = serve->n_closed;

	for (size_t i = section->first; i < section->end; i++)
		if (section->tree->nodes[i].kind == XINETD_ATTRIBUTE)
			xin_take(&draft, &section->tree->nodes[i]);
	if (section->broken || f->defaults.wrong)
		serve->n_closed += !section->off;
	else if (!xin_make(&draft) && !section->off)
		serve->n_closed = closed + 1;
}

/* "disabled = telmet" switches nothing off: somebody may rely on it. */
static void
say_unused(struct front *f)
{
	for (size_t i = 0; i < f->listed.n; i++) {
		const struct listed *listed = f->listed.v[i];
		struct near near = near_of(listed->text);
		char hint[64];

		if (listed->used)
			continue;
		for (size_t k = 0; k < f->sections.n; k++)
			near_offer(&near, f->sections.v[k].id);
		diag_add(&f->reading->serve->diags, DIAG_WARNING, listed->at.file, listed->at.line,
			 listed->at.col, "defaults: there is no service with the id %.*s%s",
			 SPAN_ARG(listed->text), near_hint(&near, hint, sizeof(hint)));
	}
}

static void
read(struct conf_reading *reading, const char *path)
{
	struct xin_common common = {0};
	struct front f = {
		.reading = reading,
		.enabled = map_of(reading->scratch),
		.disabled = map_of(reading->scratch),
		.defaults = xin_draft_of(reading),
	};

	f.defaults.in_defaults = true;
	f.defaults.common = &common;
	read_file(&f, (struct conf_at){0}, path);
	for (size_t i = 0; i < f.sections.n; i++)
		f.sections.v[i].off = is_off(&f, &f.sections.v[i]);
	for (size_t i = 0; i < f.files.n; i++)
		say_syntax(&f, f.files.v[i]);
	say_unused(&f);
	if (f.defaults.wrong && f.sections.n)
		diag_add(&reading->serve->diags, DIAG_ERROR, f.defaults.file, f.defaults.line, 1,
			 "the defaults have a mistake: none of their services is opened");
	if (f.defaults.has_sink)
		reading->serve->sink = conf_sink(reading, &f.defaults.sink);
	for (size_t i = 0; i < f.sections.n; i++)
		make(&f, &f.sections.v[i]);
}

const struct conf_front conf_front_xinetd = {
	.name = "xinetd",
	.doc = "xinetd.conf and the files of its includedir, with attributes of our own",
	.sniff = sniff,
	.read = read,
	.differences = xin_differences,
};
