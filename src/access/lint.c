/* See lint.h; what is worth saying follows tcpdchk(8), of which we say only what can be known. */
#include "access/lint.h"

#include <string.h>

#include "access/program.h"
#include "base/near.h"

struct linting {
	const struct access_lint *lint;
	struct diags *diags;
	const struct rule *rule;
};

static bool
is_edge(char c)
{
	return !c || strchr(", \t\r\n:", c);
}

/* Where in the rule the word stands, from 1. */
static uint32_t
column(const struct rule *rule, struct span word)
{
	for (const char *at = rule->text; word.n && (at = strchr(at, word.p[0])); at++)
		if (strncmp(at, word.p, word.n) == 0 && is_edge(at[word.n]) &&
		    (at == rule->text || is_edge(at[-1])))
			return (uint32_t)(at - rule->text) + 1;
	return 1;
}

static void
say(struct linting *l, struct span word, const char *text)
{
	diag_add(l->diags, DIAG_WARNING, l->rule->file, l->rule->line, column(l->rule, word),
		 "%.*s: %s", SPAN_ARG(word), text);
}

static bool
is_any_of(struct span word, const char *const *list)
{
	for (; *list; list++)
		if (span_is_nocase(word, *list))
			return true;
	return false;
}

/* What a name begins or ends with that it hardly should: of daemons and users alike. */
static bool
name_is_odd(struct linting *l, struct span name, const char *what)
{
	static const char *const reserved[] = {"UNKNOWN", "LOCAL", "PARANOID", "FAIL", NULL};
	const char *text = NULL;

	if (!name.n || strchr("@/.", name.p[0]))
		text = arena_printf(l->diags->arena, "%s begins with '%c'", what,
				    name.n ? name.p[0] : '@');
	else if (name.p[name.n - 1] == '.')
		text = arena_printf(l->diags->arena, "%s ends in '.'", what);
	else if (is_any_of(name, reserved))
		text = arena_printf(l->diags->arena, "%s may be a reserved word", what);
	if (text)
		say(l, name, text);
	return text != NULL;
}

/* WRAP-10: rules go by the name of the process, not by that of the service. */
static void
lint_daemon_name(struct linting *l, struct span name)
{
	const struct access_lint *lint = l->lint;
	struct near near = near_of(name);
	char hint[64];

	for (size_t i = 0; i < lint->n_daemons; i++) {
		if (span_is_nocase(name, lint->daemons[i].name))
			return;
		near_offer(&near, lint->daemons[i].name);
	}
	for (size_t i = 0; i < lint->n_daemons; i++)
		if (lint->daemons[i].service && span_is_nocase(name, lint->daemons[i].service)) {
			say(l, name,
			    arena_printf(l->diags->arena,
					 "this is the service's name; its process is %s",
					 lint->daemons[i].name));
			return;
		}
	say(l, name,
	    arena_printf(l->diags->arena, "no such process name in %s%s", lint->where,
			 near_hint(&near, hint, sizeof(hint))));
}

static bool
is_number(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

static void
lint_daemon(struct linting *l, const struct pattern *pattern)
{
	if (pattern->kind == PATTERN_DOUBT || pattern->kind == PATTERN_ALL ||
	    pattern->kind == PATTERN_EXCEPT)
		return;
	if (!name_is_odd(l, pattern->text, "daemon name") && pattern->kind == PATTERN_EXACT &&
	    l->lint->n_daemons && !is_number(pattern->text))
		lint_daemon_name(l, pattern->text);
}

static void
lint_host(struct linting *l, const struct pattern *pattern)
{
	static const char *const words[] = {"UNKNOWN", "PARANOID", NULL};

	if (!pattern->names)
		return;
	if (span_is_nocase(pattern->text, "FAIL"))
		say(l, pattern->text, "FAIL is no longer recognized (use EXCEPT or DENY instead)");
	else if (pattern->kind == PATTERN_PREFIX && !memchr("0123456789", pattern->text.p[0], 10))
		say(l, pattern->text, "domain or host name ends in '.'");
	else if (pattern->kind == PATTERN_EXACT && !is_any_of(pattern->text, words) &&
		 l->lint->host && !l->lint->host(span_dup(l->diags->arena, pattern->text)))
		say(l, pattern->text, "host not found");
}

static void
lint_client(struct linting *l, const struct pattern *pattern)
{
	static const char *const words[] = {"ALL", "KNOWN", "UNKNOWN", NULL};

	if (!pattern->has_user) {
		lint_host(l, pattern);
		return;
	}
	if (!is_any_of(pattern->text, words))
		name_is_odd(l, pattern->text, "user name");
	lint_host(l, &pattern->list->v[0]);
}

static void
lint_list(struct linting *l, const struct patterns *list,
	  void (*one)(struct linting *, const struct pattern *), const char *what)
{
	for (uint32_t i = 0; i < list->n; i++)
		one(l, &list->v[i]);
	if (list->n && list->v[list->n - 1].kind == PATTERN_EXCEPT)
		say(l, list->v[list->n - 1].text,
		    arena_printf(l->diags->arena, "%s list ends in EXCEPT", what));
}

static bool
is_all(const struct patterns *list)
{
	return list->n == 1 && list->v[0].kind == PATTERN_ALL && !list->v[0].has_user &&
	       !list->v[0].has_host;
}

static bool
ends_in_twist(const struct rule *rule)
{
	return rule->n_actions && rule->actions[rule->n_actions - 1].kind == ACTION_TWIST;
}

static void
lint_rule(struct linting *l)
{
	const struct rule *rule = l->rule;

	if (rule->difference == DIFFERENCE_COLON || rule->difference == DIFFERENCE_NEWLINE ||
	    rule->difference == DIFFERENCE_UNREADABLE)
		return;
	lint_list(l, &rule->daemons, lint_daemon, "daemon");
	lint_list(l, &rule->clients, lint_client, "client");
	if (l->lint->implicit && !rule->in_deny && rule->verdict == RULE_BY_FILE &&
	    !rule->difference && !ends_in_twist(rule))
		diag_add(l->diags, DIAG_WARNING, rule->file, rule->line, 1,
			 "implicit \"allow\" at end of rule");
}

void
access_lint(const struct access *access, const struct access_lint *lint, struct diags *diags)
{
	const struct rule *all = NULL;

	for (uint32_t i = 0; !access->lists && i < access->n_rules; i++) {
		struct linting l = {lint, diags, &access->rules[i]};

		if (all && all->in_deny == l.rule->in_deny)
			diag_add(diags, DIAG_WARNING, l.rule->file, l.rule->line, 1,
				 "never reached: line %u is for everyone", all->line);
		lint_rule(&l);
		if (is_all(&l.rule->daemons) && is_all(&l.rule->clients) && !l.rule->command)
			all = l.rule;
	}
}

/* Pieces for people ---------------------------------------------------------------------------- */

/* As libwrap splits: at ':' outside of brackets, or not after a backslash. */
static struct span
piece(struct span *text, bool option)
{
	struct span head = {text->p, 0};
	int depth = 0;

	while (head.n < text->n) {
		char c = text->p[head.n];

		if (option && c == '\\' && head.n + 1 < text->n && text->p[head.n + 1] == ':')
			head.n++;
		else if (!option)
			depth += c == '[' ? 1 : c == ']' ? -1 : 0;
		if (c == ':' && depth == 0)
			break;
		head.n++;
	}
	*text = span_skip(*text, head.n < text->n ? head.n + 1 : head.n);
	return span_trim(head);
}

/* Blanks and commas become one blank. */
static const char *
words(struct arena *arena, struct span text)
{
	char *out = arena_alloc(arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		bool gap = strchr(", \t\r\n", text.p[i]) != NULL;

		if (!gap)
			out[n++] = text.p[i];
		else if (n && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	return out;
}

struct access_rule
access_rule_at(const struct access *access, uint32_t i, struct arena *arena)
{
	const struct rule *rule = &access->rules[i];
	struct access_rule ret = {.file = rule->file, .line = rule->line};
	struct span text = span_of(rule->text);
	VEC(const char *) options = {0};
	bool denies =
		rule->verdict == RULE_DENY || (rule->verdict == RULE_BY_FILE && rule->in_deny);

	ret.daemons = words(arena, piece(&text, false));
	ret.clients = words(arena, piece(&text, false));
	while (text.n)
		vec_push(arena, &options, span_dup(arena, piece(&text, true)));
	vec_push(arena, &options, NULL);
	ret.options = options.v;
	ret.grants = denies ? "denied" : "granted";
	if (ends_in_twist(rule))
		ret.grants = "delegated";
	return ret;
}
