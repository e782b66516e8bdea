/* Once: built-ins that say one short thing and close. */
#ifndef BUILTIN_ONCE_H
#define BUILTIN_ONCE_H

#include "builtin/builtin.h"

/* Sends it, throws away what the client said (a close with bytes unread would be a reset, which
 * may take the answer with it), and gives 0. */
uint32_t once_say(struct builtin_conn *conn, const char *bytes, size_t n);

#endif
