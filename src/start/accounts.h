/* Accounts: the names in the machine's own /etc/passwd and /etc/group, never the auditor's. */
#ifndef START_ACCOUNTS_H
#define START_ACCOUNTS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/root.h"

struct accounts;

/* Missing or unreadable files know no names. */
struct accounts *accounts_read(const struct root *root, struct arena *arena);

/* True for every name when there is no /etc/passwd (or group) to judge by. */
bool accounts_has_user(const struct accounts *accounts, const char *name);
bool accounts_has_group(const struct accounts *accounts, const char *name);

#endif
