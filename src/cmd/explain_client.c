/*
 * See explain_client.h. Offline the configuration is read as gatehoused would; live the server is
 * asked with its present counts. Names are looked up here in either case, and believed only when
 * they lead back to the address.
 */
#include "cmd/explain_client.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/limits.h"
#include "cmd/control.h"
#include "conf/lookup_root.h"
#include "conf/reading.h"
#include "engine/oracle.h"
#include "report/jsonout.h"
#include "report/safe.h"
#include "wrap/facts.h"

struct inquiry {
	const struct cmd *cmd;
	const struct explain_client *asked;
	struct arena *arena;
	struct access_client client;
	int64_t at;
	struct root root;
	struct conf_lookup lookup;
	struct serve *serve;
	const struct service *service;
	struct oracle_step *steps;
	size_t n;
};

/* When ----------------------------------------------------------------------------------- */

/* The next such minute from now on; a weekday alone moves the day on. */
static bool
time_of_week(const char *text, const char *form, struct tm *tm)
{
	struct tm got = {.tm_wday = -1};
	const char *end = strptime(text, form, &got);

	if (!end || *end)
		return false;
	if (got.tm_wday >= 0)
		tm->tm_mday += (got.tm_wday - tm->tm_wday + 7) % 7;
	tm->tm_hour = got.tm_hour;
	tm->tm_min = got.tm_min;
	tm->tm_sec = 0;
	return true;
}

static bool
take_time(const char *text, int64_t *ret)
{
	static const char *const of_week[] = {"%H:%M", "%a %H:%M"};
	static const char *const exact[] = {"%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M",
					    "%Y-%m-%dT%H:%M:%S"};
	time_t now = time(NULL);
	bool found = false;
	struct tm tm;

	*ret = now;
	if (!text)
		return true;
	localtime_r(&now, &tm);
	for (size_t i = 0; i < COUNT_OF(of_week) && !found; i++)
		found = time_of_week(text, of_week[i], &tm);
	for (size_t i = 0; i < COUNT_OF(exact) && !found; i++) {
		struct tm got = {.tm_isdst = -1};
		const char *end = strptime(text, exact[i], &got);

		found = end && !*end;
		if (found)
			tm = got;
	}
	tm.tm_isdst = -1;
	*ret = mktime(&tm);
	return found;
}

/* Who ------------------------------------------------------------------------------------ */

static void
look_up(struct arena *arena, const struct net_addr *addr, enum access_fact *ret_is,
	const char **ret, bool *ret_liar)
{
	char name[256];

	*ret_is = ACCESS_UNKNOWN;
	*ret_liar = false;
	if (!addr->family || !wrap_name(addr, LIMIT_NAME_WAIT_MS, name, ret_liar))
		return;
	*ret_is = ACCESS_KNOWN;
	*ret = arena_dup(arena, name);
}

static int
take_facts(struct inquiry *q)
{
	const struct explain_client *asked = q->asked;

	if (!net_addr_parse(span_of(asked->from), &q->client.addr))
		return cmd_usage_error(q->cmd, "no address: '%s'", asked->from);
	q->client.addr = net_addr_unmap(&q->client.addr);
	if (asked->to && !net_addr_parse(span_of(asked->to), &q->client.local))
		return cmd_usage_error(q->cmd, "no address: '%s'", asked->to);
	q->client.local = net_addr_unmap(&q->client.local);
	if (asked->name) {
		q->client.name_is = ACCESS_KNOWN;
		q->client.name = asked->name;
	}
	if (asked->user) {
		q->client.user_is = ACCESS_KNOWN;
		q->client.user = asked->user;
	}
	if (!take_time(asked->at, &q->at))
		return cmd_usage_error(q->cmd,
				       "no time '%s': HH:MM, \"Sat HH:MM\" or \"YYYY-MM-DD HH:MM\"",
				       asked->at);
	return CMD_FINE;
}

/* Gets a fact that a rule needs. False: there is nobody to ask. */
static bool
get_fact(struct inquiry *q, enum access_answer need)
{
	struct access_client *c = &q->client;
	bool liar;

	if (need == ACCESS_NEED_NAME && c->name_is == ACCESS_UNASKED) {
		look_up(q->arena, &c->addr, &c->name_is, &c->name, &c->liar);
	} else if (need == ACCESS_NEED_LOCAL_NAME && c->local_name_is == ACCESS_UNASKED) {
		look_up(q->arena, &c->local, &c->local_name_is, &c->local_name, &liar);
	} else if (need == ACCESS_NEED_USER && c->user_is == ACCESS_UNASKED) {
		/* Only while the client is connected could its ident server be asked. */
		c->user_is = ACCESS_UNKNOWN;
	} else {
		return false;
	}
	return true;
}

/* Offline -------------------------------------------------------------------------------- */

static const struct service *
find_service(const struct serve *serve, const char *name)
{
	for (size_t i = 0; i < serve->n; i++)
		if (strcasecmp(serve->v[i]->id, name) == 0)
			return serve->v[i];
	for (size_t i = 0; i < serve->n; i++)
		if (strcasecmp(serve->v[i]->name, name) == 0)
			return serve->v[i];
	return NULL;
}

static void
tell_mistakes(struct inquiry *q)
{
	const struct diags *diags = &q->serve->diags;

	for (size_t i = 0; i < diags->n; i++)
		if (diags->v[i].level >= DIAG_ERROR)
			fprintf(stderr, "gatehouse: %s\n", diag_line(q->arena, &diags->v[i]));
}

/* NULL-terminated; none = the usual ones. */
static const char *const *
files_here(struct inquiry *q)
{
	const char *const *files = q->asked->files;
	const char **here;
	size_t n = 0;

	while (files && files[n])
		n++;
	here = arena_array(q->arena, n + 1, sizeof(*here));
	for (size_t i = 0; i < n; i++)
		here[i] = cmd_file_here(q->arena, q->asked->root, files[i]);
	return here;
}

static int
load(struct inquiry *q)
{
	struct conf_options options = {.root = &q->root,
				       .lookup = &conf_lookup_live,
				       .files = files_here(q),
				       .dialect = q->asked->dialect,
				       .privileged = true};
	struct err err;

	if (root_open(&q->root, q->asked->root, &err) < 0) {
		fprintf(stderr, "gatehouse: %s\n", err.text);
		return CMD_USAGE;
	}
	if (!q->root.live) {
		q->lookup = conf_lookup_root(&q->root, q->arena);
		options.lookup = &q->lookup;
	}
	if (conf_load(&options, &q->serve, &err) < 0) {
		fprintf(stderr, "gatehouse: %s\n", err.text);
		return CMD_USAGE;
	}
	tell_mistakes(q);
	q->service = find_service(q->serve, q->asked->service);
	if (q->service)
		return CMD_FINE;
	fprintf(stderr, "gatehouse: no service '%s' is served; see gatehouse check\n",
		safe_text(q->arena, q->asked->service));
	return CMD_USAGE;
}

static int
ask_offline(struct inquiry *q)
{
	const struct oracle oracle = {.serve = q->serve,
				      .service = q->service,
				      .client = &q->client,
				      .at = q->at,
				      .processes = -1};

	q->n = oracle_ask(&oracle, q->arena, &q->steps);
	return CMD_FINE;
}

/* Live ----------------------------------------------------------------------------------- */

static const char *
text_of(struct inquiry *q, json_t *object, const char *key)
{
	return arena_dup(q->arena, json_string_value(json_object_get(object, key)));
}

static void
take_steps(struct inquiry *q, json_t *list)
{
	q->n = json_array_size(list);
	q->steps = arena_array(q->arena, q->n, sizeof(*q->steps));
	for (size_t i = 0; i < q->n; i++) {
		json_t *from = json_array_get(list, i);
		struct oracle_step *step = &q->steps[i];
		json_int_t refusal = json_integer_value(json_object_get(from, "refusal"));
		const char *says = text_of(q, from, "says");

		step->says = ORACLE_REFUSES;
		for (enum oracle_says s = ORACLE_PASSES; s <= ORACLE_UNSEEN; s++)
			if (text_is(says, oracle_says_name(s)))
				step->says = s;
		step->refusal =
			refusal > 0 && refusal < REFUSAL_N ? (enum refusal)refusal : REFUSAL_NONE;
		step->answer =
			(enum access_answer)json_integer_value(json_object_get(from, "answer"));
		step->check = text_of(q, from, "check");
		step->file = text_of(q, from, "file");
		step->line = (uint32_t)json_integer_value(json_object_get(from, "line"));
		step->rule = text_of(q, from, "rule");
		step->why = text_of(q, from, "why");
	}
}

static const char *
fact(struct inquiry *q, const char *key, enum access_fact is, const char *text)
{
	return is == ACCESS_UNASKED
		       ? ""
		       : arena_printf(q->arena, " %s=%s", key, is == ACCESS_KNOWN ? text : "-");
}

static bool
one_word(const char *text)
{
	return !text || (!strpbrk(text, " \t\r\n") && *text);
}

static int
ask_live(struct inquiry *q)
{
	const struct access_client *c = &q->client;
	char text[NET_ADDR_TEXT], local[NET_ADDR_TEXT];
	json_t *answer;
	int status;

	if (!one_word(q->asked->service) || !one_word(c->name) || !one_word(c->user))
		return cmd_usage_error(q->cmd, "names have no blanks");
	answer =
		control_ask(q->asked->control,
			    arena_printf(q->arena, "decide %s %s at=%lld%s%s%s%s",
					 q->asked->service, net_addr_text(&c->addr, text),
					 (long long)q->at, c->local.family ? " to=" : "",
					 c->local.family ? net_addr_text(&c->local, local) : "",
					 c->liar ? " name=!" : fact(q, "name", c->name_is, c->name),
					 fact(q, "user", c->user_is, c->user)),
			    &status);
	if (!answer)
		return status == CMD_FINDINGS ? CMD_USAGE : status;
	take_steps(q, json_object_get(answer, "steps"));
	json_decref(answer);
	return CMD_FINE;
}

/* The answer ----------------------------------------------------------------------------- */

static const char *
verdict(const struct oracle_step *step)
{
	if (!step)
		return "allowed";
	return step->says == ORACLE_REFUSES ? "refused" : "open";
}

static void
print_table(struct inquiry *q, const struct oracle_step *decides)
{
	printf("%s from %s: %s%s%s\n", safe_text(q->arena, q->asked->service),
	       safe_text(q->arena, q->asked->from), verdict(decides), decides ? ", " : "",
	       decides && decides->refusal ? refusal_says(decides->refusal)
	       : decides                   ? decides->why
					   : "");
	for (size_t i = 0; i < q->n; i++) {
		const struct oracle_step *step = &q->steps[i];

		printf("  %-12s %-7s %s", step->check, oracle_says_name(step->says),
		       safe_text(q->arena, step->why));
		if (step->file)
			printf("\n  %20s %s:%u%s%s", "", safe_text(q->arena, step->file),
			       step->line, step->rule ? "  " : "", safe_text(q->arena, step->rule));
		putchar('\n');
	}
}

static void
print_json(struct inquiry *q, const struct oracle_step *decides)
{
	struct jsonout json = jsonout_to(stdout);

	jsonout_open(&json, NULL, '{');
	jsonout_number(&json, "schema", 1);
	jsonout_text(&json, "service", q->asked->service);
	jsonout_text(&json, "from", q->asked->from);
	jsonout_text(&json, "name", q->client.name);
	jsonout_text(&json, "user", q->client.user);
	jsonout_number(&json, "at", q->at);
	jsonout_bool(&json, "live", q->asked->live);
	jsonout_text(&json, "verdict", verdict(decides));
	jsonout_text(&json, "reason",
		     decides && decides->refusal ? refusal_name(decides->refusal) : NULL);
	jsonout_text(&json, "file", decides ? decides->file : NULL);
	jsonout_number(&json, "line", decides ? decides->line : 0);
	jsonout_open(&json, "steps", '[');
	for (size_t i = 0; i < q->n; i++) {
		const struct oracle_step *step = &q->steps[i];

		jsonout_open(&json, NULL, '{');
		jsonout_text(&json, "check", step->check);
		jsonout_text(&json, "says", oracle_says_name(step->says));
		jsonout_text(&json, "file", step->file);
		jsonout_number(&json, "line", step->line);
		jsonout_text(&json, "rule", step->rule);
		jsonout_text(&json, "why", step->why);
		jsonout_close(&json, '}');
	}
	jsonout_close(&json, ']');
	jsonout_close(&json, '}');
	putchar('\n');
}

static int
answer(struct inquiry *q)
{
	const struct oracle_step *decides;
	int status;

	do {
		status = q->asked->live ? ask_live(q) : ask_offline(q);
		if (status)
			return status;
		decides = oracle_deciding(q->steps, q->n);
	} while (decides && decides->says == ORACLE_OPEN && get_fact(q, decides->answer));
	if (q->asked->json)
		print_json(q, decides);
	else
		print_table(q, decides);
	if (!decides)
		return CMD_FINE;
	return decides->says == ORACLE_REFUSES ? CMD_FINDINGS : CMD_INCOMPLETE;
}

int
explain_client(const struct cmd *cmd, const struct explain_client *asked)
{
	struct inquiry q = {.cmd = cmd, .asked = asked, .arena = arena_new()};
	int status = take_facts(&q);

	if (!status && !asked->live)
		status = load(&q);
	if (!status)
		status = answer(&q);
	serve_free(q.serve);
	root_closep(&q.root);
	arena_free(q.arena);
	return output_end(status);
}
