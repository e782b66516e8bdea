/* The files of dpkg that name each package's files, see packages.c. */
#ifndef INVENTORY_PACKAGE_LISTS_H
#define INVENTORY_PACKAGE_LISTS_H

#include <stdatomic.h>

#include "base/root.h"
#include "inventory/inventory.h"

/* Who reads, one file at a time. */
struct list_reader {
	struct arena *arena;
	char *buf;
	size_t size;
};

struct package_list {
	const char *name; /* "libc6:amd64.list" */
	uint32_t *lines;  /* a number for each line */
	size_t n;
	bool unread;
};

/* The lists of a directory, when lists_wait has come back. */
struct package_lists {
	const struct root *root;
	struct arena *arena;
	int dirfd; /* -1 = there are none */
	struct package_list *v;
	size_t n;
};

/* A number for a line: of its length and its last 16 bytes. */
uint32_t lists_number(const char *line, size_t n);
void lists_wait(struct package_lists *lists);
/* The file's bytes in the reader's buffer, with room for one more; -errno. *total is of all
 * that was read so far, and has a limit. */
ssize_t lists_read(int dirfd, const char *name, struct list_reader *reader,
		   _Atomic uint64_t *total);
void lists_free(struct package_lists *lists);

#endif
