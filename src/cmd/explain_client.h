/* Explain, the other question: may that client use that service, and which rule says so? */
#ifndef CMD_EXPLAIN_CLIENT_H
#define CMD_EXPLAIN_CLIENT_H

#include "cmd/cmd.h"

struct explain_client {
	const char *service, *from;
	const char *to;          /* our address, NULL = not said */
	const char *name, *user; /* of the client; NULL = the name is looked up, the user unknown */
	const char *at;          /* "23:10", "Sat 23:10", "2026-11-21 23:10"; NULL = now */
	const char *const *files; /* NULL-terminated; none = the usual ones */
	const char *root, *dialect;
	const char *control; /* of the server that is asked when live is set; NULL = the usual */
	bool live, json;
};

/* CMD_FINE: may; CMD_FINDINGS: may not; CMD_INCOMPLETE: cannot be told. */
int explain_client(const struct cmd *cmd, const struct explain_client *asked);

#endif
