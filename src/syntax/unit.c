/*
 * Unit files as systemd reads them (systemd.syntax(7); the corners tried out on systemd 252):
 * a line ends at LF, CR or NUL, or any run of different ones of them, so "\r\n" is one end; a
 * backslash at the end of a line joins the next, comment lines in between are dropped; "#" and
 * ";" start a comment only as the first character of a line; a line of more than 1 MiB makes
 * systemd refuse the whole file.
 */
#include "syntax/unit.h"

#include <string.h>

#include "base/limits.h"

/* systemd's LONG_LINE_MAX: with the end of line and after joining. */
#define UNIT_LINE_BYTES (1u << 20)

struct reader {
	struct syn_tree *tree;
	const char *at, *end;
	uint32_t line;   /* by LF, as an editor counts */
	int32_t section; /* index of the open one, -1 = none yet */
	bool odd_said;
};

/* Lines ------------------------------------------------------------------------------ */

/* One bit per byte that ends a line. */
static unsigned
end_bit(char c)
{
	return c == '\n' ? 1 : c == '\r' ? 2 : c == '\0' ? 4 : 0;
}

static bool
next_line(struct reader *reader, struct syn_line *ret)
{
	const char *at = reader->at;
	unsigned seen = 0;

	if (at == reader->end)
		return false;
	ret->line = reader->line;
	ret->raw.p = ret->text.p = at;
	while (at < reader->end && !end_bit(*at))
		at++;
	ret->text.n = (size_t)(at - ret->text.p);
	while (at < reader->end && end_bit(*at) && !(seen & end_bit(*at))) {
		seen |= end_bit(*at);
		reader->line += *at == '\n';
		at++;
	}
	if (seen && !(seen & 1) && at < reader->end && !reader->odd_said) {
		reader->odd_said = true;
		syn_diag(reader->tree, DIAG_WARNING, ret->text.p + ret->text.n, ret->line,
			 "a carriage return or NUL inside the line ends it for systemd");
	}
	ret->raw.n = (size_t)(at - ret->raw.p);
	reader->at = at;
	return true;
}

static struct span
skip_blanks(struct span s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_skip(s, 1);
	return s;
}

static bool
is_comment(struct span line)
{
	line = skip_blanks(line);
	return line.n && (line.p[0] == '#' || line.p[0] == ';');
}

/* A backslash at the end that is not itself escaped. */
static bool
goes_on(struct span line)
{
	size_t n = 0;

	while (n < line.n && line.p[line.n - 1 - n] == '\\')
		n++;
	return n % 2 == 1;
}

/* Settings --------------------------------------------------------------------------- */

/* A value over several lines: its text is put together in the arena. */
struct joined {
	char *text;
	size_t n, cap;
};

static void
join(struct reader *reader, struct joined *joined, struct span piece)
{
	if (joined->n + piece.n > joined->cap) {
		size_t cap = (joined->n + piece.n) * 2 + 64;
		char *grown = arena_alloc(reader->tree->arena, cap);

		if (joined->n)
			memcpy(grown, joined->text, joined->n);
		joined->text = grown;
		joined->cap = cap;
	}
	if (piece.n)
		memcpy(joined->text + joined->n, piece.p, piece.n);
	joined->n += piece.n;
}

/*
 * Takes the lines that continue the first one into the node. Gives the joined text of the line,
 * each joint a blank; *ret_end is the end of the last piece in the file.
 */
static struct span
take_continuation(struct reader *reader, struct syn_node *node, struct span first,
		  const char **ret_end)
{
	struct joined joined = {0};
	struct syn_line line;
	bool more = goes_on(first);

	*ret_end = first.p + first.n;
	if (!more)
		return first;
	join(reader, &joined, (struct span){first.p, first.n - 1});
	join(reader, &joined, SPAN(" "));
	while (more && next_line(reader, &line)) {
		syn_extend(node, line.raw);
		if (is_comment(line.text))
			continue;
		line.text = skip_blanks(line.text);
		more = goes_on(line.text);
		*ret_end = line.text.p + line.text.n;
		if (more) {
			join(reader, &joined, (struct span){line.text.p, line.text.n - 1});
			join(reader, &joined, SPAN(" "));
		} else {
			join(reader, &joined, line.text);
		}
	}
	return (struct span){joined.text, joined.n};
}

/* The line of a position at or behind the start of this one. */
static uint32_t
line_of(const struct syn_line *line, const char *at)
{
	uint32_t n = line->line;

	for (const char *p = line->raw.p; p < at; p++)
		n += *p == '\n';
	return n;
}

/* Cut at the first "=", which may stand behind a joint. */
static void
add_setting(struct reader *reader, struct syn_line *line, struct span whole, const char *end)
{
	struct syn_tree *tree = reader->tree;
	struct syn_node *node = &tree->nodes[tree->n_nodes - 1];
	struct span text = whole, key = span_trim(span_cut(&text, '='));
	struct span value = span_trim(text), raw = skip_blanks(line->text);
	const char *mark = memchr(raw.p, '=', (size_t)(end - raw.p));

	node->parent = reader->section;
	if (!mark || key.n == whole.n) {
		node->kind = SYN_BAD;
		syn_diag(tree, DIAG_WARNING, raw.p, line->line,
			 "neither a section nor a KEY=VALUE line; systemd leaves it out");
		return;
	}
	if (reader->section < 0)
		syn_diag(tree, DIAG_WARNING, raw.p, line->line,
			 "a setting before the first section; systemd leaves it out");
	node->kind = UNIT_SETTING;
	syn_word_add(tree, node, (struct span){raw.p, (size_t)(mark - raw.p)}, key, line->line);
	raw = skip_blanks((struct span){mark + 1, (size_t)(end - mark - 1)});
	syn_word_add(tree, node, raw, value, line_of(line, raw.p));
}

static void
add_section(struct reader *reader, struct syn_line *line, struct span text)
{
	struct syn_tree *tree = reader->tree;
	struct syn_node *node = &tree->nodes[tree->n_nodes - 1];
	struct span name;

	if (text.n < 2 || text.p[text.n - 1] != ']') {
		node->kind = SYN_BAD;
		syn_diag(tree, DIAG_ERROR, line->text.p, line->line,
			 "a section without its closing \"]\"; systemd refuses the whole file");
		return;
	}
	name = (struct span){text.p + 1, text.n - 2};
	node->kind = UNIT_SECTION;
	syn_word_add(tree, node, name, name, line->line);
	reader->section = (int32_t)(tree->n_nodes - 1);
}

static void
add_line(struct reader *reader, struct syn_line *line)
{
	struct syn_tree *tree = reader->tree;
	struct span text = span_trim(line->text), whole;
	struct syn_node *node;
	const char *end;

	if (is_comment(line->text)) {
		syn_add(tree, SYN_COMMENT, line->raw, line->line);
		return;
	}
	node = syn_add(tree, SYN_BLANK, line->raw, line->line);
	if (!text.n)
		return;
	whole = take_continuation(reader, node, skip_blanks(line->text), &end);
	if (whole.n > UNIT_LINE_BYTES || node->raw.n > UNIT_LINE_BYTES * 2) {
		node->kind = SYN_BAD;
		syn_diag(tree, DIAG_ERROR, text.p, line->line,
			 "a line of more than %u bytes; systemd refuses the whole file",
			 UNIT_LINE_BYTES);
		return;
	}
	whole = span_trim(whole);
	if (whole.n && whole.p[0] == '[')
		add_section(reader, line, whole);
	else if (whole.n)
		add_setting(reader, line, whole, end);
}

static void
parse(struct syn_tree *tree)
{
	static const char mark[] = "\xef\xbb\xbf"; /* byte order mark */
	struct reader reader = {
		.tree = tree,
		.at = tree->text.p,
		.end = tree->text.p + tree->text.n,
		.line = 1,
		.section = -1,
	};
	struct syn_line line;

	while (next_line(&reader, &line)) {
		if (line.text.p == tree->text.p && span_starts(line.text, mark))
			line.text = span_skip(line.text, 3);
		if (tree->n_nodes == LIMIT_FILE_NODES) {
			syn_diag(tree, DIAG_UNSEEN, line.raw.p, line.line,
				 "more than %u lines; the rest is not read", LIMIT_FILE_NODES);
			line.raw.n = (size_t)(reader.end - line.raw.p);
			syn_add(tree, SYN_BAD, line.raw, line.line);
			return;
		}
		add_line(&reader, &line);
	}
}

static const char *const kinds[] = {"section", "setting", NULL};

const struct syn_format syn_format_unit = {
	.name = "unit",
	.doc = "systemd unit files, drop-ins, quadlets and D-Bus service files",
	.kinds = kinds,
	.parse = parse,
};

/* Words of a value ------------------------------------------------------------------- */

/* Escapes of one letter: systemd.syntax(7), table 1. */
static const char escape_letters[] = "abfnrtv\\\"'s";
static const char escape_bytes[] = "\a\b\f\n\r\t\v\\\"' ";

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte behind "\x41" or "\101", and how many characters stand behind the backslash; 0 = none.
 */
static size_t
numeric_escape(struct span s, char *ret)
{
	int base = s.n && s.p[0] == 'x' ? 16 : 8;
	size_t n = base == 16 ? 2 : 3, skip = base == 16 ? 1 : 0;
	int value = 0;

	if (s.n < n + skip)
		return 0;
	for (size_t i = 0; i < n; i++) {
		int digit = hex_digit(s.p[skip + i]);

		if (digit < 0 || digit >= base)
			return 0;
		value = value * base + digit;
	}
	if (value == 0 || value > 255)
		return 0;
	*ret = (char)value;
	return n + skip;
}

/* Reads what stands behind a backslash into out; gives how much of it was used. */
static size_t
read_escape(struct span s, char **out)
{
	const char *letter = s.n && s.p[0] ? strchr(escape_letters, s.p[0]) : NULL;
	size_t n;

	if (letter) {
		*(*out)++ = escape_bytes[letter - escape_letters];
		return 1;
	}
	n = numeric_escape(s, *out);
	if (n) {
		(*out)++;
		return n;
	}
	/* Not an escape systemd knows: both characters stay, as it does with a warning. */
	*(*out)++ = '\\';
	if (!s.n)
		return 0;
	*(*out)++ = s.p[0];
	return 1;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Length of the word s begins with; *ret_plain when it is its own meaning. */
static size_t
word_length(struct span s, bool *ret_plain)
{
	char quote = 0;
	size_t i;

	*ret_plain = true;
	for (i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!quote && is_space(c))
			break;
		if (c != '\\' && c != '"' && c != '\'')
			continue;
		*ret_plain = false;
		if (c == '\\')
			i++;
		else if (!quote)
			quote = c;
		else if (quote == c)
			quote = 0;
	}
	return i < s.n ? i : s.n;
}

bool
unit_word(struct arena *arena, struct span *rest, struct span *ret, bool *ret_quoted)
{
	struct span s = *rest;
	bool plain, quoted = false;
	char quote = 0, *text, *out;

	while (s.n && is_space(s.p[0]))
		s = span_skip(s, 1);
	*rest = s;
	if (!s.n)
		return false;
	s.n = word_length(s, &plain);
	*rest = span_skip(*rest, s.n);
	*ret = s;
	if (!plain) {
		text = out = arena_alloc(arena, s.n + 1); /* no escape gets longer */
		for (size_t i = 0; i < s.n; i++) {
			char c = s.p[i];

			if (c == '\\') {
				i += read_escape(span_skip(s, i + 1), &out);
			} else if (quote ? c == quote : c == '"' || c == '\'') {
				quote = quote ? 0 : c;
				quoted = true;
			} else {
				*out++ = c;
			}
		}
		*ret = (struct span){text, (size_t)(out - text)};
	}
	if (ret_quoted)
		*ret_quoted = quoted;
	return true;
}
