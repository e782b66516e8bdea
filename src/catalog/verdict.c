/*
 * Conditions and verdicts.
 *
 *	condition: term { "or" term }      term: factor { "and" factor }
 *	factor: "not" factor | "(" condition ")" | FACT
 *
 * A fact nobody stated counts as false (POL-3: what nobody needs is off), but the answer tells
 * which one would have changed it.
 */
#include "base/limits.h"
#include "catalog/load.h"

struct walk {
	struct condition *condition;
	struct span rest, token;
	unsigned depth;
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static void
next(struct walk *walk)
{
	struct span *rest = &walk->rest;
	size_t n = 0;

	while (rest->n && is_space(rest->p[0]))
		*rest = span_skip(*rest, 1);
	if (rest->n && (rest->p[0] == '(' || rest->p[0] == ')'))
		n = 1;
	else
		while (n < rest->n && !is_space(rest->p[n]) && rest->p[n] != '(' &&
		       rest->p[n] != ')')
			n++;
	walk->token = (struct span){rest->p, n};
	*rest = span_skip(*rest, n);
}

static bool
fail(struct walk *walk, const char *why)
{
	if (!walk->condition->error) {
		walk->condition->error = why;
		walk->condition->error_at = walk->token;
	}
	walk->rest.n = 0;
	walk->token.n = 0;
	return false;
}

static bool condition_or(struct walk *walk);

static bool
is_word(struct span token)
{
	static const char *const own[] = {"and", "or", "not", "if", "else", "(", ")", NULL};

	for (const char *const *word = own; *word; word++)
		if (span_is(token, *word))
			return true;
	return false;
}

static bool
factor(struct walk *walk)
{
	bool yes;

	if (walk->depth >= LIMIT_CONDITION_DEPTH)
		return fail(walk, "conditions inside each other too deep");
	if (span_is(walk->token, "not")) {
		next(walk);
		walk->depth++;
		yes = !factor(walk);
		walk->depth--;
		return yes;
	}
	if (span_is(walk->token, "(")) {
		next(walk);
		walk->depth++;
		yes = condition_or(walk);
		walk->depth--;
		if (!span_is(walk->token, ")"))
			return fail(walk, "\")\" is missing");
		next(walk);
		return yes;
	}
	if (!walk->token.n)
		return fail(walk, "a fact is missing at the end");
	if (is_word(walk->token))
		return fail(walk, "a fact is missing here");
	yes = walk->condition->ask(walk->condition->ctx, walk->token);
	next(walk);
	return yes;
}

static bool
condition_and(struct walk *walk)
{
	bool yes = factor(walk);

	while (span_is(walk->token, "and")) {
		next(walk);
		yes &= factor(walk); /* every fact is asked: callers collect them */
	}
	return yes;
}

static bool
condition_or(struct walk *walk)
{
	bool yes = condition_and(walk);

	while (span_is(walk->token, "or")) {
		next(walk);
		yes |= condition_and(walk);
	}
	return yes;
}

bool
condition_eval(struct condition *condition, struct span text)
{
	struct walk walk = {.condition = condition, .rest = text};
	bool yes;

	next(&walk);
	yes = condition_or(&walk);
	if (walk.token.n && !condition->error)
		fail(&walk, "\"and\" or \"or\" is missing before this");
	return yes && !condition->error;
}

/* Verdict of an entry ----------------------------------------------------------------- */

/* A role that is stated settles the other roles. */
static enum fact
fact_of(const struct policy *policy, const char *name)
{
	enum fact fact = policy_fact(policy, name);

	if (fact == FACT_UNSAID && policy->role)
		for (const char *const *role = catalog_roles; *role; role++)
			if (text_is(*role, name))
				return FACT_NO;
	return fact;
}

#define MAX_UNSAID 32u

struct asked {
	const struct policy *policy;
	struct span assumed; /* take this one as true */
	bool assume_all;     /* take all that nobody stated as true */
	struct span unsaid[MAX_UNSAID];
	unsigned n_unsaid;
};

static bool
ask(void *ctx, struct span name)
{
	struct asked *asked = ctx;
	char text[64];
	enum fact fact;

	if (name.n >= sizeof(text))
		return false;
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	fact = fact_of(asked->policy, text);
	if (fact == FACT_UNSAID && asked->n_unsaid < MAX_UNSAID)
		asked->unsaid[asked->n_unsaid++] = name;
	if (fact == FACT_UNSAID)
		return asked->assume_all || span_is(asked->assumed, text);
	return fact == FACT_YES;
}

static const struct catalog_clause *
decide(const struct catalog_entry *entry, struct asked *asked)
{
	for (uint32_t i = 0; i < entry->n_verdicts; i++) {
		const struct catalog_clause *clause = &entry->verdicts[i];
		struct condition condition = {.ask = ask, .ctx = asked};

		if (!clause->condition || condition_eval(&condition, span_of(clause->condition)))
			return clause;
	}
	return NULL;
}

static bool
differs(const struct catalog_entry *entry, struct asked asked, enum verdict verdict)
{
	const struct catalog_clause *clause = decide(entry, &asked);

	return clause && clause->verdict != verdict;
}

static const char *
would_change(const struct catalog_entry *entry, const struct asked *first, enum verdict verdict)
{
	const struct policy *policy = first->policy;

	for (unsigned i = 0; i < first->n_unsaid; i++)
		if (differs(entry, (struct asked){.policy = policy, .assumed = first->unsaid[i]},
			    verdict))
			return fact_find(first->unsaid[i]);
	/* None alone, but together ("a and b"): begin with the first. */
	if (first->n_unsaid &&
	    differs(entry, (struct asked){.policy = policy, .assume_all = true}, verdict))
		return fact_find(first->unsaid[0]);
	return NULL;
}

enum verdict
catalog_verdict(const struct catalog_entry *entry, const struct policy *policy,
		const char **ret_condition, const char **ret_unsaid)
{
	struct asked asked = {.policy = policy};
	const struct catalog_clause *clause = decide(entry, &asked);
	enum verdict verdict = clause ? clause->verdict : VERDICT_DISABLE;

	if (ret_condition)
		*ret_condition = clause ? clause->condition : NULL;
	if (ret_unsaid)
		*ret_unsaid = would_change(entry, &asked, verdict);
	return verdict;
}
