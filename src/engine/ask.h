/*
 * Ask: questions of workers to the resolver process, one datagram each way, over a SOCK_SEQPACKET
 * pair per worker. The resolver alone speaks DNS and ident (RFC 1413), with deadlines and a cache;
 * what it cannot find out in time it calls unknown. Names are told only when the name's own
 * addresses include the client's (forward confirmation).
 */
#ifndef ENGINE_ASK_H
#define ENGINE_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"

enum ask_kind { ASK_NAME = 1, ASK_USER };

struct ask {
	uint32_t id; /* the worker's own; comes back */
	uint32_t kind;
	struct net_addr addr;  /* the client; ASK_NAME: the address to name */
	struct net_addr local; /* ASK_USER: where the question must come from */
	uint16_t port, local_port;
	uint32_t wait_ms; /* 0 = the resolver's default */
};

struct ask_answer {
	uint32_t id;
	uint8_t known;   /* text holds the answer */
	uint8_t liar;    /* ASK_NAME: there is a name, but it does not lead back */
	char text[256];  /* cleaned: no control bytes, no blanks in names; else why it is unknown */
	char system[32]; /* ASK_USER: what ident calls the operating system: "UNIX" */
};

#endif
