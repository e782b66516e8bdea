#include "model/policy.h"

#include "base/span.h"

static bool
is_in(const char **names, const char *name)
{
	for (; names && *names; names++)
		if (text_is(*names, name))
			return true;
	return false;
}

enum fact
policy_fact(const struct policy *policy, const char *name)
{
	if (is_in(policy->facts, name) || text_is(policy->role, name))
		return FACT_YES;
	if (is_in(policy->denied, name))
		return FACT_NO;
	return FACT_UNSAID;
}
