/*
 * inetd.conf as a tree: see inetd.h. The continuation rule is that of 4.4BSD's inetd, which
 * looks for more words on the next line when that begins with a blank, even if all it finds
 * looks like a comment.
 */
#include "syntax/inetd.h"

#include <string.h>

#include "base/limits.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Words ------------------------------------------------------------------------------- */

/* One escape of a NetBSD quoted string; gives how many bytes it took after the backslash. */
static size_t
unescape(struct span s, char *ret)
{
	static const char from[] = "\\ntr'\"", to[] = "\\\n\t\r'\"";
	const char *known;
	unsigned value = 0;
	size_t n = 1;

	*ret = s.p[0];
	known = s.p[0] ? strchr(from, s.p[0]) : NULL;
	if (known)
		*ret = to[known - from];
	if (s.p[0] != 'x')
		return 1;
	for (; n < 3 && n < s.n; n++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit = s.p[n] ? strchr(digits, s.p[n] | 0x20) : NULL;

		if (!digit || (s.p[n] < '0'))
			break;
		value = value * 16 + (unsigned)(digit - digits);
	}
	if (n > 1)
		*ret = (char)value;
	return n;
}

/* The length of a quoted word with its quotes, 0 when it has no end on this line. */
static size_t
quoted_length(struct span s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == s.p[0])
			return i + 1;
	}
	return 0;
}

static struct span
unquote(struct syn_tree *tree, struct span raw)
{
	struct span inner = {raw.p + 1, raw.n - 2};
	char *out;
	size_t n = 0;

	if (!memchr(inner.p, '\\', inner.n))
		return inner;
	out = arena_alloc(tree->arena, inner.n + 1);
	for (size_t i = 0; i < inner.n; i++) {
		if (inner.p[i] == '\\' && i + 1 < inner.n)
			i += unescape(span_skip(inner, i + 1), &out[n++]);
		else
			out[n++] = inner.p[i];
	}
	return (struct span){out, n};
}

/* Takes the next word off a line. Only whole words may be quoted: "it's" is no quote. */
static struct span
next_raw(struct span *rest, const char *marks, bool *ret_quoted)
{
	struct span word;
	size_t n = 0;

	*ret_quoted = false;
	while (rest->n && is_blank(rest->p[0]))
		*rest = span_skip(*rest, 1);
	if (rest->n && (rest->p[0] == '"' || rest->p[0] == '\'')) {
		n = quoted_length(*rest);
		if (n && n < rest->n && !is_blank(rest->p[n]) &&
		    !(rest->p[n] && strchr(marks, rest->p[n])))
			n = 0;
		*ret_quoted = n > 0;
	}
	if (!n && rest->n && rest->p[0] && strchr(marks, rest->p[0]))
		n = 1;
	if (!n)
		while (n < rest->n && !is_blank(rest->p[n]) &&
		       !(rest->p[n] && strchr(marks, rest->p[n])))
			n++;
	word = (struct span){rest->p, n};
	*rest = span_skip(*rest, n);
	return word;
}

/* marks are the bytes that are words of their own (key-value lines), "" for none. */
static void
add_words(struct syn_tree *tree, struct syn_node *node, struct span text, uint32_t line,
	  const char *marks)
{
	struct span raw;
	bool quoted;

	while (raw = next_raw(&text, marks, &quoted), raw.n) {
		/* NetBSD's key-value entries have comments after values too. */
		if (*marks && raw.p[0] == '#')
			return;
		if (node->n_words == LIMIT_LINE_WORDS) {
			syn_diag(tree, DIAG_ERROR, raw.p, line,
				 "more than %u words in an entry; the rest is not read",
				 LIMIT_LINE_WORDS);
			return;
		}
		syn_word_add(tree, node, raw, quoted ? unquote(tree, raw) : raw, line);
	}
}

/* Kinds of lines ---------------------------------------------------------------------- */

static const char *const sockets[] = {
	[INETD_STREAM] = "stream", [INETD_DGRAM] = "dgram",         [INETD_RAW] = "raw",
	[INETD_RDM] = "rdm",       [INETD_SEQPACKET] = "seqpacket", [INETD_BAD_SOCKET] = NULL,
};

static enum inetd_socket
socket_of(struct span name)
{
	unsigned i = 0;

	while (sockets[i] && !span_is(name, sockets[i]))
		i++;
	return (enum inetd_socket)i;
}

/* Is this, taken out of a comment, a service? Prose hardly has these words at these places. */
static bool
is_service(struct span text)
{
	struct span type, wait, word = span_word(&text);

	if (!word.n)
		return false;
	type = span_word(&text);
	type = span_cut(&type, ',');
	type = span_cut(&type, ':');
	if (socket_of(type) == INETD_BAD_SOCKET)
		return false;
	(void)span_word(&text);
	wait = span_word(&text);
	if (!span_starts(wait, "wait") && !span_starts(wait, "nowait"))
		return false;
	return span_word(&text).n && span_word(&text).n;
}

/* "#<off># x", "#<off>#x", "#DISABLED# x": what follows the mark, or nothing. */
static struct span
behind_off_mark(struct span text)
{
	struct span none = {0};
	size_t end;

	if (span_starts(text, "#DISABLED#"))
		return span_skip(text, sizeof("#DISABLED#") - 1);
	if (!span_starts(text, "#<"))
		return none;
	end = span_find(text, '>');
	if (end + 1 >= text.n || text.p[end + 1] != '#')
		return none;
	return span_skip(text, end + 2);
}

static struct span
behind_hashes(struct span text)
{
	while (text.n && (text.p[0] == '#' || is_blank(text.p[0])))
		text = span_skip(text, 1);
	return text;
}

static void
add_comment(struct syn_tree *tree, struct syn_line line)
{
	struct span text = line.text, off = behind_off_mark(text), bare = behind_hashes(text);
	struct syn_node *node;

	if (is_service(off)) {
		node = syn_add(tree, INETD_OFF, line.raw, line.line);
		add_words(tree, node, off, line.line, "");
	} else if (is_service(bare)) {
		node = syn_add(tree, INETD_COMMENTED, line.raw, line.line);
		add_words(tree, node, bare, line.line, "");
	} else if (span_starts(text, "#@")) {
		node = syn_add(tree, INETD_IPSEC, line.raw, line.line);
		add_words(tree, node, span_skip(text, 2), line.line, "");
	} else if (span_starts(text, "#:") && span_find(span_skip(text, 2), ':') < text.n - 2) {
		struct span label = span_skip(text, 2);

		node = syn_add(tree, INETD_LABEL, line.raw, line.line);
		label = span_cut(&label, ':');
		syn_word_add(tree, node, label, label, line.line);
	} else {
		syn_add(tree, SYN_COMMENT, line.raw, line.line);
	}
}

static bool
is_keyed(struct span text)
{
	struct span word;

	(void)span_word(&text);
	word = span_word(&text);
	return span_is(word, "on") || span_is(word, "off") || span_is(word, "on;") ||
	       span_is(word, "off;");
}

/* A NetBSD key-value entry ends with ';', many lines later as it may be. */
static bool
is_ended(const struct syn_node *node)
{
	return node->n_words && span_is(node->words[node->n_words - 1].raw, ";");
}

/*
 * NetBSD takes a line break inside a key-value entry as a blank, and lines of comment between.
 * An entry whose end is missing would eat the file: it stops before a line that begins
 * a positional entry or another key-value one.
 */
static bool
is_keyed_part(struct span text)
{
	return !is_keyed(text) && !is_service(text);
}

static void
parse_keyed(struct syn_tree *tree, struct syn_lines *lines, struct syn_line line)
{
	struct syn_node *node = syn_add(tree, INETD_KEYED, line.raw, line.line);
	uint32_t first = line.line;

	add_words(tree, node, line.text, line.line, "=,;");
	while (!is_ended(node) && syn_lines_peek(lines, &line) && is_keyed_part(line.text)) {
		(void)syn_lines_next(lines, &line);
		syn_extend(node, line.raw);
		if (!span_starts(span_trim(line.text), "#"))
			add_words(tree, node, line.text, line.line, "=,;");
	}
	if (!is_ended(node)) {
		node->kind = SYN_BAD;
		syn_diag(tree, DIAG_ERROR, node->raw.p, first, "the entry has no final ';'");
	}
}

static void
parse_entry(struct syn_tree *tree, struct syn_lines *lines, struct syn_line line)
{
	struct syn_node *node = syn_add(tree, INETD_ENTRY, line.raw, line.line);

	add_words(tree, node, line.text, line.line, "");
	while (syn_lines_peek(lines, &line) && line.text.n && is_blank(line.text.p[0])) {
		(void)syn_lines_next(lines, &line);
		syn_extend(node, line.raw);
		if (span_starts(span_trim(line.text), "#"))
			syn_diag(tree, DIAG_WARNING, line.text.p, line.line,
				 "this is no comment: a line that begins with a blank goes on "
				 "with the entry above");
		add_words(tree, node, line.text, line.line, "");
	}
	if (node->n_words < 6) {
		node->kind = SYN_BAD;
		syn_diag(tree, DIAG_ERROR, node->raw.p, node->line,
			 "%u fields where an entry has at least 6: service, socket type, "
			 "protocol, wait, user, program",
			 node->n_words);
	}
}

static void
parse_line(struct syn_tree *tree, struct syn_lines *lines, struct syn_line line)
{
	struct span text = span_trim(line.text);
	struct syn_node *node;

	if (!text.n) {
		syn_add(tree, SYN_BLANK, line.raw, line.line);
	} else if (text.p[0] == '#') {
		add_comment(tree, (struct syn_line){line.raw, text, line.line});
	} else if (span_starts(text, ".include")) {
		node = syn_add(tree, INETD_INCLUDE, line.raw, line.line);
		text = span_skip(text, sizeof(".include") - 1);
		add_words(tree, node, text, line.line, "");
		if (node->n_words != 1) {
			node->kind = SYN_BAD;
			syn_diag(tree, DIAG_ERROR, text.p, line.line, ".include takes one pattern");
		}
	} else if (text.p[text.n - 1] == ':' && !memchr(text.p, ' ', text.n) &&
		   !memchr(text.p, '\t', text.n)) {
		node = syn_add(tree, INETD_HOST, line.raw, line.line);
		text.n--;
		syn_word_add(tree, node, text, text, line.line);
	} else if (is_keyed(text)) {
		parse_keyed(tree, lines, line);
	} else {
		parse_entry(tree, lines, line);
	}
}

static void
parse(struct syn_tree *tree)
{
	struct syn_lines lines = syn_lines_of(tree->text);
	struct syn_line line;

	while (syn_lines_next(&lines, &line))
		parse_line(tree, &lines, line);
}

static const char *const kinds[] = {"entry", "off",     "commented", "keyed", "host",
				    "ipsec", "include", "label",     NULL};

const struct syn_format syn_format_inetd = {
	.name = "inetd",
	.doc = "inetd.conf of OpenBSD/Debian, FreeBSD, NetBSD, GNU and busybox inetd",
	.kinds = kinds,
	.parse = parse,
};
