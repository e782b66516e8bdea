#include "syntax/initscript.h"

#include <string.h>

#include "base/attr.h"

/* The text behind the '#' of a comment line; false when it is none. */
static bool
comment_text(struct span line, struct span *ret)
{
	if (!line.n || *line.p != '#')
		return false;
	*ret = span_skip(line, 1);
	return true;
}

/* "Keyword: rest" with a keyword of letters, digits and dashes. */
static bool
split_keyword(struct span text, struct span *ret_key, struct span *ret_rest)
{
	size_t colon = span_find(text, ':');

	if (colon == text.n || colon == 0 || colon > 64)
		return false;
	for (size_t i = 0; i < colon; i++) {
		char c = text.p[i];

		if (!((c | 32) >= 'a' && (c | 32) <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	*ret_key = (struct span){text.p, colon};
	*ret_rest = span_skip(text, colon + 1);
	return true;
}

/* LSB: "#" and a tab or at least two blanks continue the line before. */
static bool
continues_lsb(struct span line)
{
	struct span text;

	return comment_text(line, &text) && span_trim(text).n &&
	       (span_starts(text, "\t") || span_starts(text, "  "));
}

static void
add_keyword(struct syn_tree *tree, struct syn_node *node, struct span key, struct span rest,
	    struct syn_line line)
{
	syn_word_add(tree, node, key, key, line.line);
	line.text = rest;
	syn_words_split(tree, node, line);
}

/* The last word is a backslash: chkconfig's continuation. Takes it off. */
static bool
ends_in_backslash(struct syn_node *node)
{
	struct syn_word *last = node->n_words > 1 ? &node->words[node->n_words - 1] : NULL;

	if (!last || !span_ends(last->text, "\\"))
		return false;
	if (last->text.n == 1)
		node->n_words--;
	else
		last->text.n--;
	return true;
}

static void
take_keyword(struct sh_reader *reader, struct syn_line line, struct span key, struct span rest)
{
	struct syn_tree *tree = reader->tree;
	struct syn_node *node = sh_take(reader, INITSCRIPT_KEYWORD, line);
	struct span text;

	add_keyword(tree, node, key, rest, line);
	while (ends_in_backslash(node) && sh_peek(reader, &line) &&
	       comment_text(line.text, &text)) {
		syn_extend(node, line.raw);
		reader->at += line.raw.n;
		reader->line++;
		line.text = text;
		syn_words_split(tree, node, line);
	}
}

static void
take_lsb(struct sh_reader *reader, struct syn_line line, struct span key, struct span rest,
	 int32_t parent)
{
	struct syn_tree *tree = reader->tree;
	struct syn_node *node = sh_take(reader, INITSCRIPT_LSB, line);

	node->parent = parent;
	add_keyword(tree, node, key, rest, line);
	while (sh_peek(reader, &line) && continues_lsb(line.text)) {
		syn_extend(node, line.raw);
		reader->at += line.raw.n;
		reader->line++;
		line.text = span_skip(line.text, 1);
		syn_words_split(tree, node, line);
	}
}

/* Keywords of Red Hat's header; others are plain comments ("# Usage: ..."). */
static bool
is_redhat_keyword(struct span key)
{
	static const char *const keys[] = {"chkconfig", "description", "processname", "pidfile",
					   "config",    "probe",       "hide"};

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (span_is(key, keys[i]))
			return true;
	return false;
}

/* Where the reader is in the LSB header. */
struct header {
	int32_t begin; /* its node, -1 = outside */
	bool done;     /* only the first block counts */
};

static void
take_comment(struct sh_reader *reader, struct syn_line line, struct header *header)
{
	struct syn_tree *tree = reader->tree;
	struct span text = {0}, key, rest, trimmed = span_trim(line.text);

	comment_text(line.text, &text);
	text = span_trim(text);
	if (span_is(trimmed, "### BEGIN INIT INFO") && header->begin < 0 && !header->done) {
		sh_take(reader, INITSCRIPT_BEGIN, line);
		header->begin = (int32_t)tree->n_nodes - 1;
	} else if (span_is(trimmed, "### END INIT INFO") && header->begin >= 0) {
		sh_take(reader, INITSCRIPT_END, line)->parent = header->begin;
		*header = (struct header){-1, true};
	} else if (header->begin >= 0 && split_keyword(text, &key, &rest)) {
		take_lsb(reader, line, key, rest, header->begin);
	} else if (split_keyword(text, &key, &rest) && is_redhat_keyword(key)) {
		take_keyword(reader, line, key, rest);
	} else {
		sh_take(reader, SYN_COMMENT, line);
	}
}

static void
take_shebang(struct sh_reader *reader, struct syn_line line)
{
	struct syn_node *node = sh_take(reader, INITSCRIPT_SHEBANG, line);

	line.text = span_skip(line.text, 2);
	syn_words_split(reader->tree, node, line);
}

static void
parse(struct syn_tree *tree)
{
	struct sh_reader reader = sh_reader_of(tree);
	struct header header = {-1, false};
	struct syn_line line;

	if (span_starts(tree->text, "#!") && sh_peek(&reader, &line))
		take_shebang(&reader, line);
	while (sh_peek(&reader, &line)) {
		if (line.text.n && *line.text.p == '#')
			take_comment(&reader, line, &header);
		else
			sh_take_shell(&reader);
	}
	if (header.begin >= 0)
		diag_add(tree->diags, DIAG_WARNING, tree->file, tree->nodes[header.begin].line, 1,
			 "the header has no \"### END INIT INFO\"");
}

/* View ------------------------------------------------------------------------------- */

static struct initscript_words
values(const struct syn_node *node)
{
	return (struct initscript_words){node->words + 1, node->n_words - 1, node->line};
}

/* insserv and chkconfig take the first of two equal keywords and do not care about case. */
static void
note(struct initscript_words *words, const struct syn_node *node)
{
	if (!words->line)
		*words = values(node);
}

static void
note_lsb(struct initscript *ret, const struct syn_node *node)
{
	const struct {
		const char *key;
		struct initscript_words *words;
	} keys[] = {
		{"Provides", &ret->provides},
		{"Required-Start", &ret->required_start},
		{"Default-Start", &ret->default_start},
		{"Default-Stop", &ret->default_stop},
	};

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (span_is_nocase(node->words[0].text, keys[i].key))
			note(keys[i].words, node);
	if (span_is_nocase(node->words[0].text, "Short-Description"))
		ret->description = values(node);
	else if (span_is_nocase(node->words[0].text, "Description"))
		note(&ret->description, node);
}

static void
note_keyword(struct initscript *ret, const struct syn_node *node)
{
	const struct {
		const char *key;
		struct initscript_words *words;
	} keys[] = {
		{"chkconfig", &ret->chkconfig},     {"processname", &ret->processname},
		{"pidfile", &ret->pidfile},         {"config", &ret->config},
		{"description", &ret->description},
	};

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (span_is(node->words[0].text, keys[i].key))
			note(keys[i].words, node);
}

/* "#!/usr/bin/env X" and "#!X": X. */
static const char *
interpreter(const struct syn_tree *tree, const struct syn_node *node)
{
	uint32_t at = node->n_words > 1 && span_ends(node->words[0].text, "/env") ? 1 : 0;

	return node->n_words ? span_dup(tree->arena, node->words[at].text) : NULL;
}

struct initscript
initscript_view(const struct syn_tree *tree)
{
	struct initscript ret = {0};

	for (size_t i = 0; i < tree->n_nodes; i++) {
		const struct syn_node *node = &tree->nodes[i];

		switch (node->kind) {
		case INITSCRIPT_SHEBANG:
			ret.interpreter = interpreter(tree, node);
			break;
		case INITSCRIPT_LSB:
			note_lsb(&ret, node);
			break;
		case INITSCRIPT_KEYWORD:
			note_keyword(&ret, node);
			break;
		case INITSCRIPT_END:
			ret.lsb = true;
			break;
		default:
			break;
		}
	}
	return ret;
}

static const char *const kinds[] = {SH_KINDS, "begin", "end", "lsb", "keyword", "shebang", NULL};

const struct syn_format syn_format_initscript = {
	.name = "initscript",
	.doc = "SysV init scripts with LSB and chkconfig headers, insserv and chkconfig.d "
	       "overrides",
	.kinds = kinds,
	.parse = parse,
};
