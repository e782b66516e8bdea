/* Not read yet: each function moves to its own file as it is written. */
#include "inventory/inventory.h"

void
inventory_ifaces(struct audit *audit)
{
}

void
inventory_rpc(struct audit *audit)
{
}

void
inventory_filter(struct audit *audit)
{
}

void
inventory_host(struct audit *audit, const struct root *root)
{
}

void
inventory_packages(const struct root *root, struct arena *arena, struct diags *diags,
		   const char *const *paths, size_t n, const char **ret)
{
}
