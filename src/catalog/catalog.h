/*
 * Catalog: what is known about services. Stanzas of data/catalog/ are built in; stanzas of
 * /etc/gatehouse/catalog.d/ are added or replace built-in ones of the same name, no rebuild.
 * Format: gatehouse.catalog(5), stanzas as in syntax/stanza.h, one per service:
 *
 *	Service: telnet                  its name, lower case
 *	Kind: glossary                   a word to explain, not a service of the host (rare)
 *	Aliases: telnetd                 other names it is asked for by
 *	Ports: 23/tcp                    its own ports; "any" = assigned at run time
 *	Also: 992/tcp                    ports it may use that are some other service's own
 *	RPC: 100017                      program numbers
 *	Programs: in.telnetd telnetd     names of executables, scripts, main classes
 *	Units: inetutils-telnetd         units, init scripts, super-server service names
 *	Packages: inetutils-telnetd telnetd
 *	Groups: danger remote-access
 *	Class: Z
 *	What: clear-text login           a few words
 *	Verdict: keep if FACT and not FACT; localize if FACT; else remove
 *	Flags: local-ok world-ok         fine on loopback; serving anyone is its purpose
 *	Why: Do: Instead: Localize: Restrict: Disable: Confine: Reduce:   text
 *	See: ssh                         other entries
 *	Refs: CAT-telnet                 requirement and benchmark ids
 *
 * Texts are joined to one paragraph; " ." starts a new one; lines indented by more than one blank
 * stay as they are (lines of configuration).
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
	const char **packages;      /* Debian's and others' */
	const char **see;           /* names of other entries */
	const char **groups;        /* "danger", "test", "nfs", "mail", ... */
	struct catalog_port *ports; /* its own ones first, then those it may use too */
	uint32_t n_ports, n_own_ports;
	uint32_t rpc_program; /* the first of rpc_programs, 0 = none */
	uint32_t *rpc_programs;
	uint32_t n_rpc_programs;
	bool glossary;      /* a word to explain, not a service of the host */
	bool added;         /* from catalog.d, not built in */
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
/* Nothing in it. */
struct catalog *catalog_empty(struct arena *arena, struct diags *diags);
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
/* All that use a port, the one whose own it is first; returns how many there are. */
size_t catalog_find_ports(const struct catalog *catalog, enum net_proto proto, uint32_t port,
			  const struct catalog_entry **ret, size_t max);
const struct catalog_entry *catalog_find_rpc(const struct catalog *catalog, uint32_t program);

/*
 * What a listener offers: program and start record first, then RPC. The port is a guess, and one
 * for listeners only whose owner is not visible (or is the kernel): an unknown program on the port
 * of a known service is unknown (POL-3), catalog_find_port() then says on whose port it is.
 */
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
/* Roles are facts too: "desktop", "server", "gateway", "laptop". */
extern const char *const catalog_roles[]; /* sorted, NULL-terminated */
/* Groups of services (CATG-3). */
extern const struct catalog_group {
	const char *name, *what;
} catalog_groups[]; /* sorted, ends with a NULL name */

#define POLICY_FILE "/etc/gatehouse/policy"

/* POLICY_FILE; an absent file is an empty policy. */
void policy_read(const struct root *root, struct arena *arena, struct diags *diags,
		 struct policy *ret);
void policy_parse(struct arena *arena, struct diags *diags, const char *file, struct span text,
		  struct policy *ret);
/* Needs may name a service by any of its names: afterwards they have the catalog's. One that the
 * catalog does not know covers nothing, and is told of. */
void policy_resolve(struct policy *policy, const struct catalog *catalog, struct diags *diags);

#endif
