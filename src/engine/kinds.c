/* Which kinds of service a worker serves itself: see worker.h. One row each. */
#include "engine/worker.h"

const struct worker_kind *const worker_kinds[] = {
	[SERVICE_PROGRAM] = NULL,
	[SERVICE_BUILTIN] = &worker_kind_builtin,
	[SERVICE_REDIRECT] = &worker_kind_redirect,
	[SERVICE_TCPMUX] = &worker_kind_tcpmux,
	[SERVICE_SENSOR] = &worker_kind_sensor,
};
