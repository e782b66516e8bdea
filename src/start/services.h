/* Services: the machine's own /etc/services, /etc/rpc and /etc/protocols, never the auditor's. */
#ifndef START_SERVICES_H
#define START_SERVICES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/root.h"
#include "net/proto.h"

struct services;

/* Missing files are fine: a few well-known names are then unknown. */
struct services *services_read(const struct root *root, struct arena *arena, struct diags *diags);

/* Name or alias -> port. proto is NET_TCP or NET_UDP (SCTP and DCCP are looked up as such). */
bool services_port(const struct services *services, const char *name, enum net_proto proto,
		   uint16_t *ret);
/* Port -> official name and comment; NULL when unlisted. ret_comment may be NULL. */
const char *services_name(const struct services *services, uint16_t port, enum net_proto proto,
			  const char **ret_comment);
bool services_rpc(const struct services *services, const char *name, uint32_t *ret_program);
/* A name or alias of /etc/protocols -> IP protocol number. */
bool services_protocol(const struct services *services, const char *name, uint32_t *ret_number);

#endif
