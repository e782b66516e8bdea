/* Lint: rules as their author may want to see them, and what in them is legal but hardly meant. */
#ifndef ACCESS_LINT_H
#define ACCESS_LINT_H

#include "access/access.h"

/* A program somebody wraps, by the name rules know it by. */
struct access_daemon {
	const char *name;    /* "in.rlogind" */
	const char *service; /* what starts it is called: "login"; NULL = unknown */
};

struct access_lint {
	const struct access_daemon *daemons;
	size_t n_daemons;               /* 0: names of daemons are not judged */
	const char *where;              /* the file they were read from, for messages */
	bool implicit;                  /* say which rules allow without an option that says so */
	bool (*host)(const char *name); /* is there such a host? NULL: hosts are not judged */
};
/* Adds a diagnostic, file:line:col, for each thing found (WRAP-9, WRAP-10); faults were found when
 * the rules were compiled. */
void access_lint(const struct access *access, const struct access_lint *lint, struct diags *diags);

/* One rule, its pieces as written. */
struct access_rule {
	const char *file;
	uint32_t line;
	const char *daemons, *clients;
	const char **options; /* NULL-terminated */
	const char *grants;   /* "granted", "denied", "delegated" */
};
/* i < access_rules(); hosts.* only. */
struct access_rule access_rule_at(const struct access *access, uint32_t i, struct arena *arena);

#endif
