/*
 * Decide: what `gatehouse explain --service` asks of the running server: every check of admission
 * with the present counts and rules. The one who asks brings the facts that take time (the
 * client's name and user); without them a rule that needs one is said to be open.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/num.h"
#include "base/root.h"
#include "engine/control.h"
#include "engine/oracle.h"

/* "-" stands for: asked, and there is none; of a name "!" for: it does not lead back. */
static void
take_fact(const char *text, enum access_fact *ret_is, const char **ret)
{
	*ret_is = strcmp(text, "-") == 0 ? ACCESS_UNKNOWN : ACCESS_KNOWN;
	*ret = *ret_is == ACCESS_KNOWN ? text : NULL;
}

static int
take_word(const char *word, struct access_client *client, int64_t *ret_at, struct err *err)
{
	uint64_t seconds;

	if (text_starts(word, "name=")) {
		client->liar = text_is(word, "name=!");
		take_fact(client->liar ? "-" : word + 5, &client->name_is, &client->name);
	} else if (text_starts(word, "user=")) {
		take_fact(word + 5, &client->user_is, &client->user);
	} else if (text_starts(word, "at=") &&
		   num_u64(span_of(word + 3), 10, INT64_MAX, &seconds)) {
		*ret_at = (int64_t)seconds;
	} else if (text_starts(word, "to=") && net_addr_parse(span_of(word + 3), &client->local)) {
		client->local = net_addr_unmap(&client->local);
	} else if (*word) {
		return err_set(err, -EINVAL, "what is '%.100s'?", word);
	}
	return 0;
}

static void
put_step(struct json_out *out, const struct oracle_step *step)
{
	json_open(out, NULL, '{');
	json_text(out, "check", step->check);
	json_text(out, "says", oracle_says_name(step->says));
	json_number(out, "refusal", step->refusal);
	json_number(out, "answer", step->answer);
	json_text(out, "file", step->file);
	json_number(out, "line", step->line);
	json_text(out, "rule", step->rule);
	json_text(out, "why", step->why);
	json_close(out, '}');
}

/* As they are now: a worker reads them again when they changed (WRAP-14). The root is the caller's,
 * and must stay open as long as the rules are asked. */
static const struct access *
present_hosts(const struct serve *serve, struct root *root, struct arena *arena)
{
	struct diags diags = diags_of(arena);

	if (!serve->hosts || !access_hosts_changed(serve->hosts))
		return serve->hosts;
	return access_of_hosts(arena, &diags, root,
			       serve->hosts_allow ? serve->hosts_allow : "/etc/hosts.allow",
			       serve->hosts_deny ? serve->hosts_deny : "/etc/hosts.deny");
}

int
answer_decide(struct parent *parent, char **words, struct json_out *out, struct err *err)
{
	const struct slot *slot = slot_named(parent, words[0], err);
	struct access_client client = {0};
	struct oracle oracle = {.serve = parent->serve, .client = &client, .at = time(NULL)};
	struct oracle_step *steps;
	struct arena *arena;
	struct root root;
	size_t n;
	int r = 0;

	if (!slot)
		return -ENOENT;
	if (!slot->service)
		return err_set(err, -ENOENT, "'%.100s' is served no more", words[0]);
	if (!net_addr_parse(span_of(words[1]), &client.addr))
		return err_set(err, -EINVAL, "no address: '%.100s'", words[1]);
	client.addr = net_addr_unmap(&client.addr);
	for (size_t i = 2; i < ANSWER_WORDS && r == 0; i++)
		r = take_word(words[i], &client, &oracle.at, err);
	if (r < 0)
		return r;
	oracle.service = slot->service;
	oracle.book = slot->book;
	oracle.denied = parent->denied;
	oracle.processes = atomic_load(&parent->common->running);
	r = root_open(&root, "/", err);
	if (r < 0)
		return r;
	arena = arena_new();
	oracle.hosts = present_hosts(parent->serve, &root, arena);
	n = oracle_ask(&oracle, arena, &steps);
	/* Nobody came yet: all counts are zero, which offline answers leave open. */
	json_bool(out, "idle", !slot->book);
	json_open(out, "steps", '[');
	for (size_t i = 0; i < n; i++)
		put_step(out, &steps[i]);
	json_close(out, ']');
	arena_free(arena);
	root_close(&root);
	return 0;
}
