#include "model/start.h"

static const char *const when_names[START_N_WHEN] = {
	[START_AT_BOOT] = "boot",       [START_ON_DEMAND] = "demand",    [START_ON_TIME] = "time",
	[START_ON_EVENT] = "event",     [START_BY_OTHER] = "dependency", [START_BY_HAND] = "hand",
	[START_BY_RUNTIME] = "runtime",
};

const char *
start_when_name(enum start_when when)
{
	return when_names[when];
}

bool
start_returns(const struct start *start)
{
	if (!start->enabled || start->dormant)
		return false;
	return !start->needs_server || (start->via && start->via->enabled && !start->via->dormant);
}
