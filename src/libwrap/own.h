/* What the files of libwrap.so.0 share; not installed. */
#ifndef LIBWRAP_OWN_H
#define LIBWRAP_OWN_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "access/access.h"
#include "libwrap/tcpd.h"
#include "wrap/here.h"

extern jmp_buf tcpd_buf;

void own_copy(char to[STRING_LENGTH], const char *from);
/* A socket address as ours, mapped ones unmapped; false: none, or not an
 * Internet one. */
bool own_address(const struct sockaddr *from, struct net_addr *ret, uint16_t *ret_port);
/* The request as access/ knows it; names and users are not asked for yet. */
struct access_client own_client(struct request_info *request);

#endif
