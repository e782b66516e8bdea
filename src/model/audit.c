#include "model/audit.h"

bool
audit_complete(const struct audit *audit)
{
	return audit->diags.count[DIAG_UNSEEN] == 0;
}

const struct process *
audit_process(const struct audit *audit, pid_t pid)
{
	return map_get(&audit->process_by_pid, (uint64_t)pid);
}
