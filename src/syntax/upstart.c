#include "syntax/upstart.h"

#include <string.h>

#include "base/attr.h"
#include "base/limits.h"

/* Words ---------------------------------------------------------------------------------- */

/* Behind the word at p: quotes hold blanks together, parentheses are words. */
static const char *
word_end(const char *p, const char *end)
{
	char quote = 0;

	if (*p == '(' || *p == ')')
		return p + 1;
	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		else if (*p == quote)
			quote = 0;
		else if (!quote && (*p == '"' || *p == '\''))
			quote = *p;
		else if (!quote && memchr(" \t\r\n()", *p, 6))
			break;
	}
	return p;
}

static struct span
unquote(struct arena *arena, struct span raw)
{
	char *out, *to;
	char quote = 0;

	if (!memchr(raw.p, '"', raw.n) && !memchr(raw.p, '\'', raw.n) &&
	    !memchr(raw.p, '\\', raw.n))
		return raw;
	out = to = arena_alloc(arena, raw.n + 1);
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];

		if (c == quote)
			quote = 0;
		else if (!quote && (c == '"' || c == '\''))
			quote = c;
		else {
			if (c == '\\' && i + 1 < raw.n)
				c = raw.p[++i];
			*to++ = c;
		}
	}
	return (struct span){out, (size_t)(to - out)};
}

/* Adds the words of one physical line; gives by how many parentheses it opens more than closes. */
static int
add_words(struct syn_tree *tree, struct syn_node *node, struct syn_line line, bool *ret_more)
{
	const char *p = line.text.p, *end = p + line.text.n;
	int open = 0;

	*ret_more = false;
	while (p < end) {
		const char *to;

		if (memchr(" \t\r", *p, 3)) {
			p++;
			continue;
		}
		if (*p == '#')
			break;
		if (*p == '\\' && (p + 1 == end || (p + 2 == end && p[1] == '\r'))) {
			*ret_more = true;
			break;
		}
		if (node->n_words == LIMIT_LINE_WORDS) {
			syn_diag(tree, DIAG_WARNING, p, line.line,
				 "more than %u words on a line; the rest is not read",
				 LIMIT_LINE_WORDS);
			break;
		}
		to = word_end(p, end);
		open += *p == '(';
		open -= *p == ')';
		syn_word_add(tree, node, (struct span){p, (size_t)(to - p)},
			     unquote(tree->arena, (struct span){p, (size_t)(to - p)}), line.line);
		p = to;
	}
	return open;
}

/* Stanzas -------------------------------------------------------------------------------- */

static bool
word_is(const struct syn_node *node, uint32_t i, const char *text)
{
	return i < node->n_words && span_is(node->words[i].raw, text);
}

/* In "exec a (b" a parenthesis is the shell's, not upstart's. */
static bool
has_condition(const struct syn_node *node)
{
	return (word_is(node, 0, "start") || word_is(node, 0, "stop")) && word_is(node, 1, "on");
}

static bool
begins_script(const struct syn_node *node)
{
	static const char *const prefixes[] = {"pre-start", "post-start", "pre-stop", "post-stop"};

	if (node->n_words == 1)
		return word_is(node, 0, "script");
	for (size_t i = 0; i < COUNT_OF(prefixes); i++)
		if (node->n_words == 2 && word_is(node, 0, prefixes[i]))
			return word_is(node, 1, "script");
	return false;
}

static bool
ends_script(struct span line)
{
	struct span rest = line;

	return span_is(span_word(&rest), "end") && span_is(span_word(&rest), "script") &&
	       (!span_trim(rest).n || *span_trim(rest).p == '#');
}

/* All that is left as one node: the file has more statements than anybody writes. */
static bool
give_up(struct syn_tree *tree, struct syn_lines *lines)
{
	struct span rest = span_skip(tree->text, lines->at);

	if (tree->n_nodes < LIMIT_FILE_NODES || !rest.n)
		return false;
	syn_diag(tree, DIAG_ERROR, rest.p, lines->line, "more than %u lines; the rest is not read",
		 LIMIT_FILE_NODES);
	syn_add(tree, SYN_BAD, rest, lines->line);
	lines->at = tree->text.n;
	return true;
}

static void
take_script(struct syn_tree *tree, struct syn_lines *lines, int32_t begin)
{
	struct syn_line line;

	while (!give_up(tree, lines) && syn_lines_next(lines, &line)) {
		bool end = ends_script(line.text);
		struct syn_node *node =
			syn_add(tree, end ? UPSTART_END : UPSTART_CODE, line.raw, line.line);

		node->parent = begin;
		if (end)
			return;
	}
	syn_diag(tree, DIAG_ERROR, tree->nodes[begin].raw.p, tree->nodes[begin].line,
		 "no \"end script\" follows");
}

static void
take_stanza(struct syn_tree *tree, struct syn_lines *lines, struct syn_line line)
{
	struct syn_node *node = syn_add(tree, UPSTART_STANZA, line.raw, line.line);
	struct syn_line first = line;
	bool more;
	int open = add_words(tree, node, line, &more);

	while ((more || (open > 0 && has_condition(node))) && syn_lines_next(lines, &line)) {
		syn_extend(node, line.raw);
		open += add_words(tree, node, line, &more);
	}
	if (open && has_condition(node))
		syn_diag(tree, DIAG_ERROR, first.raw.p, first.line, "the parentheses do not match");
	if (begins_script(node)) {
		node->kind = UPSTART_BEGIN;
		take_script(tree, lines, (int32_t)tree->n_nodes - 1);
	}
}

static void
parse(struct syn_tree *tree)
{
	struct syn_lines lines = syn_lines_of(tree->text);
	struct syn_line line;

	while (!give_up(tree, &lines) && syn_lines_next(&lines, &line)) {
		struct span text = span_trim(line.text);

		if (!text.n || *text.p == '#')
			syn_add(tree, text.n ? SYN_COMMENT : SYN_BLANK, line.raw, line.line);
		else
			take_stanza(tree, &lines, line);
	}
}

/* View ----------------------------------------------------------------------------------- */

static void
note_stanza(struct upstart *ret, const struct syn_node *node)
{
	const struct {
		const char *word;
		const struct syn_node **where;
	} stanzas[] = {
		{"exec", &ret->exec},         {"description", &ret->description},
		{"setuid", &ret->setuid},     {"setgid", &ret->setgid},
		{"instance", &ret->instance}, {"respawn", &ret->respawn},
		{"expect", &ret->expect},     {"task", &ret->task},
	};

	for (size_t i = 0; i < COUNT_OF(stanzas); i++)
		if (word_is(node, 0, stanzas[i].word))
			*stanzas[i].where = node;
	if (word_is(node, 0, "manual")) {
		ret->manual = node;
		ret->start_on = NULL;
	} else if (has_condition(node) && word_is(node, 0, "start")) {
		ret->start_on = node;
		ret->manual = NULL;
	} else if (has_condition(node)) {
		ret->stop_on = node;
	}
	if (word_is(node, 0, "exec"))
		ret->script = NULL;
}

struct upstart
upstart_view(const struct syn_tree *tree)
{
	struct upstart ret = {0};

	for (size_t i = 0; i < tree->n_nodes; i++) {
		const struct syn_node *node = &tree->nodes[i];

		if (node->kind == UPSTART_STANZA)
			note_stanza(&ret, node);
		if (node->kind == UPSTART_BEGIN && node->n_words == 1) {
			ret.script = node;
			ret.exec = NULL;
		}
	}
	return ret;
}

struct span
upstart_code(const struct syn_tree *tree, const struct syn_node *begin)
{
	const struct syn_node *node = begin + 1, *end = tree->nodes + tree->n_nodes;
	struct span code = {begin->raw.p + begin->raw.n, 0};

	for (; node < end && node->kind == UPSTART_CODE; node++)
		code.n += node->raw.n;
	return code;
}

static const char *const kinds[] = {"stanza", "begin", "code", "end", NULL};

const struct syn_format syn_format_upstart = {
	.name = "upstart",
	.doc = "upstart's jobs: /etc/init/*.conf and *.override",
	.kinds = kinds,
	.parse = parse,
};
