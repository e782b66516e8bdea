/*
 * Wrap: what a rule of hosts.allow or hosts.deny orders besides "may" and "may not", done:
 * hosts_options(5). For workers, for tcpd, and for programs with libwrap.so. What each of them does
 * in its own way is a hand; the rest is done here, in the order written.
 */
#ifndef WRAP_OPTIONS_H
#define WRAP_OPTIONS_H

#include "access/access.h"

struct wrap_account {
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t n_groups;
};

struct wrap_doing;

/* Each: false = it cannot be done, so the client is refused. Texts are expanded. */
struct wrap_hands {
	bool (*severity)(struct wrap_doing *doing, int priority);
	bool (*spawn)(struct wrap_doing *doing, const char *command);
	bool (*twist)(struct wrap_doing *doing, const char *command);
	bool (*nice)(struct wrap_doing *doing, int more);
	bool (*setenv)(struct wrap_doing *doing, const char *name, const char *value);
	bool (*umask)(struct wrap_doing *doing, int mask);
	bool (*account)(struct wrap_doing *doing, const struct wrap_account *account);
};

struct wrap_doing {
	const struct wrap_hands *hands;
	void *data;    /* the hands' own */
	int fd;        /* the connection; -1 = not known */
	bool datagram; /* nothing may be said on it */
	const char *daemon;
	const struct access_client *client;
	struct arena *arena; /* what is made lives in it */
};

/* Performs the verdict's actions; false: one failed, and the client must be refused. */
bool wrap_perform(struct wrap_doing *doing, const struct access_verdict *verdict);

const char *wrap_expand(const struct wrap_doing *doing, const char *text);
/* "sh -c command", ends with NULL. */
const char *const *wrap_shell(struct arena *arena, const char *command);

#endif
