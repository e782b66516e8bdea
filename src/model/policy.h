/*
 * Policy: what this machine is for. Read from /etc/gatehouse/policy (stanzas, see
 * gatehouse.policy(5)); absent = nothing is known and nothing is needed.
 */
#ifndef MODEL_POLICY_H
#define MODEL_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"
#include "net/proto.h"

struct policy_need {
	const char *service; /* catalog name or "*" */
	bool has_port;
	enum net_proto proto;
	uint32_t port;
	bool world;          /* meant for anyone: a wildcard address is fine */
	bool exception;      /* a recorded exception: shown as such, never as clean */
	const char *address; /* where it may listen, as written; NULL = anywhere its class allows */
	const char *reason, *owner;
	const char *expires; /* YYYY-MM-DD or NULL */
	const char *file;
	uint32_t line;
};

struct policy {
	const char *role;    /* desktop, server, gateway, laptop; NULL = unknown */
	const char **facts;  /* sorted, NULL-terminated: "mx", "printer", ...; never NULL */
	const char **denied; /* facts stated to be false ("Fact: no printer"); never NULL */
	struct policy_need *needs;
	uint32_t n_needs;
};

enum fact { FACT_NO, FACT_YES, FACT_UNSAID };
enum fact policy_fact(const struct policy *policy, const char *name);

#endif
