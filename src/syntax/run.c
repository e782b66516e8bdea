#include "syntax/run.h"

#include <string.h>

#include "base/limits.h"
#include "base/vec.h"

bool
run_is_execline(const struct syn_tree *tree)
{
	const struct syn_node *node = tree->nodes;

	if (!tree->n_nodes || node->kind != RUN_SHEBANG)
		return false;
	for (uint32_t w = 0; w < node->n_words && w < 2; w++)
		if (span_is(span_of(text_basename(span_dup(tree->arena, node->words[w].text))),
			    "execlineb"))
			return true;
	return false;
}

/* execline knows double quotes, backslashes and comments; a single quote is a plain byte. */
static const char *
word_end(const char *p, const char *end)
{
	bool quoted = false;

	for (; p < end && (quoted || !memchr(" \t\r", *p, 3)); p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '\\' && p + 1 < end)
			p++;
	}
	return p;
}

static struct span
unquote(struct arena *arena, struct span raw)
{
	char *out, *to;

	if (!memchr(raw.p, '"', raw.n) && !memchr(raw.p, '\\', raw.n))
		return raw;
	out = to = arena_alloc(arena, raw.n + 1);
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] == '"')
			continue;
		if (raw.p[i] == '\\' && i + 1 < raw.n)
			i++;
		*to++ = raw.p[i];
	}
	return (struct span){out, (size_t)(to - out)};
}

static void
take_execline(struct sh_reader *reader, struct syn_line line)
{
	struct syn_tree *tree = reader->tree;
	struct span trimmed = span_trim(line.text);
	const char *p = line.text.p, *end = p + line.text.n;
	unsigned kind = !trimmed.n ? SYN_BLANK : *trimmed.p == '#' ? SYN_COMMENT : RUN_CHAIN;
	struct syn_node *node = sh_take(reader, kind, line);

	while (kind == RUN_CHAIN && p < end) {
		struct span raw = {p, (size_t)(word_end(p, end) - p)};

		if (raw.n && *raw.p == '#')
			return;
		if (node->n_words == LIMIT_LINE_WORDS) {
			syn_diag(tree, DIAG_WARNING, p, line.line,
				 "more than %u words on a line; the rest is not read",
				 LIMIT_LINE_WORDS);
			return;
		}
		if (raw.n)
			syn_word_add(tree, node, raw, unquote(tree->arena, raw), line.line);
		p += raw.n ? raw.n : 1;
	}
}

static void
parse(struct syn_tree *tree)
{
	struct sh_reader reader = sh_reader_of(tree);
	struct syn_line line;
	bool execline;

	if (span_starts(tree->text, "#!") && sh_peek(&reader, &line)) {
		struct syn_node *node = sh_take(&reader, RUN_SHEBANG, line);

		line.text = span_skip(line.text, 2);
		syn_words_split(tree, node, line);
	}
	execline = run_is_execline(tree);
	while (sh_peek(&reader, &line)) {
		if (execline)
			take_execline(&reader, line);
		else
			sh_take_shell(&reader);
	}
}

struct sh_command
run_chain(const struct syn_tree *tree)
{
	VEC(const struct syn_word *) words = {0};
	const struct syn_node *first = NULL;

	for (size_t i = 0; i < tree->n_nodes; i++) {
		const struct syn_node *node = &tree->nodes[i];

		if (node->kind != RUN_CHAIN)
			continue;
		if (!first)
			first = node;
		for (uint32_t w = 0; w < node->n_words; w++)
			vec_push(tree->arena, &words, &node->words[w]);
	}
	return (struct sh_command){words.v, words.n, first};
}

static const char *const kinds[] = {SH_KINDS, "shebang", "chain", NULL};

const struct syn_format syn_format_run = {
	.name = "run",
	.doc = "run scripts of runit, daemontools and s6, in shell or execline",
	.kinds = kinds,
	.parse = parse,
};
