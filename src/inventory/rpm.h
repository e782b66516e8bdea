/* Owners of files on a machine of rpm packages, see packages.c. */
#ifndef INVENTORY_RPM_H
#define INVENTORY_RPM_H

#include "base/diag.h"
#include "base/root.h"

bool rpm_here(const struct root *root);
void rpm_packages(const struct root *root, struct arena *arena, struct diags *diags,
		  const char *const *paths, size_t n, const char **ret);

#endif
