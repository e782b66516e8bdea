/*
 * The words of an attribute's line. xinetd splits at blanks and knows no quotes; here "..." makes
 * one word of what stands between (\" and \\ inside), also behind NAME=, and a word that begins
 * with '#' begins a comment. Lines without either are as xinetd reads them.
 */
#include <string.h>

#include "base/limits.h"
#include "base/vec.h"
#include "conf/xinetd.h"

struct words {
	struct syn_word *v;
	size_t n, cap;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* One word, quotes taken off. Gives what is left of the line, or a span with a NULL p. */
static struct span
take_word(struct arena *arena, struct span rest, struct span *ret)
{
	char *text = arena_alloc(arena, rest.n + 1);
	size_t n = 0, i = 0;
	bool quoted = false;

	for (; i < rest.n && (quoted || !is_blank(rest.p[i])); i++) {
		if (rest.p[i] == '"')
			quoted = !quoted;
		else if (quoted && rest.p[i] == '\\' && i + 1 < rest.n &&
			 strchr("\"\\", rest.p[i + 1]))
			text[n++] = rest.p[++i];
		else
			text[n++] = rest.p[i];
	}
	*ret = (struct span){text, n};
	return quoted ? (struct span){0} : span_skip(rest, i);
}

static bool
split(struct xin_draft *draft, struct span rest, struct xin_set *set, uint32_t col)
{
	struct arena *scratch = draft->reading->scratch;
	const char *start = rest.p;
	struct words words = {0};

	for (;;) {
		struct syn_word *word;

		while (rest.n && is_blank(rest.p[0]))
			rest = span_skip(rest, 1);
		if (!rest.n || rest.p[0] == '#')
			break;
		word = vec_add(scratch, &words);
		word->line = set->at.line;
		word->col = col + (uint32_t)(rest.p - start);
		word->raw = rest;
		rest = take_word(scratch, rest, &word->text);
		if (!rest.p) {
			xin_wrong(draft, set, word, "a closing '\"' is missing");
			return false;
		}
	}
	set->words = words.v;
	set->n = (uint32_t)words.n;
	return true;
}

/* The line from its first value on, without its end. */
static struct span
values_of(const struct syn_node *node)
{
	const char *end = node->raw.p + node->raw.n, *from = node->words[2].raw.p;
	struct span line = {from, (size_t)(end - from)};

	line.n = span_find(line, '\n');
	return line;
}

static bool
is_clean(struct xin_draft *draft, const struct xin_set *set)
{
	for (uint32_t i = 0; i < set->n; i++)
		for (size_t k = 0; k < set->words[i].text.n; k++)
			if ((unsigned char)set->words[i].text.p[k] < ' ') {
				xin_wrong(draft, set, &set->words[i],
					  "holds a control character (a line end of DOS?)");
				return false;
			}
	return true;
}

bool
xin_words(struct xin_draft *draft, const struct syn_node *node, struct xin_set *set)
{
	struct span line;

	set->words = node->words + 2;
	set->n = node->n_words - 2;
	if (!set->n)
		return true;
	line = values_of(node);
	if ((span_find(line, '"') < line.n || span_find(line, '#') < line.n) &&
	    !split(draft, line, set, node->words[2].col))
		return false;
	return is_clean(draft, set);
}
