/*
 * Stanza files, see stanza.h. Source of the format: deb822(5), sections "Syntax" and "Comments".
 * Stricter than that page in one thing: a name holds no blank before its colon.
 */
#include "syntax/stanza.h"

#include <stdio.h>
#include <strings.h>

#include "base/limits.h"

static bool
is_blank_char(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_blank(struct span text)
{
	return !span_trim(text).n;
}

static bool
is_comment(struct span text)
{
	return text.n && text.p[0] == '#';
}

/* Goes on with the value above it. */
static bool
is_more(struct span text)
{
	return text.n && is_blank_char(text.p[0]) && !is_blank(text);
}

static struct span
without_end(struct span s)
{
	while (s.n && (is_blank_char(s.p[s.n - 1]) || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

static bool
is_name(struct span name)
{
	if (!name.n || name.p[0] == '-')
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f)
			return false;
	return true;
}

/*
 * Is there more of the value, right here or behind comments? Then lines is moved over the comments
 * (each is looked at only once).
 */
static bool
find_more(struct syn_lines *lines)
{
	struct syn_lines ahead = *lines;
	struct syn_line line;

	while (syn_lines_peek(&ahead, &line) && is_comment(line.text))
		syn_lines_next(&ahead, &line);
	if (!syn_lines_peek(&ahead, &line) || !is_more(line.text))
		return false;
	*lines = ahead;
	return true;
}

static void
take_more(struct syn_tree *tree, struct syn_node *node, struct syn_line line)
{
	struct span text = without_end(span_skip(line.text, 1));

	if (span_is(text, "."))
		text.n = 0;
	if (node->n_words < LIMIT_LINE_WORDS)
		syn_word_add(tree, node, text, text, line.line);
	else if (node->n_words++ == LIMIT_LINE_WORDS)
		syn_diag(tree, DIAG_ERROR, line.text.p, line.line,
			 "a value of more than %u lines; the rest is not read", LIMIT_LINE_WORDS);
}

static void
take_value(struct syn_tree *tree, struct syn_node *node, struct syn_lines *lines)
{
	struct syn_line line;

	while (find_more(lines)) {
		syn_lines_next(lines, &line);
		take_more(tree, node, line);
		/* Up to here, comments between the lines included. */
		node->raw.n = (size_t)(line.raw.p + line.raw.n - node->raw.p);
	}
	if (node->n_words > LIMIT_LINE_WORDS)
		node->n_words = LIMIT_LINE_WORDS;
}

/* Is a field of that name in the stanza already? Names are equal in either case, as in deb822. */
static bool
is_twice(const struct syn_tree *tree, int32_t first, struct span name, uint32_t *ret_line)
{
	for (size_t i = (size_t)first; i < tree->n_nodes; i++) {
		const struct syn_node *node = &tree->nodes[i];
		struct span other;

		if (node->kind != STANZA_FIELD)
			continue;
		other = node->words[0].text;
		if (other.n == name.n && (other.p[0] | 0x20) == (name.p[0] | 0x20) &&
		    strncasecmp(other.p, name.p, name.n) == 0) {
			*ret_line = node->line;
			return true;
		}
	}
	return false;
}

static void
bad(struct syn_tree *tree, struct syn_lines *lines, struct syn_line line, const char *why)
{
	struct syn_node *node = syn_add(tree, SYN_BAD, line.raw, line.line);

	syn_diag(tree, DIAG_ERROR, line.text.p, line.line, "%s", why);
	/* What follows it is part of the same mistake. */
	while (syn_lines_peek(lines, &line) && is_more(line.text)) {
		syn_lines_next(lines, &line);
		syn_extend(node, line.raw);
	}
}

struct stanza {
	int32_t first; /* index of its first field, -1 = none yet */
	unsigned n_fields;
};

static void
take_field(struct syn_tree *tree, struct syn_lines *lines, struct syn_line line,
	   struct stanza *stanza)
{
	size_t colon = span_find(line.text, ':');
	struct span name = {line.text.p, colon}, value;
	struct syn_node *node;
	uint32_t other;

	if (colon == line.text.n) {
		bad(tree, lines, line, "no colon: a field is written \"Name: value\"");
		return;
	}
	if (!is_name(name)) {
		bad(tree, lines, line, "not a field name before the colon");
		return;
	}
	if (stanza->n_fields == LIMIT_STANZA_FIELDS) {
		bad(tree, lines, line, "too many fields in one stanza; the rest is not read");
		return;
	}
	if (stanza->first >= 0 && is_twice(tree, stanza->first, name, &other)) {
		char why[LIMIT_MESSAGE];

		snprintf(why, sizeof(why), "field \"%.*s\" is there already, in line %u",
			 (int)(name.n < 64 ? name.n : 64), name.p, other);
		bad(tree, lines, line, why);
		return;
	}
	node = syn_add(tree, STANZA_FIELD, line.raw, line.line);
	node->parent = stanza->first;
	if (stanza->first < 0)
		stanza->first = (int32_t)tree->n_nodes - 1;
	stanza->n_fields++;
	value = span_trim(span_skip(line.text, colon + 1));
	if (!value.n)
		value.p = line.text.p + colon + 1;
	syn_word_add(tree, node, name, name, line.line);
	syn_word_add(tree, node, value, value, line.line);
	take_value(tree, node, lines);
}

static void
parse(struct syn_tree *tree)
{
	struct syn_lines lines = syn_lines_of(tree->text);
	struct stanza stanza = {.first = -1};
	struct syn_line line;

	while (syn_lines_next(&lines, &line)) {
		if (tree->n_nodes >= LIMIT_FILE_NODES) {
			line.raw = span_skip(tree->text, (size_t)(line.raw.p - tree->text.p));
			syn_add(tree, SYN_BAD, line.raw, line.line);
			syn_diag(tree, DIAG_ERROR, line.text.p, line.line,
				 "more than %u lines; the rest is not read", LIMIT_FILE_NODES);
			return;
		}
		if (is_blank(line.text)) {
			syn_add(tree, SYN_BLANK, line.raw, line.line);
			stanza = (struct stanza){.first = -1};
		} else if (is_comment(line.text)) {
			syn_add(tree, SYN_COMMENT, line.raw, line.line);
		} else if (is_more(line.text)) {
			bad(tree, &lines, line, "a continued value, but no field above it");
		} else {
			take_field(tree, &lines, line, &stanza);
		}
	}
}

static const char *const kinds[] = {"field", NULL};

const struct syn_format syn_format_stanza = {
	.name = "stanza",
	.doc = "Field: value in blocks: the catalog, /etc/gatehouse/policy (deb822)",
	.kinds = kinds,
	.parse = parse,
};
