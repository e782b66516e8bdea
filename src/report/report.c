#include "report/report.h"

#include <string.h>

const struct report_format *
report_format_find(const char *name)
{
	for (const struct report_format *const *format = report_formats; *format; format++)
		if (strcmp((*format)->name, name) == 0)
			return *format;
	return NULL;
}
