/* From a connection to a session that is served or refused. See client.c. */
#ifndef ENGINE_CLIENT_H
#define ENGINE_CLIENT_H

#include "engine/worker.h"

struct spawn_want;

/* Somebody came: takes fd. */
void client_new(struct worker *w, int fd, const struct peer *peer);
/* The limits have admitted it: what do the rules say? */
void client_decide(struct worker *w, struct session *s);
/* One that is not served yet: what it waits for is given up, and it ends as refused. */
void client_stop(struct worker *w, struct session *s);
/* All facts that were asked for are there. */
void client_decided(struct worker *w, struct session *s, const struct access_client *client,
		    const struct access_verdict *verdict);

/* ask.c: what a decision still needs is asked for; false: nothing, or it cannot be had. */
must_check int asker_open(struct worker *w);
bool ask_for(struct worker *w, struct session *s, const struct access_client *client,
	     const struct access_verdict *verdict);
/* Nothing is asked for this session any more; false: nothing was. */
bool ask_cancel(struct worker *w, const struct session *s);
/* A child that is no session ended. */
void ask_reaped(struct worker *w, pid_t pid, int status);
/* A new end to the resolver, -1 = it is gone. */
void ask_resolver(struct worker *w, int fd);
/* options.c: performs what the rule says; false: it cannot be, so the client is refused. twist is
 * set when a command takes the program's place. Fills the rest of want. */
bool options_perform(struct worker *w, struct session *s, const struct access_client *client,
		     const struct access_verdict *verdict, struct spawn_want *want);
/* /bin/sh -c of a rule's command, nothing connected. A pid or -errno. */
must_check pid_t options_command(struct worker *w, const char *command,
				 const struct access_client *client);
must_check int client_spawner(struct worker *w);

/* errpipe.c: a descriptor for the session's standard error, whose lines are logged; -errno. The
 * caller closes it once the program has it. */
must_check int errpipe_new(struct worker *w, const struct session *s);

#endif
