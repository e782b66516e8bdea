/* Strangers' text: what is believed of host names and ident answers. Pure. */
#ifndef NET_STRANGER_H
#define NET_STRANGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A host name as RFC 1123 has it (and '_'), not an address in disguise; without a final dot. */
bool stranger_name(const char *name, char ret[256]);
/*
 * The answer of an ident server, RFC 1413: true with user and system when it names a user. Else
 * *why says in xinetd's words why not.
 */
bool stranger_ident(const char *line, size_t n, uint16_t their_port, uint16_t our_port,
		    char user[256], char system[32], const char **why);

#endif
