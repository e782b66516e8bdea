/*
 * The parts of the resolver process (resolver.c): questions, names by DNS, users by ident, and what
 * is believed of either. Only engine/resolver*.c and their tests include this.
 */
#ifndef ENGINE_RESOLVER_H
#define ENGINE_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/ask.h"
#include "engine/loop.h"
#include "net/stranger.h"

struct client;
struct names;
struct idents;

/* One that waits for its answer. */
struct question {
	struct client *client;
	struct ask ask;
	struct loop_timer deadline;
	struct question *next, **at;                 /* of the client */
	struct question *next_waiting, **waiting_at; /* ASK_NAME: of the lookup; NULL = none */
	bool in_doubt;       /* ASK_NAME: there is a name, but it is not proven yet */
	struct ident *ident; /* ASK_USER: the connection; NULL = none */
};

/* Sends the answer and frees the question. text: the name or user, or why it is unknown. */
void question_known(struct question *question, const char *text, const char *system);
void question_unknown(struct question *question, bool liar, const char *why);

/* resolver_names.c. Answers, now or later. */
struct names *names_new(struct loop *loop);
void names_ask(struct names *names, struct question *question);
void names_forget(struct question *question);
/* What was started for a client that is gone counts for nobody. */
void names_orphan(struct names *names, const struct client *client);
void names_free(struct names *names);
/* Lookups under way that this client caused; resolver.c keeps the number. */
uint32_t *client_lookups(struct client *client);

/* resolver_ident.c */
struct idents *idents_new(struct loop *loop);
void idents_ask(struct idents *idents, struct question *question);
/* The question is answered or dropped; timed_out: the host will not be asked for a while. */
void idents_forget(struct question *question, bool timed_out);
void idents_orphan(struct idents *idents, const struct client *client);
void idents_free(struct idents *idents);

#endif
