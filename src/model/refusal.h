/*
 * Refusal: why a connection was not served. One row each, in the order the checks are made:
 * xinetd's word for its FAIL line (xinetd.log(5)), our name (JSON, metrics), and a sentence.
 */
#ifndef MODEL_REFUSAL_H
#define MODEL_REFUSAL_H

enum refusal {
	REFUSAL_NONE,
	REFUSAL_RATE,          /* more connections per second than cps or a rate allows */
	REFUSAL_SOURCE_RATE,   /* the same, by one source */
	REFUSAL_LOAD,          /* load average at max_load */
	REFUSAL_TIME,          /* outside access_times */
	REFUSAL_INSTANCES,     /* instances reached */
	REFUSAL_PER_SOURCE,    /* per_source reached */
	REFUSAL_PROCESS_LIMIT, /* gatehoused -limit reached */
	REFUSAL_DENIED,        /* on the list a sensor filled (deny_time) */
	REFUSAL_ADDRESS,       /* only_from, no_access */
	REFUSAL_NAME,          /* a rule needs a name that could not be had or proven */
	REFUSAL_WRAP,          /* hosts.allow, hosts.deny */
	REFUSAL_FORK,          /* no process could be made */
	REFUSAL_EXEC,          /* the program could not be started */
	REFUSAL_SETUP,         /* the worker could not enter its account */
	REFUSAL_LOOP,          /* a datagram that asks for a loop (INETD-12) */
	REFUSAL_N
};

const char *refusal_name(enum refusal refusal);   /* "per-source", for JSON and metrics */
const char *refusal_xinetd(enum refusal refusal); /* "per_source_limit", for FAIL lines */
const char *refusal_says(enum refusal refusal);   /* "too many connections from this source" */

#endif
