/*
 * Facts a decision asks for, got by whoever may wait: the names of both ends, proven by a lookup in
 * both directions, the client's user by ident, a command's exit status. All are bounded in time;
 * what does not come is unknown.
 */
#ifndef WRAP_FACTS_H
#define WRAP_FACTS_H

#include <sys/socket.h>

#include "access/access.h"

struct wrap_facts {
	void (*name)(void *data, struct access_client *client);
	void (*local_name)(void *data, struct access_client *client);
	void (*user)(void *data, struct access_client *client);
	/* Gives the exit status, -1 = not known. */
	int (*command)(void *data, const struct access_client *client, const char *command);
};

/* Decides, asking for what is missing until it is an answer: ALLOW or DENY. */
void wrap_decide(const struct access *access, const char *daemon, struct access_client *client,
		 const struct wrap_facts *facts, void *data, struct access_verdict *ret);

/* names.c: known, with the name in ret; else *ret_liar says that there is one that does not lead
 * back to the address. */
bool wrap_name(const struct net_addr *addr, unsigned ms, char ret[256], bool *ret_liar);

/* ident.c: RFC 1413, who has the connection. */
bool wrap_ident(const struct access_client *client, unsigned ms, char ret[256]);

/* "name" or the address, "user@" in front when known: of what is known now, asking nobody. */
const char *wrap_client_text(struct arena *arena, const struct access_client *client);

#endif
