/* Names of user ids, each looked up once. */
#ifndef INVENTORY_USERS_H
#define INVENTORY_USERS_H

#include <stdbool.h>

#include "base/map.h"

struct users {
	struct arena *arena;
	struct map names; /* uid -> name */
	bool read;
};

struct users users_of(struct arena *arena);
/* The number as text when it has no name; NULL for PROCESS_UNKNOWN_ID. */
const char *user_name(struct users *users, uint32_t uid);

#endif
