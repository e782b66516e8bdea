/* Values of stanzas: texts, lists, and the way back from a position in them to the file. */
#include <string.h>

#include "catalog/load.h"

size_t
stanza_end(const struct syn_tree *tree, size_t first)
{
	size_t last = first + 1;

	while (last < tree->n_nodes && tree->nodes[last].kind != SYN_BLANK)
		last++;
	return last;
}

/* What stands between a line and the one before it. */
static const char *
separator(struct span before, struct span line, bool first)
{
	if (first)
		return "";
	if (!line.n)
		return "\n\n";
	if (!before.n)
		return "";
	return line.p[0] == ' ' || line.p[0] == '\t' || before.p[0] == ' ' || before.p[0] == '\t'
		       ? "\n"
		       : " ";
}

char *
value_text(struct arena *arena, const struct syn_node *node)
{
	size_t n = 1;
	char *text, *out;

	for (uint32_t i = 1; i < node->n_words; i++)
		n += node->words[i].text.n + 2;
	out = text = arena_alloc(arena, n);
	for (uint32_t i = 1; i < node->n_words; i++) {
		struct span line = node->words[i].text;
		struct span before = i > 1 ? node->words[i - 1].text : (struct span){0};

		out = stpcpy(out, separator(before, line, out == text));
		if (line.n)
			memcpy(out, line.p, line.n);
		out += line.n;
	}
	for (char *c = text; c < out; c++)
		if (!*c) /* hostile bytes must not end the text early */
			*c = '?';
	return text;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* Cuts the next word off a text of the arena's own; NULL = none is left. */
static char *
cut_word(char **rest)
{
	char *word = *rest, *end;

	while (is_space(*word))
		word++;
	for (end = word; *end && !is_space(*end);)
		end++;
	*rest = *end ? end + 1 : end;
	*end = '\0';
	return end > word ? word : NULL;
}

/* All lines of a value in one copy, which the list's words then point into. */
const char **
value_list(struct arena *arena, const struct syn_node *node)
{
	struct span flat = value_flat(arena, node);
	char *copy = span_dup(arena, flat), *word;
	size_t most = 1, n = 0;
	const char **list;

	for (char *c = copy; *c; c++) {
		if (*c == '\n')
			*c = ' ';
		most += is_space(*c);
	}
	list = arena_array(arena, most + 1, sizeof(*list));
	while ((word = cut_word(&copy)))
		list[n++] = word;
	return list;
}

struct span
value_flat(struct arena *arena, const struct syn_node *node)
{
	size_t n = 0;
	char *text, *out;

	if (node->n_words == 2)
		return node->words[1].text;
	for (uint32_t i = 1; i < node->n_words; i++)
		n += node->words[i].text.n + 1;
	out = text = arena_alloc(arena, n + 1);
	for (uint32_t i = 1; i < node->n_words; i++) {
		struct span line = node->words[i].text;

		if (line.n)
			memcpy(out, line.p, line.n);
		out += line.n;
		*out++ = '\n';
	}
	return (struct span){text, (size_t)(out - text)};
}

const char *
value_at(const struct syn_node *node, size_t offset, uint32_t *ret_line)
{
	uint32_t i = 1;

	while (i + 1 < node->n_words && offset > node->words[i].text.n)
		offset -= node->words[i++].text.n + 1;
	*ret_line = node->words[i].line;
	return node->words[i].text.p + (offset < node->words[i].text.n ? offset : 0);
}
