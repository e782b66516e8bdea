/* The few facts wanted from the kernel's type information (BTF). */
#ifndef INVENTORY_BTF_H
#define INVENTORY_BTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* Where a struct's member lies in bytes; member NULL asks for the struct's size. */
struct btf_place {
	const char *of, *member;
	uint32_t offset;
	uint32_t id; /* of the struct */
	bool found;
};

struct btf_name {
	const char *name;
	uint32_t id; /* 0 = not found */
};

/* Fills in what is found; false when the bytes are no BTF. Pure: any bytes will do. */
bool btf_find(struct span btf, struct btf_place *members, size_t n, struct btf_name *func);
/* The same for several functions. */
bool btf_find_all(struct span btf, struct btf_place *members, size_t n, struct btf_name *funcs,
		  size_t n_funcs);

#endif
