#include "syntax/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/vec.h"

static const char *const shared_kinds[SYN_OWN] = {"blank", "comment", "bad"};

const struct syn_format *
syn_format_find(const char *name)
{
	for (const struct syn_format *const *format = syn_formats; *format; format++)
		if (strcmp((*format)->name, name) == 0)
			return *format;
	return NULL;
}

struct syn_tree *
syn_parse(const struct syn_format *format, struct arena *arena, struct diags *diags,
	  const char *file, struct span text)
{
	struct syn_tree *tree = arena_alloc(arena, sizeof(*tree));

	*tree = (struct syn_tree){
		.format = format,
		.arena = arena,
		.diags = diags,
		.file = file,
		.text = text,
		.col_at = text.p,
		.col_start = text.p,
	};
	if (text.n)
		format->parse(tree);
	return tree;
}

const char *
syn_kind_name(const struct syn_tree *tree, const struct syn_node *node)
{
	if (node->kind < SYN_OWN)
		return shared_kinds[node->kind];
	return tree->format->kinds[node->kind - SYN_OWN];
}

/* Writing ---------------------------------------------------------------------------- */

static char *
append(char *out, struct span s)
{
	if (s.n)
		memcpy(out, s.p, s.n);
	return out + s.n;
}

/* All nodes before at, then middle, then those from `from` on. */
static struct span
splice(const struct syn_tree *tree, size_t at, struct span middle, size_t from)
{
	static const struct span newline = {"\n", 1};
	size_t n = middle.n + 1;
	char *text, *out;

	for (size_t i = 0; i < tree->n_nodes; i++)
		n += tree->nodes[i].raw.n;
	out = text = arena_alloc(tree->arena, n + 1);
	for (size_t i = 0; i < at; i++)
		out = append(out, tree->nodes[i].raw);
	if (middle.n && out > text && out[-1] != '\n')
		out = append(out, newline);
	out = append(out, middle);
	for (size_t i = from; i < tree->n_nodes; i++)
		out = append(out, tree->nodes[i].raw);
	return (struct span){text, (size_t)(out - text)};
}

struct span
syn_text(const struct syn_tree *tree)
{
	return splice(tree, tree->n_nodes, (struct span){0}, tree->n_nodes);
}

struct span
syn_replace(const struct syn_tree *tree, size_t at, struct span raw)
{
	return splice(tree, at, raw, at + 1);
}

struct span
syn_insert(const struct syn_tree *tree, size_t at, struct span raw)
{
	return splice(tree, at, raw, at);
}

/* For parsers ------------------------------------------------------------------------ */

struct syn_lines
syn_lines_of(struct span text)
{
	return (struct syn_lines){text, 0, 1};
}

bool
syn_lines_peek(const struct syn_lines *lines, struct syn_line *ret)
{
	struct span rest = span_skip(lines->text, lines->at);
	size_t end = span_find(rest, '\n');

	if (!rest.n)
		return false;
	ret->line = lines->line;
	ret->text = (struct span){rest.p, end};
	ret->raw = (struct span){rest.p, end < rest.n ? end + 1 : end};
	return true;
}

bool
syn_lines_next(struct syn_lines *lines, struct syn_line *ret)
{
	if (!syn_lines_peek(lines, ret))
		return false;
	lines->at += ret->raw.n;
	lines->line++;
	return true;
}

struct syn_node *
syn_add(struct syn_tree *tree, unsigned kind, struct span raw, uint32_t line)
{
	struct syn_node *node;

	if (tree->n_nodes == tree->cap_nodes)
		tree->nodes = vec_grow(tree->arena, tree->nodes, tree->n_nodes, &tree->cap_nodes,
				       sizeof(*tree->nodes));
	node = &tree->nodes[tree->n_nodes++];
	*node = (struct syn_node){
		.kind = (uint16_t)kind,
		.line = line,
		.col = syn_col(tree, raw.p),
		.parent = -1,
		.raw = raw,
	};
	return node;
}

void
syn_extend(struct syn_node *node, struct span more)
{
	node->raw.n += more.n;
}

struct syn_word *
syn_word_add(struct syn_tree *tree, struct syn_node *node, struct span raw, struct span text,
	     uint32_t line)
{
	struct syn_word *word;
	uint32_t n = node->n_words;

	/* Full at 0, 2, 4, 8, ...: the room is what the count says, and needs no field. */
	if (n == 0 || (n >= 2 && (n & (n - 1)) == 0)) {
		size_t cap = n ? n * 2 : 2;
		struct syn_word *grown = arena_array(tree->arena, cap, sizeof(*grown));

		if (n)
			memcpy(grown, node->words, n * sizeof(*grown));
		node->words = grown;
	}
	word = &node->words[node->n_words++];
	*word = (struct syn_word){raw, text, line, syn_col(tree, raw.p)};
	return word;
}

void
syn_words_split(struct syn_tree *tree, struct syn_node *node, struct syn_line line)
{
	struct span rest = line.text, word;

	while (word = span_word(&rest), word.n) {
		if (node->n_words == LIMIT_LINE_WORDS) {
			syn_diag(tree, DIAG_ERROR, word.p, line.line,
				 "more than %u words on a line; the rest is not read",
				 LIMIT_LINE_WORDS);
			return;
		}
		syn_word_add(tree, node, word, word, line.line);
	}
}

uint32_t
syn_col(struct syn_tree *tree, const char *at)
{
	const char *from, *newline;

	if (at < tree->text.p || at > tree->text.p + tree->text.n)
		return 1; /* a word made up by the parser */
	from = at >= tree->col_at ? tree->col_at : tree->text.p;
	newline = at > from ? memrchr(from, '\n', (size_t)(at - from)) : NULL;
	if (newline)
		tree->col_start = newline + 1;
	else if (from == tree->text.p)
		tree->col_start = tree->text.p;
	tree->col_at = at;
	return (uint32_t)(at - tree->col_start) + 1;
}

void
syn_diag(struct syn_tree *tree, enum diag_level level, const char *at, uint32_t line,
	 const char *fmt, ...)
{
	char text[LIMIT_MESSAGE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_add(tree->diags, level, tree->file, line, at ? syn_col(tree, at) : 0, "%s", text);
}
