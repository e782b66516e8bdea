/* xinetd.conf as a tree, mistakes and all: see xinetd.h. */
#include "syntax/xinetd.h"

#include <string.h>
#include <syslog.h>

#include "base/attr.h"
#include "base/limits.h"

enum state { TOP, WANT_OPEN, IN_SECTION, SKIPPING };

struct reader {
	struct syn_tree *tree;
	struct syn_lines lines;
	enum state state;
	int32_t section; /* node index, -1 at top level */
	bool defaults;
};

static bool
is_space(char c) /* isspace(3) in the C locale */
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct span
skip_space(struct span s)
{
	while (s.n && is_space(s.p[0]))
		s = span_skip(s, 1);
	return s;
}

/* The line holds that one byte and space. */
static bool
is_lone(struct span text, char c)
{
	text = skip_space(text);
	return text.n && text.p[0] == c && !skip_space(span_skip(text, 1)).n;
}

static struct syn_node *
add(struct reader *r, unsigned kind, struct syn_line line)
{
	struct syn_node *node = syn_add(r->tree, kind, line.raw, line.line);

	node->parent = r->section;
	return node;
}

static void
go_top(struct reader *r)
{
	r->state = TOP;
	r->section = -1;
}

/* A line that cannot be understood; from here on xinetd skips to the next lone "}". */
static void
add_bad(struct reader *r, struct syn_line line, const char *text)
{
	add(r, SYN_BAD, line);
	syn_diag(r->tree, DIAG_ERROR, skip_space(line.text).p, line.line,
		 "%s; xinetd skips all up to the next '}'", text);
	r->state = SKIPPING;
}

/* Comments ---------------------------------------------------------------------------- */

static struct span
comment_text(struct span line)
{
	line = skip_space(line);
	while (line.n && line.p[0] == '#')
		line = span_skip(line, 1);
	return span_trim(line);
}

static bool
is_header(struct span text)
{
	return span_starts(text, "default:") || span_starts(text, "description:");
}

/*
 * A description goes on after a backslash (chkconfig(8)), and in many packages' files simply
 * with the next line of comment.
 */
static void
add_header(struct reader *r, struct syn_line line)
{
	struct syn_tree *tree = r->tree;
	struct syn_node *node = add(r, XINETD_HEADER, line);
	struct span value = comment_text(line.text), raw, key = span_cut(&value, ':');
	char text[LIMIT_MESSAGE * 4];
	size_t n = 0, room = sizeof(text);
	bool description = span_is(key, "description");

	syn_word_add(tree, node, key, key, line.line);
	raw = value = span_trim(value);
	for (;;) {
		if (span_ends(value, "\\"))
			value = span_trim((struct span){value.p, value.n - 1});
		if (n && value.n && n < room - 1)
			text[n++] = ' ';
		if (value.n > room - 1 - n)
			value.n = room - 1 - n;
		if (value.n)
			memcpy(text + n, value.p, value.n);
		n += value.n;
		if (!description || !syn_lines_peek(&r->lines, &line) ||
		    !span_starts(skip_space(line.text), "#"))
			break;
		value = comment_text(line.text);
		if (!value.n || is_header(value))
			break;
		(void)syn_lines_next(&r->lines, &line);
		syn_extend(node, line.raw);
	}
	syn_word_add(tree, node, raw, (struct span){arena_dupn(tree->arena, text, n), n},
		     node->line);
}

/* Sections ---------------------------------------------------------------------------- */

/* Words between blanks and tabs; other space is part of a word, as in xinetd. */
static void
split(struct reader *r, struct syn_node *node, struct syn_line line)
{
	syn_words_split(r->tree, node, line);
}

static const struct {
	const char *word;
	enum xinetd_kind kind;
} keywords[] = {
	{"service", XINETD_SERVICE},
	{"defaults", XINETD_DEFAULTS},
	{"include", XINETD_INCLUDE},
	{"includedir", XINETD_INCLUDEDIR},
};

static void
parse_top(struct reader *r, struct syn_line line)
{
	struct span rest = line.text, word = span_word(&rest);
	struct syn_node *node;
	unsigned kind = SYN_BAD;

	for (size_t i = 0; i < COUNT_OF(keywords); i++)
		if (span_is_nocase(word, keywords[i].word))
			kind = keywords[i].kind;
	if (kind == SYN_BAD) {
		add_bad(r, line, "not a service, defaults, include or includedir line");
		return;
	}
	if (kind != XINETD_DEFAULTS && !span_word(&rest).n) {
		add_bad(r, line, "a name is missing");
		return;
	}
	node = add(r, kind, line);
	split(r, node, line);
	if (kind == XINETD_INCLUDE || kind == XINETD_INCLUDEDIR)
		return;
	r->section = (int32_t)(r->tree->n_nodes - 1);
	r->defaults = kind == XINETD_DEFAULTS;
	r->state = WANT_OPEN;
}

/*
 * "name op value...": space must stand between name and operator, none is needed after it.
 * Gives what is wrong, or NULL.
 */
static const char *
parse_attribute(struct reader *r, struct syn_line line)
{
	struct span rest = skip_space(line.text), name = rest, op;
	struct syn_node *node;

	for (name.n = 0; name.n < rest.n && !is_space(rest.p[name.n]) && rest.p[name.n] != '=';)
		name.n++;
	rest = span_skip(rest, name.n);
	if (rest.n && rest.p[0] == '=')
		return "an attribute needs a space before its operator";
	op = rest = skip_space(rest);
	op.n = rest.n && rest.p[0] == '=' ? 1 : 2;
	if (!rest.n)
		return "nothing after the attribute's name";
	if (op.n == 2 && !span_starts(rest, "+=") && !span_starts(rest, "-="))
		return "no operator (=, += or -=) after the attribute's name";
	node = add(r, XINETD_ATTRIBUTE, line);
	syn_word_add(r->tree, node, name, name, line.line);
	syn_word_add(r->tree, node, op, op, line.line);
	line.text = span_skip(rest, op.n);
	split(r, node, line);
	return NULL;
}

static void
parse_inside(struct reader *r, struct syn_line line)
{
	const char *why;

	if (is_lone(line.text, '}')) {
		add(r, XINETD_CLOSE, line);
		go_top(r);
		return;
	}
	why = parse_attribute(r, line);
	if (!why)
		return;
	add_bad(r, line, why);
	/*
	 * After a mistake in "defaults" xinetd goes on as if the section had ended: the next
	 * attribute then is a line it does not know, or, when there is none, the "}" itself is,
	 * and what it skips is the next service.
	 */
	if (r->defaults)
		go_top(r);
}

static void
parse_line(struct reader *r, struct syn_line line)
{
	struct span text = skip_space(line.text);

	if (!text.n) {
		add(r, SYN_BLANK, line);
	} else if (text.p[0] == '#') {
		if (is_header(comment_text(text)))
			add_header(r, line);
		else
			add(r, SYN_COMMENT, line);
	} else if (r->state == TOP) {
		parse_top(r, line);
	} else if (r->state == IN_SECTION) {
		parse_inside(r, line);
	} else if (r->state == SKIPPING && is_lone(text, '}')) {
		add(r, XINETD_CLOSE, line);
		go_top(r);
	} else if (r->state == SKIPPING) {
		add(r, SYN_BAD, line);
	} else if (is_lone(text, '{')) {
		add(r, XINETD_OPEN, line);
		r->state = IN_SECTION;
	} else {
		add_bad(r, line, "'{' is missing, alone on the line after the section's name");
	}
}

static void
parse(struct syn_tree *tree)
{
	struct reader r = {.tree = tree, .lines = syn_lines_of(tree->text), .section = -1};
	struct syn_line line;

	while (syn_lines_next(&r.lines, &line)) {
		/* xinetd's strings end at a NUL. */
		line.text.n = span_find(line.text, '\0');
		if (line.text.n > span_find(line.text, '\n'))
			line.text.n = span_find(line.text, '\n');
		parse_line(&r, line);
	}
	if (r.state != TOP && tree->n_nodes)
		syn_diag(tree, DIAG_ERROR, NULL, r.lines.line - 1,
			 "the file ends inside a section: '}' is missing");
}

/* Attributes -------------------------------------------------------------------------- */

#define S XINETD_IN_SERVICE
#define D XINETD_IN_DEFAULTS
#define LS (XINETD_IN_SERVICE | XINETD_LIST_IN_SERVICE)
#define LD (XINETD_IN_DEFAULTS | XINETD_LIST_IN_DEFAULTS)

static const struct xinetd_attr_row rows[] = {
	{"socket_type", XINETD_SOCKET_TYPE, S, 1},
	{"protocol", XINETD_PROTOCOL, S, 1},
	{"wait", XINETD_WAIT, S, 1},
	{"user", XINETD_USER, S, 1},
	{"group", XINETD_GROUP, S, 1},
	{"server", XINETD_SERVER, S, 1},
	{"server_args", XINETD_SERVER_ARGS, S, 0},
	{"instances", XINETD_INSTANCES, S | D, 1},
	{"log_on_success", XINETD_LOG_ON_SUCCESS, LS | LD, 0},
	{"log_on_failure", XINETD_LOG_ON_FAILURE, LS | LD, 0},
	{"log_type", XINETD_LOG_TYPE, S | LD, 0},
	{"only_from", XINETD_ONLY_FROM, LS | LD, 0},
	{"no_access", XINETD_NO_ACCESS, LS | LD, 0},
	{"access_times", XINETD_ACCESS_TIMES, S, 0},
	{"type", XINETD_TYPE, S, 0},
	{"rpc_version", XINETD_RPC_VERSION, S, 1},
	{"rpc_number", XINETD_RPC_NUMBER, S, 1},
	{"id", XINETD_ID, S, 1},
	{"env", XINETD_ENV, LS, 0},
	{"port", XINETD_PORT, S, 1},
	{"passenv", XINETD_PASSENV, LS | LD, 0},
	{"flags", XINETD_FLAGS, S, 0},
	{"nice", XINETD_NICE, S, 1},
	{"redirect", XINETD_REDIRECT, S, 2},
	{"banner", XINETD_BANNER, S | D, 1},
	{"bind", XINETD_BIND, S | D, 1},
	{"interface", XINETD_BIND, S | D, 1},
	{"per_source", XINETD_PER_SOURCE, S | D, 1},
	{"groups", XINETD_GROUPS, S | D, 1},
	{"banner_success", XINETD_BANNER_SUCCESS, S | D, 1},
	{"banner_fail", XINETD_BANNER_FAIL, S | D, 1},
	{"cps", XINETD_CPS, S | D, 2},
	{"disable", XINETD_DISABLE, S, 1},
	{"max_load", XINETD_MAX_LOAD, S | D, 1},
	{"rlimit_as", XINETD_RLIMIT_AS, S, 1},
	{"rlimit_cpu", XINETD_RLIMIT_CPU, S, 1},
	{"rlimit_data", XINETD_RLIMIT_DATA, S, 1},
	{"rlimit_files", XINETD_RLIMIT_FILES, S, 1},
	{"rlimit_rss", XINETD_RLIMIT_RSS, S, 1},
	{"rlimit_stack", XINETD_RLIMIT_STACK, S, 1},
	{"v6only", XINETD_V6ONLY, S | D, 1},
	{"deny_time", XINETD_DENY_TIME, S, 1},
	{"umask", XINETD_UMASK, S | D, 1},
	{"libwrap", XINETD_LIBWRAP, S, 1},
	{"disabled", XINETD_DISABLED, LD, 0},
	{"enabled", XINETD_ENABLED, LD, 0},
};

#undef S
#undef D
#undef LS
#undef LD

const struct xinetd_attr_row *
xinetd_attr_find(struct span name, bool in_defaults)
{
	unsigned where = in_defaults ? XINETD_IN_DEFAULTS : XINETD_IN_SERVICE;

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if ((rows[i].where & where) && span_is_nocase(name, rows[i].name))
			return &rows[i];
	return NULL;
}

const char *
xinetd_attr_name(enum xinetd_attr attr)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].attr == attr)
			return rows[i].name;
	return "?";
}

struct xinetd_setting
xinetd_setting_of(const struct syn_node *node)
{
	struct span op = node->words[1].text;

	return (struct xinetd_setting){
		.name = node->words[0].text,
		.op = op.p[0] == '+'   ? XINETD_ADD
		      : op.p[0] == '-' ? XINETD_REMOVE
				       : XINETD_SET,
		.values = node->words + 2,
		.n_values = node->n_words - 2,
	};
}

static const struct xinetd_word types[] = {
	{"RPC", XINETD_RPC},           {"INTERNAL", XINETD_INTERNAL},
	{"UNLISTED", XINETD_UNLISTED}, {"SPECIAL", XINETD_SPECIAL},
	{"TCPMUX", XINETD_TCPMUX},     {"TCPMUXPLUS", XINETD_TCPMUXPLUS},
};

static const struct xinetd_word flags[] = {
	{"REUSE", XINETD_REUSE},
	{"INTERCEPT", XINETD_INTERCEPT},
	{"NORETRY", XINETD_NORETRY},
	{"IDONLY", XINETD_IDONLY},
	{"NAMEINARGS", XINETD_NAMEINARGS},
	{"NODELAY", XINETD_NODELAY},
	{"KEEPALIVE", XINETD_KEEPALIVE},
	{"NOLIBWRAP", XINETD_NOLIBWRAP},
	{"SENSOR", XINETD_SENSOR},
	{"IPv4", XINETD_IPV4},
	{"IPv6", XINETD_IPV6},
	{"LABELED", XINETD_LABELED},
};

static const struct xinetd_word sockets[] = {
	{"stream", XINETD_STREAM},
	{"dgram", XINETD_DGRAM},
	{"raw", XINETD_RAW},
	{"seqpacket", XINETD_SEQPACKET},
};

static const struct xinetd_word facilities[] = {
	{"daemon", LOG_DAEMON + 1}, {"auth", LOG_AUTH + 1},     {"authpriv", LOG_AUTHPRIV + 1},
	{"user", LOG_USER + 1},     {"mail", LOG_MAIL + 1},     {"lpr", LOG_LPR + 1},
	{"news", LOG_NEWS + 1},     {"uucp", LOG_UUCP + 1},     {"ftp", LOG_FTP + 1},
	{"local0", LOG_LOCAL0 + 1}, {"local1", LOG_LOCAL1 + 1}, {"local2", LOG_LOCAL2 + 1},
	{"local3", LOG_LOCAL3 + 1}, {"local4", LOG_LOCAL4 + 1}, {"local5", LOG_LOCAL5 + 1},
	{"local6", LOG_LOCAL6 + 1}, {"local7", LOG_LOCAL7 + 1},
};
static const struct xinetd_word levels[] = {
	{"emerg", LOG_EMERG + 1}, {"alert", LOG_ALERT + 1},     {"crit", LOG_CRIT + 1},
	{"err", LOG_ERR + 1},     {"warning", LOG_WARNING + 1}, {"notice", LOG_NOTICE + 1},
	{"info", LOG_INFO + 1},   {"debug", LOG_DEBUG + 1},
};

const struct xinetd_words xinetd_types = {types, COUNT_OF(types)};
const struct xinetd_words xinetd_flags = {flags, COUNT_OF(flags)};
const struct xinetd_words xinetd_socket_types = {sockets, COUNT_OF(sockets)};
const struct xinetd_words xinetd_facilities = {facilities, COUNT_OF(facilities)};
const struct xinetd_words xinetd_levels = {levels, COUNT_OF(levels)};

unsigned
xinetd_word_find(const struct xinetd_words *words, struct span name)
{
	for (size_t i = 0; i < words->n; i++)
		if (span_is_nocase(name, words->v[i].name))
			return words->v[i].value;
	return 0;
}

static const char *const kinds[] = {"service", "defaults",   "open",   "attribute", "close",
				    "include", "includedir", "header", NULL};

const struct syn_format syn_format_xinetd = {
	.name = "xinetd",
	.doc = "xinetd.conf and the files of its includedir",
	.kinds = kinds,
	.parse = parse,
};
