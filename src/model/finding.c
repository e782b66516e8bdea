#include "model/finding.h"

static const char *const severity_names[SEVERITY_N] = {
	[SEVERITY_INFO] = "info", [SEVERITY_LOW] = "low",           [SEVERITY_MEDIUM] = "medium",
	[SEVERITY_HIGH] = "high", [SEVERITY_CRITICAL] = "critical",
};

static const char *const remedy_names[REMEDY_N] = {
	[REMEDY_REMOVE] = "remove",     [REMEDY_DISABLE] = "disable",
	[REMEDY_LOCALIZE] = "localize", [REMEDY_RESTRICT] = "restrict",
	[REMEDY_CONFINE] = "confine",
};

const char *
severity_name(enum severity severity)
{
	return severity_names[severity];
}

const char *
remedy_kind_name(enum remedy_kind kind)
{
	return remedy_names[kind];
}
