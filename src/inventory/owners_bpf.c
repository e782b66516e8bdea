/* placeholder */
#include <errno.h>

#include "inventory/owners.h"

bool
owners_bpf_works(void)
{
	return false;
}

int
owners_by_bpf(struct owner_search *search)
{
	return -ENOSYS;
}
