/*
 * Deciding. The rules an address can match come in the files' order, from the index and from the
 * list of those that have no addresses; the first that matches decides (WRAP-1, WRAP-2).
 */
#include "access/access.h"

#include <string.h>

#include "access/program.h"

/* Numbers of rules worth a look, ascending. */
struct walk {
	struct index_list lists[INDEX_LISTS];
	unsigned n;
	uint32_t next, end; /* without an index: all */
};

static void
walk_start(const struct access *access, const struct access_client *client, struct walk *walk)
{
	struct net_addr plain = net_addr_unmap(&client->addr);

	walk->n = 0;
	walk->next = 0;
	/* Nobody knows in which nets an unknown address would lie. */
	walk->end = access->index && plain.family ? 0 : access->n_rules;
	if (walk->end || !access->index)
		return;
	walk->n = index_find(access->index, &plain, walk->lists);
	walk->lists[walk->n++] = (struct index_list){access->general, access->n_general, 0};
}

static bool
walk_next(struct walk *walk, uint32_t *ret)
{
	struct index_list *least = NULL;

	if (walk->next < walk->end) {
		*ret = walk->next++;
		return true;
	}
	for (unsigned i = 0; i < walk->n; i++)
		if (walk->lists[i].n && (!least || walk->lists[i].v[0] < least->v[0]))
			least = &walk->lists[i];
	if (!least)
		return false;
	*ret = *least->v++;
	least->n--;
	/* The same rule may stand in several lists. */
	for (unsigned i = 0; i < walk->n; i++)
		if (walk->lists[i].n && walk->lists[i].v[0] == *ret) {
			walk->lists[i].v++;
			walk->lists[i].n--;
		}
	return true;
}

/* What was met on the way to the decision. */
struct course {
	struct view view;
	bool no_allow;          /* a command failed in hosts.allow: it allows nothing any more */
	enum difference passed; /* an allowing rule that was passed over for a fault */
};

static bool
rule_denies(const struct rule *rule)
{
	return rule->verdict == RULE_DENY || (rule->verdict == RULE_BY_FILE && rule->in_deny);
}

static bool
rule_twists(const struct rule *rule)
{
	return rule->n_actions && rule->actions[rule->n_actions - 1].kind == ACTION_TWIST;
}

static enum match
rule_match(const struct rule *rule, struct view *view)
{
	enum match daemons = patterns_match_daemons(&rule->daemons, view), clients;

	if (daemons == MATCH_NO || daemons == MATCH_ASK)
		return daemons;
	clients = patterns_match_clients(&rule->clients, view);
	return clients == MATCH_YES ? daemons : clients;
}

/* What options will want to put into commands and banners. */
static bool
fact_missing(const struct rule *rule, const struct access_client *client, enum access_answer *ret)
{
	if ((rule->needs & (NEED_NAME | NEED_USER)) && client->name_is == ACCESS_UNASKED)
		*ret = ACCESS_NEED_NAME;
	else if ((rule->needs & NEED_LOCAL_NAME) && client->local_name_is == ACCESS_UNASKED)
		*ret = ACCESS_NEED_LOCAL_NAME;
	else if ((rule->needs & NEED_USER) && client->user_is == ACCESS_UNASKED)
		*ret = ACCESS_NEED_USER;
	else
		return false;
	return true;
}

/* A rule whose command decides whether it matches: in hosts.allow if it succeeds; in hosts.deny
 * unless it fails. */
enum command { COMMAND_ASK, COMMAND_YES, COMMAND_NO };

static enum command
command_says(const struct rule *rule, uint32_t number, const struct access_client *client)
{
	bool success = client->ran_is == ACCESS_KNOWN && client->ran_status == 0;
	bool failure = client->ran_is == ACCESS_KNOWN && client->ran_status != 0;

	if (client->ran_is == ACCESS_UNASKED || client->ran_rule < number)
		return COMMAND_ASK;
	if (client->ran_rule > number) /* had it not said no, that one would not have run */
		return COMMAND_NO;
	return (rule->in_deny ? !failure : success) ? COMMAND_YES : COMMAND_NO;
}

static void
verdict_say(const struct rule *rule, uint32_t number, const struct course *course,
	    enum access_answer answer, struct access_verdict *ret)
{
	enum difference difference = course->passed;

	if (course->view.difference)
		difference = course->view.difference;
	else if (rule->difference)
		difference = rule->difference;
	*ret = (struct access_verdict){
		.answer = answer,
		.refusal = answer == ACCESS_DENY ? REFUSAL_WRAP : REFUSAL_NONE,
		.file = rule->file,
		.line = rule->line,
		.rule = number,
		.text = rule->text,
		.why = rule->in_deny ? "first rule of hosts.deny that matches"
				     : "first rule of hosts.allow that matches",
		.actions = rule->actions,
		.n_actions = rule->n_actions,
		.command = answer == ACCESS_NEED_COMMAND ? rule->command : NULL,
	};
	if (rule_twists(rule) && answer == ACCESS_DENY)
		ret->why = "another command is run in place of the service";
	if (difference)
		ret->difference = access_differences[difference].id;
	if (course->view.difference || rule->difference)
		ret->why = access_differences[difference].says;
	if (rule->difference) {
		ret->actions = NULL;
		ret->n_actions = 0;
	}
}

/* Looks at one rule; true: this is the end, *ret says what. *ret_why is for people. */
static bool
rule_look(const struct access *access, uint32_t number, struct course *course,
	  struct access_verdict *ret, const char **ret_why)
{
	const struct rule *rule = &access->rules[number];
	const struct access_client *client = course->view.client;
	enum access_answer answer = rule_denies(rule) ? ACCESS_DENY : ACCESS_ALLOW;
	bool by_command = rule->command && rule->verdict == RULE_BY_FILE;
	enum match match;

	course->view.difference = DIFFERENCE_NONE;
	match = rule_match(rule, &course->view);
	*ret_why = "does not match";
	if (match == MATCH_NO)
		return false;
	if (match == MATCH_ASK) {
		verdict_say(rule, number, course, course->view.ask, ret);
		return true;
	}
	if (match == MATCH_YES)
		course->view.difference = DIFFERENCE_NONE;
	*ret_why = access_differences[course->view.difference].says;
	if (match == MATCH_MAYBE && answer == ACCESS_ALLOW) {
		course->passed = course->view.difference;
		course->no_allow |= by_command; /* libwrap may have asked it, and read no further */
		return false;
	}
	*ret_why = "a command failed further up: hosts.allow allows nothing any more";
	if (course->no_allow && !rule->in_deny && answer == ACCESS_ALLOW)
		return false;
	if (!rule->difference && fact_missing(rule, client, &answer)) {
		verdict_say(rule, number, course, answer, ret);
		return true;
	}
	if (by_command && command_says(rule, number, client) == COMMAND_NO) {
		*ret_why = "its command says no";
		course->no_allow |= !rule->in_deny;
		course->passed = DIFFERENCE_ACLEXEC;
		return false;
	}
	if (by_command && command_says(rule, number, client) == COMMAND_ASK)
		answer = ACCESS_NEED_COMMAND;
	else if (rule_twists(rule))
		answer = ACCESS_DENY;
	verdict_say(rule, number, course, answer, ret);
	*ret_why = ret->why;
	return true;
}

static void
no_rule(const struct course *course, struct access_verdict *ret)
{
	*ret = (struct access_verdict){.answer = ACCESS_ALLOW, .why = "no rule matches"};
	if (course->passed)
		ret->difference = access_differences[course->passed].id;
}

void
access_decide(const struct access *access, const char *daemon, const struct access_client *client,
	      struct access_verdict *ret)
{
	struct course course = {.view = view_of(daemon, client)};
	struct walk walk;
	const char *why;
	uint32_t number;

	if (access->lists) {
		lists_decide(access, client, ret);
		return;
	}
	walk_start(access, client, &walk);
	while (walk_next(&walk, &number))
		if (rule_look(access, number, &course, ret, &why))
			return;
	no_rule(&course, ret);
}

size_t
access_explain(const struct access *access, const char *daemon, const struct access_client *client,
	       struct arena *arena, struct access_step **ret, struct access_verdict *ret_verdict)
{
	struct course course = {.view = view_of(daemon, client)};
	VEC(struct access_step) steps = {0};
	struct walk walk;
	uint32_t number;
	bool done = false;

	if (access->lists) {
		lists_decide(access, client, ret_verdict);
		return lists_explain(access, client, arena, ret);
	}
	walk_start(access, client, &walk);
	while (!done && walk_next(&walk, &number)) {
		const struct rule *rule = &access->rules[number];
		struct access_step step = {rule->file, rule->line, rule->text, false, NULL};

		done = rule_look(access, number, &course, ret_verdict, &step.why);
		step.matched = done;
		if (done)
			step.why = ret_verdict->why;
		vec_push(arena, &steps, step);
	}
	if (!done)
		no_rule(&course, ret_verdict);
	*ret = steps.v;
	return steps.n;
}

uint32_t
access_rules(const struct access *access)
{
	return access->lists ? access->n_items : access->n_rules;
}
