#include "syntax/sh.h"

#include <string.h>

#include "base/limits.h"
#include "base/vec.h"

/* How many unclosed quotes or here-documents of one file are forgiven: each costs a scan to the
 * end of the file; after that, no quote reaches beyond its line. */
#define FORGIVEN 8u
#define HERE_DOCS 8u
#define NESTING 32u

/* Scanning --------------------------------------------------------------------------- */

/* A position in the text, the end it may not pass, and what was found on the way. */
struct scan {
	const char *p, *end;
	bool open;                   /* a quote or substitution was not closed before the end */
	struct span here[HERE_DOCS]; /* here-documents that follow this line, delimiters raw */
	bool here_tabs[HERE_DOCS];
	unsigned n_here;
};

static bool
at_pair(const struct scan *scan, char a, char b)
{
	return scan->end - scan->p >= 2 && scan->p[0] == a && scan->p[1] == b;
}

static void
skip_to(struct scan *scan, char c)
{
	const char *found = memchr(scan->p, c, (size_t)(scan->end - scan->p));

	if (!found)
		scan->open = true;
	scan->p = found ? found + 1 : scan->end;
}

/*
 * From behind an opening quote or bracket to behind its end. Nested ones are kept on a stack
 * of the bytes that end them; deeper than NESTING they are plain text.
 */
static void
skip_nested(struct scan *scan, char closing)
{
	char stack[NESTING];
	unsigned depth = 0;

	stack[depth++] = closing;
	while (scan->p < scan->end) {
		char c = *scan->p, until = stack[depth - 1];
		char opens = 0;

		if (c == '\\' && scan->end - scan->p >= 2) {
			scan->p += 2;
			continue;
		}
		if (c == until) {
			scan->p++;
			if (--depth == 0)
				return;
			continue;
		}
		if (at_pair(scan, '$', '(') || at_pair(scan, '$', '{')) {
			opens = scan->p[1] == '(' ? ')' : '}';
			scan->p++;
		} else if (c == '(' && until == ')') {
			opens = ')';
		} else if (c == '"' || (c == '`' && until != '`')) {
			opens = c;
		}
		scan->p++;
		if (c == '\'' && until != '"')
			skip_to(scan, '\'');
		else if (opens && depth < NESTING)
			stack[depth++] = opens;
	}
	scan->open = true;
}

/* What a byte is to the shell. A NUL is nothing the shell could read: it ends a word. */
enum { BLANK = 1, ENDS_WORD = 2, OPERATOR = 4, BEFORE_COMMENT = 8 };

static const unsigned char bytes[256] = {
	['\0'] = ENDS_WORD | BEFORE_COMMENT,
	[' '] = BLANK | ENDS_WORD | BEFORE_COMMENT,
	['\t'] = BLANK | ENDS_WORD | BEFORE_COMMENT,
	['\r'] = BLANK | ENDS_WORD,
	['\n'] = ENDS_WORD,
	[';'] = OPERATOR | ENDS_WORD | BEFORE_COMMENT,
	['&'] = OPERATOR | ENDS_WORD | BEFORE_COMMENT,
	['|'] = OPERATOR | ENDS_WORD | BEFORE_COMMENT,
	['('] = ENDS_WORD | BEFORE_COMMENT,
	[')'] = ENDS_WORD | BEFORE_COMMENT,
	['<'] = ENDS_WORD,
	['>'] = ENDS_WORD,
};

static bool
is(char c, unsigned kind)
{
	return bytes[(unsigned char)c] & kind;
}

static void
skip_word(struct scan *scan)
{
	while (scan->p < scan->end && !is(*scan->p, ENDS_WORD)) {
		char c = *scan->p++;

		if (c == '\\' && scan->p < scan->end)
			scan->p++;
		else if (c == '\'')
			skip_to(scan, '\'');
		else if (c == '"' || c == '`')
			skip_nested(scan, c);
		else if (c == '$' && scan->p < scan->end && (*scan->p == '(' || *scan->p == '{'))
			skip_nested(scan, *scan->p++ == '(' ? ')' : '}');
	}
}

/* Behind an operator or redirection at p, or p itself when none stands there. */
static const char *
operator_end(const char *p, const char *end)
{
	const char *q = p;

	while (q < end && *q >= '0' && *q <= '9')
		q++;
	if (q < end && (*q == '<' || *q == '>')) {
		char c = *q++;

		while (q < end && (*q == c || *q == '&' || *q == '|' || *q == '-') && q - p < 5)
			q++;
		return q;
	}
	if (p < end && is(*p, OPERATOR))
		return p + 1 < end && p[1] == *p ? p + 2 : p + 1;
	if (p < end && (*p == '(' || *p == ')'))
		return p + 1;
	return p;
}

/* Words ------------------------------------------------------------------------------ */

/* The text of a word without its quotes; substitutions stay as written. */
static struct span
unquote(struct arena *arena, struct span raw)
{
	char *out, *to;
	char quote = 0;

	if (!memchr(raw.p, '\\', raw.n) && !memchr(raw.p, '"', raw.n) &&
	    !memchr(raw.p, '\'', raw.n))
		return raw;
	out = to = arena_alloc(arena, raw.n + 1);
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];

		if (c == quote)
			quote = 0;
		else if (!quote && (c == '"' || c == '\''))
			quote = c;
		else if (c == '\\' && quote != '\'' && i + 1 < raw.n) {
			if (raw.p[++i] != '\n')
				*to++ = raw.p[i];
		} else
			*to++ = c;
	}
	return (struct span){out, (size_t)(to - out)};
}

struct sh_token {
	struct span raw;
	uint32_t line;
};

struct tokens {
	struct sh_token *v;
	size_t n, cap;
};

static void
note_here_doc(struct scan *scan, const struct tokens *tokens, struct span word)
{
	struct span op = tokens->n ? tokens->v[tokens->n - 1].raw : (struct span){0};

	if (!op.n || scan->n_here == HERE_DOCS || !memmem(op.p, op.n, "<<", 2) ||
	    span_ends(op, "<<<"))
		return;
	scan->here[scan->n_here] = word;
	scan->here_tabs[scan->n_here++] = span_ends(op, "-");
}

static bool
at_comment(const struct scan *scan, const char *start)
{
	return *scan->p == '#' && (scan->p == start || is(scan->p[-1], BEFORE_COMMENT));
}

/* Cuts a logical line into tokens; leaves scan->p at its newline or the end. */
static void
cut_line(struct arena *arena, struct scan *scan, uint32_t line, struct tokens *tokens)
{
	const char *start = scan->p, *counted = scan->p;

	while (scan->p < scan->end && *scan->p != '\n') {
		const char *from = scan->p, *op;

		if (is(*from, BLANK)) {
			scan->p++;
			continue;
		}
		if (at_pair(scan, '\\', '\n')) {
			scan->p += 2;
			continue;
		}
		if (at_comment(scan, start)) {
			const char *eol = memchr(from, '\n', (size_t)(scan->end - from));

			scan->p = eol ? eol : scan->end;
			break;
		}
		op = operator_end(from, scan->end);
		if (op > from)
			scan->p = op;
		else
			skip_word(scan);
		if (scan->p == from) /* NULs: all of them are one word nobody can mean */
			do
				scan->p++;
			while (scan->p < scan->end && !*scan->p);
		for (; counted < from; counted++)
			line += *counted == '\n';
		if (op == from)
			note_here_doc(scan, tokens, (struct span){from, (size_t)(scan->p - from)});
		if (tokens->n <= LIMIT_LINE_WORDS) /* one more, so that add_words sees it */
			vec_push(arena, tokens,
				 (struct sh_token){{from, (size_t)(scan->p - from)}, line});
	}
}

/* Moves behind the bodies of the line's here-documents; false when one does not end. */
static bool
skip_here_docs(struct scan *scan, struct arena *arena)
{
	for (unsigned i = 0; i < scan->n_here; i++) {
		struct span delimiter = unquote(arena, scan->here[i]);
		bool found = false;

		while (!found && scan->p < scan->end) {
			struct span rest = {scan->p, (size_t)(scan->end - scan->p)};
			struct span text = {rest.p, span_find(rest, '\n')};

			scan->p += text.n < rest.n ? text.n + 1 : text.n;
			while (scan->here_tabs[i] && text.n && *text.p == '\t')
				text = span_skip(text, 1);
			found = text.n == delimiter.n && memcmp(text.p, delimiter.p, text.n) == 0;
		}
		if (!found)
			return false;
	}
	return true;
}

/* Nodes ------------------------------------------------------------------------------ */

struct sh_reader
sh_reader_of(struct syn_tree *tree)
{
	return (struct sh_reader){.tree = tree, .line = 1};
}

/* All that is left as one node: the file has more statements than anybody writes. */
static void
give_up(struct sh_reader *reader)
{
	struct span rest = span_skip(reader->tree->text, reader->at);

	syn_diag(reader->tree, DIAG_ERROR, rest.p, reader->line,
		 "more than %u lines; the rest is not read", LIMIT_FILE_NODES);
	syn_add(reader->tree, SYN_BAD, rest, reader->line);
	reader->at = reader->tree->text.n;
}

bool
sh_peek(struct sh_reader *reader, struct syn_line *ret)
{
	struct syn_lines lines = {reader->tree->text, reader->at, reader->line};

	if (reader->tree->n_nodes >= LIMIT_FILE_NODES && reader->at < reader->tree->text.n) {
		give_up(reader);
		return false;
	}
	return syn_lines_peek(&lines, ret);
}

struct syn_node *
sh_take(struct sh_reader *reader, unsigned kind, struct syn_line line)
{
	reader->at += line.raw.n;
	reader->line++;
	return syn_add(reader->tree, kind, line.raw, line.line);
}

static bool
is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (i && c >= '0' && c <= '9')))
			return false;
	}
	return s.n > 0;
}

/* Splits NAME=VALUE; NAME+=VALUE is taken as unknown to us, not as an assignment. */
static bool
split_assign(struct span word, struct span *ret_name, struct span *ret_value)
{
	size_t at = span_find(word, '=');

	if (at == word.n || !is_name((struct span){word.p, at}))
		return false;
	*ret_name = (struct span){word.p, at};
	*ret_value = span_skip(word, at + 1);
	return true;
}

static bool
is_declaration(struct span word)
{
	static const char *const words[] = {"export", "readonly", "local", "declare", "typeset",
					    "-x",     "-r",       "-g",    ":"};

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (span_is(word, words[i]))
			return true;
	return false;
}

static bool
is_operator(struct span word)
{
	return operator_end(word.p, word.p + word.n) > word.p;
}

/* Only assignments, separators and "export NAME" on the line, at least one assignment. */
static bool
all_assignments(const struct tokens *tokens)
{
	bool any = false, declares = false;
	struct span name, value;

	for (size_t i = 0; i < tokens->n; i++) {
		struct span raw = tokens->v[i].raw;

		if (split_assign(raw, &name, &value))
			any = true;
		else if (is_declaration(raw))
			declares = true;
		else if (span_is(raw, ";"))
			declares = false;
		else if (!declares || !is_name(raw))
			return false;
	}
	return any;
}

static void
add_words(struct syn_tree *tree, struct syn_node *node, const struct tokens *tokens)
{
	for (size_t i = 0; i < tokens->n; i++) {
		struct span raw = tokens->v[i].raw, name, value;
		uint32_t line = tokens->v[i].line;

		if (node->n_words >= LIMIT_LINE_WORDS) {
			syn_diag(tree, DIAG_WARNING, raw.p, line,
				 "more than %u words on a line; the rest is not read",
				 LIMIT_LINE_WORDS);
			return;
		}
		if (node->kind != SH_ASSIGN)
			syn_word_add(tree, node, raw, unquote(tree->arena, raw), line);
		else if (split_assign(raw, &name, &value)) {
			syn_word_add(tree, node, name, name, line);
			syn_word_add(tree, node, value, unquote(tree->arena, value), line);
		}
	}
}

static uint32_t
count_lines(struct span s)
{
	uint32_t n = 0;

	for (const char *p = s.p, *end = s.p + s.n; (p = memchr(p, '\n', (size_t)(end - p))); p++)
		n++;
	return n;
}

/* Scans the logical line at the reader; false when a quote or here-document stays open. */
static bool
scan_line(struct sh_reader *reader, const char *end, struct scan *scan, struct tokens *tokens)
{
	struct syn_tree *tree = reader->tree;
	bool ok;

	*scan = (struct scan){.p = tree->text.p + reader->at, .end = end};
	tokens->n = 0;
	cut_line(tree->arena, scan, reader->line, tokens);
	if (scan->p < scan->end)
		scan->p++;
	ok = !scan->open;
	return skip_here_docs(scan, tree->arena) && ok;
}

void
sh_take_shell(struct sh_reader *reader)
{
	struct syn_tree *tree = reader->tree;
	const char *start = tree->text.p + reader->at;
	struct tokens tokens = {.v = reader->tokens, .cap = reader->cap_tokens};
	struct syn_node *node;
	struct syn_line first;
	struct scan scan;
	struct span raw;
	bool whole = false;

	if (!sh_peek(reader, &first))
		return;
	raw = span_trim(first.text);
	if (!raw.n || *raw.p == '#') {
		sh_take(reader, raw.n ? SYN_COMMENT : SYN_BLANK, first);
		return;
	}
	if (reader->again < FORGIVEN)
		whole = scan_line(reader, tree->text.p + tree->text.n, &scan, &tokens);
	if (!whole) {
		if (reader->again < FORGIVEN)
			syn_diag(tree, DIAG_WARNING, start, reader->line,
				 "a quote or here-document begins here and does not end");
		reader->again++;
		scan_line(reader, first.text.p + first.text.n, &scan, &tokens);
		scan.p = first.raw.p + first.raw.n;
	}
	raw = (struct span){start, (size_t)(scan.p - start)};
	node = syn_add(tree, all_assignments(&tokens) ? SH_ASSIGN : SH_LINE, raw, reader->line);
	add_words(tree, node, &tokens);
	reader->at += raw.n;
	reader->line += count_lines(raw);
	reader->tokens = tokens.v;
	reader->cap_tokens = tokens.cap;
}

/* Simple commands --------------------------------------------------------------------- */

static bool
is_separator(struct span raw)
{
	return is_operator(raw) && !memchr(raw.p, '<', raw.n) && !memchr(raw.p, '>', raw.n);
}

/* Words that stand before a command without being one. */
static bool
is_keyword(struct span word)
{
	static const char *const words[] = {"if",    "then",  "else", "elif", "fi", "do",   "done",
					    "while", "until", "!",    "{",    "}",  "time", "esac"};

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (span_is(word, words[i]))
			return true;
	return false;
}

/* Collects one command's words from *at up to the next separator. */
static void
collect(const struct syn_node *node, uint32_t *at, struct sh_command *command)
{
	struct span name, value;

	for (; *at < node->n_words; ++*at) {
		const struct syn_word *word = &node->words[*at];

		if (is_separator(word->raw))
			return;
		if (is_operator(word->raw)) {
			/* "2>&1" leaves "1" as the next token; a file name is one as well */
			if (*at + 1 < node->n_words && !is_operator(node->words[*at + 1].raw))
				++*at;
			continue;
		}
		if (command->n == 0 &&
		    (is_keyword(word->raw) || split_assign(word->raw, &name, &value)))
			continue;
		command->words[command->n++] = word;
	}
}

static uint32_t
words_to_separator(const struct syn_node *node, uint32_t from)
{
	uint32_t at = from;

	while (at < node->n_words && !is_separator(node->words[at].raw))
		at++;
	return at - from;
}

/* "start|restart)" is a pattern of a case: the word behind a parenthesis nobody opened. */
static uint32_t
skip_pattern(const struct syn_node *node)
{
	uint32_t depth = 0;

	for (uint32_t i = 0; i < node->n_words; i++) {
		depth += span_is(node->words[i].raw, "(");
		if (span_is(node->words[i].raw, ")") && depth-- == 0)
			return i + 1;
	}
	return 0;
}

bool
sh_next_command(struct sh_walk *walk, struct arena *arena, struct sh_command *ret)
{
	for (; walk->node < walk->tree->n_nodes; walk->node++, walk->word = 0) {
		const struct syn_node *node = &walk->tree->nodes[walk->node];

		if (node->kind != SH_LINE)
			continue;
		if (walk->word == 0)
			walk->word = skip_pattern(node);
		while (walk->word < node->n_words) {
			*ret = (struct sh_command){
				.words =
					arena_array(arena, words_to_separator(node, walk->word) + 1,
						    sizeof(*ret->words)),
				.node = node,
			};
			collect(node, &walk->word, ret);
			walk->word++;
			if (ret->n)
				return true;
		}
	}
	return false;
}

/* Variables --------------------------------------------------------------------------- */

/* A value longer than this is no path and no option: unknown. */
#define VALUE_BYTES 4096u

struct sh_vars
sh_vars_of(struct arena *arena, const char *script)
{
	return (struct sh_vars){.arena = arena,
				.map = map_of(arena),
				.script = script,
				.spent = arena_alloc(arena, sizeof(size_t))};
}

/* Unknown values are kept as a name without text, so that an older value is not used. */
struct value {
	const char *text;
};

void
sh_set(struct sh_vars *vars, const char *name, const char *text)
{
	struct value *value = arena_alloc(vars->arena, sizeof(*value));

	value->text = text;
	map_put_text(&vars->map, name, value);
}

const char *
sh_get(const struct sh_vars *vars, const char *name)
{
	const struct value *value = map_get_text(&vars->map, name);

	return value ? value->text : NULL;
}

void
sh_assign(struct sh_vars *vars, const struct syn_node *node)
{
	for (uint32_t i = 0; i + 1 < node->n_words; i += 2) {
		const char *name = span_dup(vars->arena, node->words[i].text);
		struct span raw = node->words[i + 1].raw;
		char *value = sh_expand(vars, raw);

		/* OPTS="$OPTS $1": what was known before is the better guess */
		if (value || !memmem(raw.p, raw.n, name, strlen(name)))
			sh_set(vars, name, value);
	}
}

/* Substitutions within substitutions: more than a person writes is unknown. */
#define EXPAND_DEPTH 6u
/* All values of one script together: "B=$A" on a million lines must not fill the memory. */
#define EXPAND_TOTAL ((size_t)16 << 20)

/* Text being put together; too much of it makes it unknown. */
struct text {
	char buf[VALUE_BYTES];
	size_t n;
	unsigned depth;
	bool unknown;
};

static char *expand(const struct sh_vars *vars, struct span raw, unsigned depth);

static void
put(struct text *out, const char *p, size_t n)
{
	if (out->n + n >= sizeof(out->buf)) {
		out->unknown = true;
		return;
	}
	memcpy(out->buf + out->n, p, n);
	out->n += n;
}

/* The value of a name, "" when unset, NULL when unknown. */
static const char *
lookup(const struct sh_vars *vars, struct span name)
{
	const struct value *value;

	if (span_is(name, "0"))
		return vars->script;
	if (!is_name(name))
		return NULL; /* $1, $@, $?, ...: only a running script knows */
	value = map_get_text(&vars->map, span_dup(vars->arena, name));
	return value ? value->text : "";
}

/* What stands between "${" and "}". */
static void
expand_braces(const struct sh_vars *vars, struct span inside, struct text *out)
{
	size_t n = 0;
	struct span rest;
	const char *value;

	while (n < inside.n && !strchr(":-+=?#%/^,", inside.p[n]) && inside.p[n])
		n++;
	value = lookup(vars, (struct span){inside.p, n});
	rest = span_skip(inside, n);
	if (!value) {
		out->unknown = true;
		return;
	}
	if (span_is(rest, "##*/"))
		value = text_basename(value);
	else if (rest.n && (span_starts(rest, ":-") || span_starts(rest, ":=") ||
			    span_starts(rest, "-") || span_starts(rest, "="))) {
		if (!*value) {
			char *other = expand(vars, span_skip(rest, *rest.p == ':' ? 2 : 1),
					     out->depth + 1);

			value = other ? other : "";
			out->unknown |= !other;
		}
	} else if (rest.n && (span_starts(rest, ":+") || span_starts(rest, "+"))) {
		char *other = *value ? expand(vars, span_skip(rest, *rest.p == ':' ? 2 : 1),
					      out->depth + 1)
				     : arena_dup(vars->arena, "");

		value = other ? other : "";
		out->unknown |= !other;
	} else if (rest.n)
		out->unknown = true;
	put(out, value, strlen(value));
}

/* A substitution at s.p[0] == '$'; gives the bytes it takes. */
static size_t
expand_dollar(const struct sh_vars *vars, struct span s, struct text *out)
{
	size_t n = 1;
	const char *value;

	if (s.n > 1 && s.p[1] == '{') {
		struct scan scan = {.p = s.p + 2, .end = s.p + s.n};

		skip_nested(&scan, '}');
		n = (size_t)(scan.p - s.p);
		if (scan.open)
			out->unknown = true;
		else
			expand_braces(vars, (struct span){s.p + 2, n - 3}, out);
		return n;
	}
	while (n < s.n && is_name((struct span){s.p + 1, 1}) &&
	       (s.p[n] == '_' || (s.p[n] >= '0' && s.p[n] <= '9') ||
		((s.p[n] | 32) >= 'a' && (s.p[n] | 32) <= 'z')))
		n++;
	if (n == 1 && s.n > 1)
		n = 2;
	value = n > 1 ? lookup(vars, (struct span){s.p + 1, n - 1}) : "$";
	if (value)
		put(out, value, strlen(value));
	else
		out->unknown = true;
	return n;
}

static char *
expand(const struct sh_vars *vars, struct span raw, unsigned depth)
{
	struct text out; /* not "= {0}": most values are short and the buffer is not */
	char quote = 0;

	if (!raw.n)
		return arena_dup(vars->arena, "");
	if (*vars->spent > EXPAND_TOTAL || raw.n >= VALUE_BYTES || depth > EXPAND_DEPTH ||
	    memchr(raw.p, '\0', raw.n))
		return NULL;
	out.n = 0;
	out.depth = depth;
	out.unknown = false;
	for (size_t i = 0; i < raw.n && !out.unknown; i++) {
		char c = raw.p[i];

		if (c == quote)
			quote = 0;
		else if (!quote && (c == '"' || c == '\''))
			quote = c;
		else if (c == '\\' && quote != '\'' && i + 1 < raw.n) {
			if (raw.p[++i] != '\n')
				put(&out, &raw.p[i], 1);
		} else if (c == '`' && quote != '\'')
			out.unknown = true;
		else if (c == '$' && quote != '\'')
			i += expand_dollar(vars, span_skip(raw, i), &out) - 1;
		else
			put(&out, &c, 1);
	}
	*vars->spent += out.n;
	return out.unknown ? NULL : arena_dupn(vars->arena, out.buf, out.n);
}

char *
sh_expand(const struct sh_vars *vars, struct span raw)
{
	return expand(vars, raw, 0);
}

const char **
sh_argv(const struct sh_vars *vars, const struct syn_word *const *words, size_t n)
{
	VEC(const char *) argv = {0};

	for (size_t i = 0; i < n; i++) {
		struct span raw = words[i]->raw, left, word;
		char *text = sh_expand(vars, raw);
		bool quoted = memchr(raw.p, '"', raw.n) || memchr(raw.p, '\'', raw.n);

		if (!text) {
			vec_push(vars->arena, &argv, span_dup(vars->arena, raw));
			continue;
		}
		if (quoted || !memchr(raw.p, '$', raw.n)) {
			vec_push(vars->arena, &argv, text);
			continue;
		}
		left = span_of(text);
		while (word = span_word(&left), word.n)
			vec_push(vars->arena, &argv, span_dup(vars->arena, word));
	}
	vec_push(vars->arena, &argv, NULL);
	return argv.v;
}
