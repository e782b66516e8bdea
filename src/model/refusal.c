/* See refusal.h. */
#include "model/refusal.h"

#include "base/attr.h"

static const struct {
	const char *name, *xinetd, *says;
} rows[REFUSAL_N] = {
	[REFUSAL_NONE] = {"none", "", "not refused"},
	[REFUSAL_RATE] = {"rate", "connections per second",
			  "more connections than the rate allows"},
	[REFUSAL_SOURCE_RATE] = {"source-rate", "connections per second",
				 "more connections from this source than the rate allows"},
	[REFUSAL_LOAD] = {"load", "load", "the machine's load is too high"},
	[REFUSAL_TIME] = {"time", "time", "not at this time of day"},
	[REFUSAL_INSTANCES] = {"instances", "service_limit", "as many sessions as allowed"},
	[REFUSAL_PER_SOURCE] = {"per-source", "per_source_limit",
				"as many sessions from this source as allowed"},
	[REFUSAL_PROCESS_LIMIT] = {"process-limit", "process_limit",
				   "as many processes as allowed in all"},
	[REFUSAL_DENIED] = {"denied", "address", "this source touched a sensor"},
	[REFUSAL_ADDRESS] = {"address", "address", "the address is not allowed"},
	[REFUSAL_NAME] = {"name", "address", "a rule needs the client's name, which is not proven"},
	[REFUSAL_WRAP] = {"wrap", "libwrap", "hosts.allow and hosts.deny refuse it"},
	[REFUSAL_FORK] = {"fork", "fork", "no process could be made"},
	[REFUSAL_EXEC] = {"exec", "exec", "the program could not be started"},
	[REFUSAL_SETUP] = {"setup", "setup", "the service's account or limits could not be set"},
	[REFUSAL_LOOP] = {"loop", "address", "an answer could go round for ever"},
};

const char *
refusal_name(enum refusal refusal)
{
	return rows[refusal].name;
}

const char *
refusal_xinetd(enum refusal refusal)
{
	return rows[refusal].xinetd;
}

const char *
refusal_says(enum refusal refusal)
{
	return rows[refusal].says;
}
