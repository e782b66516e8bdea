/*
 * Catalog: what is known about services. Stanzas of data/catalog/ are built in; stanzas of
 * /etc/gatehouse/catalog.d/ are added or replace built-in ones of the same name, no rebuild.
 * Format: gatehouse.catalog(5). One deb822-like stanza per service:
 *
 *	Service: telnet
 *	Aliases: telnetd in.telnetd
 *	Ports: 23/tcp
 *	Programs: in.telnetd telnetd
 *	Units: inetutils-telnetd
 *	Packages: inetutils-telnetd telnetd
 *	Class: Z
 *	What: clear-text login
 *	Verdict: remove
 *	Why: ...
 *	Instead: ...
 *	Do: ...
 */
#ifndef CATALOG_CATALOG_H
#define CATALOG_CATALOG_H

#include "base/diag.h"
#include "base/root.h"
#include "model/audit.h"
#include "model/policy.h"

/* The classes of requirements section 15. */
enum catalog_class {
	CATALOG_ESSENTIAL = 'E',
	CATALOG_HARMLESS = 'H',
	CATALOG_LOCAL = 'L',
	CATALOG_NETWORK = 'N',
	CATALOG_LEAKS = 'I',
	CATALOG_DANGER = 'Z',
	CATALOG_UNKNOWN = '?',
};

struct catalog_port {
	enum net_proto proto;
	uint32_t low, high; /* a range, mostly of one */
};

/* "VERDICT if CONDITION": the first clause that holds decides, the last has no condition. */
struct catalog_clause {
	enum verdict verdict;
	const char *condition; /* facts with and/or/not, parentheses; NULL = always */
};

struct catalog_entry {
	const char *name;
	const char **aliases;  /* NULL-terminated lists, never NULL */
	const char **programs; /* basenames of executables */
	const char **units; /* unit, init script, super-server service names, without ".service" */
	const char **packages; /* Debian's and others' */
	const char **groups;   /* "danger", "test", "nfs", "mail", ... */
	struct catalog_port *ports;
	uint32_t n_ports;
	uint32_t rpc_program;
	bool any_port;      /* ports are assigned at run time */
	bool local_only_ok; /* on loopback only it is as it should be */
	bool world_ok;      /* serving anyone is what it is for (http, smtp of an MX, ...) */
	enum catalog_class class;
	const char *what, *why, *instead, *how, *localize, *restrict_, *disable, *confine, *reduce;
	struct catalog_clause *verdicts;
	uint32_t n_verdicts;
	const char *condition_text; /* the Verdict field as written, for explain */
	const char *refs; /* "CAT-telnet CIS-2.1.16": ids of requirements and benchmarks */
	const char *file; /* built in: "data/catalog/remote.cat" */
	uint32_t line;
};

struct catalog;

struct catalog *catalog_load(struct arena *arena, struct diags *diags, const struct root *root);
/* Only what is built in (checks, fuzzing). */
struct catalog *catalog_builtin(struct arena *arena, struct diags *diags);
/* Adds the stanzas of one text. */
void catalog_add_text(struct catalog *catalog, const char *file, struct span text);

size_t catalog_count(const struct catalog *catalog);
const struct catalog_entry *catalog_at(const struct catalog *catalog,
				       size_t i); /* sorted by name */

/* By name, alias, program, unit or package name, in that order; "in.", "d" and ".service" forms
 * too. */
const struct catalog_entry *catalog_find(const struct catalog *catalog, const char *name);
const struct catalog_entry *catalog_find_port(const struct catalog *catalog, enum net_proto proto,
					      uint32_t port);
const struct catalog_entry *catalog_find_rpc(const struct catalog *catalog, uint32_t program);

/* What a listener offers: program and start record first, then RPC, then its port as a guess. */
const struct catalog_entry *catalog_of_listener(const struct catalog *catalog,
						const struct listener *listener, bool *ret_guess);
const struct catalog_entry *catalog_of_start(const struct catalog *catalog,
					     const struct start *start);

/* The verdict under a policy; *ret_condition is the clause's condition or NULL, *ret_unsaid a
 * fact the answer would depend on and nobody stated (or NULL). */
enum verdict catalog_verdict(const struct catalog_entry *entry, const struct policy *policy,
			     const char **ret_condition, const char **ret_unsaid);

/* Facts known to conditions, with their question ("Does this host take mail for a domain?"). */
struct catalog_fact {
	const char *name, *question;
};
extern const struct catalog_fact catalog_facts[]; /* sorted, ends with a NULL name */

/* /etc/gatehouse/policy; an absent file is an empty policy. */
void policy_read(const struct root *root, struct arena *arena, struct diags *diags,
		 struct policy *ret);
void policy_parse(struct arena *arena, struct diags *diags, const char *file, struct span text,
		  struct policy *ret);

#endif
