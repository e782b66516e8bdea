/*
 * Packet filter, cut down to one question: does a new packet from another host reach a local
 * socket? Rules that cannot be told for sure (a source address, a set, a rate) are kept as
 * "perhaps". Filled by inventory/filter_nft.c, asked through filter_passes().
 */
#ifndef MODEL_FILTER_H
#define MODEL_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "net/proto.h"

enum filter_state { FILTER_UNKNOWN, FILTER_NONE, FILTER_PRESENT };

/* What happens to such packets. */
enum filter_answer {
	FILTER_UNTOLD, /* not readable, or a rule we do not understand decides */
	FILTER_OPEN,   /* every host gets through */
	FILTER_SOME,   /* only what particular rules let in */
	FILTER_CLOSED, /* nobody gets through */
};

enum filter_verdict {
	FILTER_CONTINUE,
	FILTER_ACCEPT,
	FILTER_DROP,
	FILTER_JUMP,
	FILTER_GOTO,
	FILTER_RETURN,
	FILTER_OPAQUE, /* could be anything */
};

/*
 * For which packets a rule holds: none, those of hosts it names, those of all hosts but the named,
 * all. A stranger is a host no rule names.
 */
enum filter_sure { FILTER_NEVER, FILTER_PERHAPS, FILTER_STRANGERS, FILTER_ALWAYS };

struct filter_range {
	uint16_t low, high;
};

struct filter_rule {
	bool has_protos; /* only those of the bits in protos (1u << enum net_proto) */
	uint32_t protos;
	uint8_t families;           /* 1 IPv4, 2 IPv6, 3 both */
	struct filter_range *ports; /* destination ports; NULL = all */
	uint32_t n_ports;
	bool not_ports;        /* all but those */
	enum filter_sure sure; /* of everything else it matches on */
	bool limited; /* by rate or interface: holds for some packets of each host it fits */
	enum filter_verdict verdict;
	const char *target; /* of a jump or goto */
};

struct filter_chain {
	const char *family, *table, *name;
	bool input; /* a base chain of the input hook */
	int priority;
	bool policy_drop;
	struct filter_rule *rules;
	uint32_t n_rules, cap_rules;
};

struct filter {
	enum filter_state state;
	bool readable;                /* the chains below are the whole of it */
	struct filter_chain **chains; /* input chains by priority first */
	uint32_t n_chains;
};

enum filter_answer filter_passes(const struct filter *filter, enum net_proto proto, uint8_t family,
				 uint16_t port);
const char *filter_answer_name(enum filter_answer answer); /* "unknown", "open", "some", "closed" */

#endif
