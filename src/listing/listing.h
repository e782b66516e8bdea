/*
 * Listing: a saved netstat or ss listing as an audit, so that it can be judged (POL-8) and
 * compared (AUD-19) like a machine that is looked at. Names are not looked up in the DNS: a
 * host name that is not this host's loopback has no address, and its reach is unknown.
 */
#ifndef LISTING_LISTING_H
#define LISTING_LISTING_H

#include "model/audit.h"
#include "syntax/tree.h"

/* Port of a service name, as services_port() finds it; names may be NULL. */
struct listing_names {
	bool (*port)(const void *data, const char *name, enum net_proto proto, uint16_t *ret);
	const void *data;
};

/* Adds the listening sockets of a listing (all sockets when all is set) with their owners. Returns
 * how many lines were a listing's: 0 means that the file is none. */
size_t listing_read(struct audit *audit, const char *file, struct span text,
		    const struct listing_names *names, bool all);

#endif
