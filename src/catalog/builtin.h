/* The texts of data/catalog/, put into the program by tools/embed.py. */
#ifndef CATALOG_BUILTIN_H
#define CATALOG_BUILTIN_H

#include "base/span.h"

struct catalog_file {
	const char *name; /* "data/catalog/remote.cat" */
	struct span text;
};

extern const struct catalog_file catalog_files[]; /* ends with a NULL name */

#endif
