/* crontab as a tree: see crontab.h. */
#include "syntax/crontab.h"

#include <string.h>

#include "base/attr.h"

static const char *const specials[] = {"@reboot", "@yearly", "@annually", "@monthly",
				       "@weekly", "@daily",  "@midnight", "@hourly"};

static bool
is_special(struct span word)
{
	for (size_t i = 0; i < COUNT_OF(specials); i++)
		if (span_is(word, specials[i]))
			return true;
	return false;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Digits, '*', ranges, steps, lists, names of months and days, Debian's and cronie's '~'. */
static bool
is_time(struct span word)
{
	for (size_t i = 0; i < word.n; i++)
		if (!is_digit(word.p[i]) && !is_letter(word.p[i]) &&
		    !(word.p[i] && strchr("*,-/~?#", word.p[i])))
			return false;
	return word.n && (is_digit(word.p[0]) || is_letter(word.p[0]) || word.p[0] == '*' ||
			  word.p[0] == '~');
}

static struct span
unquote(struct span s)
{
	if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
		return (struct span){s.p + 1, s.n - 2};
	return s;
}

/* NAME = value: cron takes a line for one when '=' follows the first word. */
static bool
cut_env(struct span text, struct span *ret_name, struct span *ret_value)
{
	size_t end = 0, equals = span_find(text, '=');
	struct span between;

	if (equals == text.n)
		return false;
	if (text.n && (text.p[0] == '"' || text.p[0] == '\'')) {
		while (++end < text.n && text.p[end] != text.p[0])
			;
		end++;
	} else {
		while (end < equals && text.p[end] != ' ' && text.p[end] != '\t')
			end++;
	}
	if (end > equals)
		return false;
	between = span_trim((struct span){text.p + end, equals - end});
	if (between.n || !end)
		return false;
	*ret_name = (struct span){text.p, end};
	*ret_value = span_trim(span_skip(text, equals + 1));
	return true;
}

static bool
is_number(struct span word)
{
	for (size_t i = 0; i < word.n; i++)
		if (!is_digit(word.p[i]))
			return false;
	return word.n > 0;
}

/* period delay name command: the third field of a real job is a day of the month, no name. */
static bool
is_anacron(struct span text)
{
	struct span period = span_word(&text), delay = span_word(&text), name = span_word(&text);

	if (!(is_number(period) || span_starts(period, "@")) || !is_number(delay) || !name.n)
		return false;
	if (span_starts(period, "@") && !is_special(period))
		return false;
	return is_letter(name.p[0]) && span_trim(text).n;
}

static void
add_words(struct syn_tree *tree, unsigned kind, struct syn_line line, struct span text,
	  unsigned n_fields)
{
	struct syn_node *node = syn_add(tree, kind, line.raw, line.line);

	for (unsigned i = 0; i < n_fields; i++) {
		struct span word = span_word(&text);

		syn_word_add(tree, node, word, word, line.line);
	}
	text = span_trim(text);
	syn_word_add(tree, node, text, text, line.line);
	if (!text.n) {
		node->kind = SYN_BAD;
		syn_diag(tree, DIAG_ERROR, line.raw.p, line.line, "a job without a command");
	}
}

static bool
is_job(struct span text)
{
	for (unsigned i = 0; i < 5; i++)
		if (!is_time(span_word(&text)))
			return false;
	return true;
}

static void
parse_line(struct syn_tree *tree, struct syn_line line)
{
	struct span text = span_trim(line.text), rest = text, name, value;
	struct syn_node *node;

	if (!text.n) {
		syn_add(tree, SYN_BLANK, line.raw, line.line);
	} else if (text.p[0] == '#') {
		syn_add(tree, SYN_COMMENT, line.raw, line.line);
	} else if (cut_env(text, &name, &value)) {
		node = syn_add(tree, CRONTAB_ENV, line.raw, line.line);
		syn_word_add(tree, node, name, unquote(name), line.line);
		syn_word_add(tree, node, value, unquote(value), line.line);
	} else if (is_anacron(text)) {
		add_words(tree, CRONTAB_ANA, line, text, 3);
	} else if (is_special(span_word(&rest))) {
		add_words(tree, CRONTAB_AT, line, text, 1);
	} else if (is_job(text)) {
		add_words(tree, CRONTAB_JOB, line, text, 5);
	} else {
		syn_add(tree, SYN_BAD, line.raw, line.line);
		syn_diag(tree, DIAG_ERROR, text.p, line.line,
			 "neither a setting nor five times and a command");
	}
}

static void
parse(struct syn_tree *tree)
{
	struct syn_lines lines = syn_lines_of(tree->text);
	struct syn_line line;

	while (syn_lines_next(&lines, &line))
		parse_line(tree, line);
}

struct span
crontab_user(struct span *rest)
{
	struct span user = span_word(rest);

	*rest = span_trim(*rest);
	return user;
}

struct span
crontab_command(struct span rest)
{
	for (size_t i = 0; i < rest.n; i++) {
		if (rest.p[i] == '\\')
			i++;
		else if (rest.p[i] == '%')
			return span_trim((struct span){rest.p, i});
	}
	return rest;
}

struct span
crontab_schedule(const struct syn_node *node)
{
	const struct syn_word *last;
	const char *begin;

	if (node->n_words < 2)
		return (struct span){0};
	last = &node->words[node->n_words - (node->kind == CRONTAB_ANA ? 3 : 2)];
	begin = node->words[0].raw.p;
	return (struct span){begin, (size_t)(last->raw.p + last->raw.n - begin)};
}

static const char *const kinds[] = {"env", "job", "at", "anacron", NULL};

const struct syn_format syn_format_crontab = {
	.name = "crontab",
	.doc = "crontabs of the system and of users, and anacrontab",
	.kinds = kinds,
	.parse = parse,
};
