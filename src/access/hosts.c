/*
 * hosts.allow and hosts.deny -> rules. Lines as libwrap 7.6.q reads them:
 * joined by a backslash before the end of line, '#' in the first column, fields
 * split at ':' outside of [ ]. See hosts_access(5).
 */
#include <errno.h>
#include <string.h>

#include "access/program.h"
#include "base/limits.h"

/* libwrap's buffer, its last byte a NUL. */
#define LINE_BYTES 2047u
/* With fewer rules no index is made: it would cost more than it saves. */
#define INDEX_RULES 8u

struct line {
	struct span text; /* joined; without its end */
	uint32_t number;  /* of its last line, as libwrap counts */
	bool whole;
};

struct reading {
	struct compile compile;
	VEC(struct rule) rules;
	bool in_deny;
};

/* Takes a line with all that it goes on with. */
static bool
line_next(struct reading *reading, struct span *text, uint32_t *number, struct line *ret)
{
	struct span head;
	char *joined = NULL;
	size_t n = 0;

	if (!text->n)
		return false;
	for (;;) {
		size_t end = span_find(*text, '\n');
		bool ended = end < text->n, goes_on;

		head = (struct span){text->p, end};
		*text = span_skip(*text, ended ? end + 1 : end);
		*number += ended;
		goes_on = ended && head.n && head.p[head.n - 1] == '\\';
		head.n -= goes_on;
		if (goes_on && !joined)
			joined = arena_alloc(reading->compile.arena, LINE_BYTES + 1);
		*ret = (struct line){head, *number, ended};
		if (!joined)
			break;
		if (n + head.n > LINE_BYTES || !ended) {
			ret->whole = false;
			break;
		}
		memcpy(joined + n, head.p, head.n);
		n += head.n;
		ret->text = (struct span){joined, n};
		if (!goes_on)
			break;
	}
	ret->whole = ret->whole && ret->text.n < LINE_BYTES &&
		     (!ret->text.n || !memchr(ret->text.p, '\0', ret->text.n));
	return true;
}

static bool
is_separator(char c)
{
	return c == ' ' || c == '\t' || c == ',' || c == '\r' || c == '@';
}

/* An IPv6 address without brackets is taken whole, so that its ':' splits
 * nothing: its bytes. */
static size_t
bare_v6(struct span text)
{
	struct net_prefix prefix;
	struct span run = text;
	size_t colons = 0;

	run.n = 0;
	while (run.n < text.n && text.p[run.n] &&
	       strchr("0123456789abcdefABCDEF:./", text.p[run.n]))
		colons += text.p[run.n++] == ':';
	if (colons < 2 || (run.n < text.n && !is_separator(text.p[run.n]) && text.p[run.n] != '\n'))
		return 0;
	if (net_prefix_parse(run, &prefix))
		return run.n;
	run.n -= run.p[run.n - 1] == ':';
	return net_prefix_parse(run, &prefix) ? run.n : 0;
}

/* Takes off what stands before the first ':' outside of brackets; false: there
 * is none. */
static bool
field_cut(struct span *text, struct span *ret)
{
	int depth = 0;

	for (size_t i = 0; i < text->n; i++) {
		char c = text->p[i];

		depth += c == '[' ? 1 : c == ']' ? -1 : 0;
		if (c != ':' || depth != 0)
			continue;
		*ret = (struct span){text->p, i};
		*text = span_skip(*text, i + 1);
		return true;
	}
	*ret = *text;
	*text = (struct span){0};
	return false;
}

/* The first address that should have brackets: the clients' field would be cut
 * in its middle. */
static bool
bare_find(struct span text, struct span field, struct span *ret)
{
	for (size_t i = 0; i <= field.n && i < text.n; i++) {
		size_t n = 0;

		if (i == 0 || is_separator(text.p[i - 1]))
			n = bare_v6(span_skip(text, i));
		if (n) {
			*ret = (struct span){text.p + i, n};
			return true;
		}
	}
	return false;
}

static const struct patterns *
everyone(struct compile *compile, enum difference difference, struct span text)
{
	struct patterns *list = arena_alloc(compile->arena, sizeof(*list) + sizeof(struct pattern));
	struct pattern *one = (struct pattern *)(list + 1);

	*one = pattern_doubt(compile, difference, text, NULL);
	*list = (struct patterns){.v = one, .n = 1};
	return list;
}

/* A line, or a file, of which nothing is known but that it is there. */
static void
rule_of_fault(struct reading *reading, enum difference difference, enum rule_verdict verdict,
	      struct span text)
{
	struct compile *compile = &reading->compile;
	const struct patterns *list = everyone(compile, difference, text);
	struct rule rule = {
		.text = span_dup(compile->arena, text),
		.file = compile->file,
		.line = compile->line,
		.daemons = *list,
		.clients = *list,
		.verdict = verdict,
		.in_deny = reading->in_deny,
		.difference = (uint8_t)difference,
	};

	vec_push(compile->scratch, &reading->rules, rule);
}

static void
rule_put(struct reading *reading, struct rule *rule)
{
	vec_push(reading->compile.scratch, &reading->rules, *rule);
}

static uint32_t
column(struct span text, struct span piece)
{
	return (uint32_t)(piece.p - text.p) + 1;
}

/* "2001:db8::/32": one rule refuses its net; another is what libwrap sees: a
 * list that ends in the middle of the address, and options that are none. */
static void
rules_of_bare(struct reading *reading, struct rule *rule, struct span text, struct span clients,
	      struct span bare)
{
	struct compile *compile = &reading->compile;

	rule->verdict = RULE_DENY;
	rule->difference = DIFFERENCE_BARE_V6;
	compile->col = column(text, bare);
	rule->clients = patterns_of(compile, bare, false);
	rule_put(reading, rule);
	clients.n = (size_t)(bare.p - clients.p);
	while (clients.n && clients.p[clients.n - 1] != ' ' && clients.p[clients.n - 1] != ',' &&
	       clients.p[clients.n - 1] != '\t')
		clients.n--;
	if (!span_trim(clients).n)
		return;
	rule->clients = patterns_of(compile, clients, false);
	rule_put(reading, rule);
}

static void
rule_read(struct reading *reading, struct span text)
{
	struct compile *compile = &reading->compile;
	struct rule rule = {
		.file = compile->file,
		.line = compile->line,
		.in_deny = reading->in_deny,
	};
	struct span daemons, clients, rest = text, from, bare;
	bool has_options;

	if (!field_cut(&rest, &daemons)) {
		rule_of_fault(reading, DIFFERENCE_COLON, RULE_DENY, text);
		return;
	}
	rule.text = arena_dupn(compile->arena, text.p,
			       text.n < LIMIT_MESSAGE ? text.n : LIMIT_MESSAGE - 1);
	rule.daemons = patterns_of(compile, daemons, true);
	from = rest;
	has_options = field_cut(&rest, &clients);
	if (bare_find(from, clients, &bare)) {
		rules_of_bare(reading, &rule, text, from, bare);
		return;
	}
	compile->col = column(text, from);
	rule.clients = patterns_of(compile, clients, false);
	compile->col = has_options ? column(text, rest) : 0;
	if (has_options && !options_read(compile, rest, &rule)) {
		rule.verdict = RULE_DENY;
		rule.difference = DIFFERENCE_OPTION;
		rule.command = NULL;
	}
	rule_put(reading, &rule);
}

static void
line_read(struct reading *reading, struct span text)
{
	struct span trimmed = span_trim(text);

	if (!trimmed.n || text.p[0] == '#')
		return;
	if (trimmed.p[0] == '#' && !memchr(text.p, ':', text.n)) {
		diag_add(reading->compile.diags, DIAG_WARNING, reading->compile.file,
			 reading->compile.line, 1,
			 "a comment must begin in the first column: with a ':' it is a rule");
		return;
	}
	rule_read(reading, text);
}

static void
text_read(struct reading *reading, struct span text)
{
	struct compile *compile = &reading->compile;
	struct line line;
	uint32_t number = 0;

	while (line_next(reading, &text, &number, &line)) {
		compile->line = line.number + !line.whole;
		compile->col = 1;
		if (!line.whole) {
			rule_of_fault(
				reading, DIFFERENCE_NEWLINE, RULE_BY_FILE,
				(struct span){line.text.p, line.text.n < 80 ? line.text.n : 80});
			return;
		}
		line_read(reading, line.text);
	}
}

static void
reading_starts(struct reading *reading, const char *path, bool in_deny)
{
	struct compile *compile = &reading->compile;

	reading->in_deny = in_deny;
	compile->file = arena_dup(compile->arena, path);
	compile->line = compile->col = 0;
}

static void
file_read(struct reading *reading, const char *path, bool in_deny)
{
	struct compile *compile = &reading->compile;
	struct span text;
	int r;

	reading_starts(reading, path, in_deny);
	compile_watch(compile, compile->file);
	r = root_read(compile->root, path, compile->arena, LIMIT_FILE_BYTES, &text);
	if (r == -ENOENT)
		return;
	compile->unread |= r == -EACCES;
	if (r < 0)
		rule_of_fault(reading, DIFFERENCE_UNREADABLE, RULE_DENY, span_of("(unreadable)"));
	else
		text_read(reading, text);
}

/* The nets a client must lie in for the rule to be looked at; false: anyone may
 * match. */
static bool
nets_of(const struct patterns *clients, struct index_builder *builder, uint32_t number)
{
	for (uint32_t i = 0; i < clients->n && clients->v[i].kind != PATTERN_EXCEPT; i++) {
		const struct pattern *pattern = &clients->v[i];

		if (pattern->has_user)
			pattern = &pattern->list->v[0];
		if (!pattern->net)
			return false;
		if (builder)
			index_add(builder, pattern->net->family, pattern->net->net,
				  pattern->net->bits, number);
	}
	return true;
}

static void
rules_index(struct access *access, struct compile *compile)
{
	struct index_builder *builder = index_builder_new(compile->scratch);
	uint32_t *general;

	if (access->n_rules < INDEX_RULES)
		return;
	general = arena_array(compile->scratch, access->n_rules, sizeof(*general));
	for (uint32_t i = 0; i < access->n_rules; i++) {
		const struct patterns *clients = &access->rules[i].clients;

		if (nets_of(clients, NULL, i))
			nets_of(clients, builder, i);
		else
			general[access->n_general++] = i;
	}
	if (!index_count(builder)) {
		access->n_general = 0;
		return;
	}
	access->general =
		memcpy(arena_array(compile->arena, access->n_general + 1, sizeof(*general)),
		       general, access->n_general * sizeof(*general));
	access->index = index_build(compile->arena, builder);
}

static struct access *
finish(struct reading *reading)
{
	struct compile *compile = &reading->compile;
	struct access *access = arena_alloc(compile->arena, sizeof(*access));
	struct watched *watched;

	access->n_rules = (uint32_t)reading->rules.n;
	access->rules = arena_array(compile->arena, reading->rules.n, sizeof(*access->rules));
	if (reading->rules.n)
		memcpy(access->rules, reading->rules.v, reading->rules.n * sizeof(*access->rules));
	access->root = *compile->root;
	access->unread = compile->unread;
	access->n_watched = (uint32_t)compile->watched.n;
	watched = arena_array(compile->arena, access->n_watched, sizeof(*watched));
	if (access->n_watched)
		memcpy(watched, compile->watched.v, access->n_watched * sizeof(*watched));
	access->watched = watched;
	rules_index(access, compile);
	arena_free(compile->scratch);
	return access;
}

struct access *
access_of_hosts(struct arena *arena, struct diags *diags, const struct root *root,
		const char *allow, const char *deny)
{
	struct reading reading = {
		.compile = {.arena = arena, .scratch = arena_new(), .diags = diags, .root = root},
	};

	file_read(&reading, allow, false);
	file_read(&reading, deny, true);
	return finish(&reading);
}

struct access *
access_of_text(struct arena *arena, struct diags *diags, const struct root *root, struct span allow,
	       struct span deny)
{
	struct reading reading = {
		.compile = {.arena = arena, .scratch = arena_new(), .diags = diags, .root = root},
	};

	reading_starts(&reading, "hosts.allow", false);
	text_read(&reading, allow);
	reading_starts(&reading, "hosts.deny", true);
	text_read(&reading, deny);
	return finish(&reading);
}
