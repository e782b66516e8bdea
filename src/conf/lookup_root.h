/* A lookup that knows what the files below a root say: for --root, tests, and nothing live. */
#ifndef CONF_LOOKUP_ROOT_H
#define CONF_LOOKUP_ROOT_H

#include "conf/conf.h"

/* Everything is read now, into the arena. */
struct conf_lookup conf_lookup_root(const struct root *root, struct arena *arena);

#endif
