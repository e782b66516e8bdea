/*
 * Oracle: the checks of admission asked without a connection: may that client in, at that time, and
 * which rule says so? One step per check, in the order a worker makes them. Nothing is changed: no
 * token is taken, no command is run. Offline there is no book, and what only a running server
 * knows is said to be unknown; `gatehouse explain --service` prints either.
 */
#ifndef ENGINE_ORACLE_H
#define ENGINE_ORACLE_H

#include "access/access.h"
#include "engine/book.h"
#include "model/service.h"

enum oracle_says {
	ORACLE_PASSES,
	ORACLE_REFUSES,
	ORACLE_OPEN,  /* needs the name, the user or a command's exit status: see answer */
	ORACLE_UNSEEN /* only a running server knows */
};

struct oracle_step {
	const char *check; /* "times", "hosts" ... */
	enum oracle_says says;
	enum refusal refusal;
	enum access_answer answer; /* of ORACLE_OPEN */
	const char *file, *rule;   /* of the rule that decided, or NULL */
	uint32_t line;
	const char *why;
};

struct oracle {
	const struct serve *serve;
	const struct service *service;
	const struct access_client *client;
	const struct access *hosts;       /* hosts.allow and hosts.deny, NULL = as serve has them */
	int64_t at;                       /* seconds since 1970 */
	const struct book *book;          /* NULL = offline */
	const struct book_denied *denied; /* NULL = offline */
	int64_t processes;                /* running in all; -1 = offline */
};

/* Steps and texts are in the arena. The first step that refuses or is open decides. */
size_t oracle_ask(const struct oracle *oracle, struct arena *arena, struct oracle_step **ret);
const struct oracle_step *oracle_deciding(const struct oracle_step *steps, size_t n);
const char *oracle_says_name(enum oracle_says says); /* "pass", "refuse", "open", "unseen" */

#endif
