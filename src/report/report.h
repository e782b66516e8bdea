/*
 * Report: an audit as text. Pure but for writing to the given stream. One file per format,
 * src/report/fmt_<format>.c; every format shows the same rows (report/columns.h).
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdio.h>

#include "model/audit.h"

struct report_options {
	FILE *out;
	bool colour;    /* decided by cmd/: a terminal, and NO_COLOR unset */
	unsigned width; /* columns; 80 when piped; 0 = do not fold */
	bool numeric;   /* ports as numbers */
	bool verbose;   /* evidence, remedies of every finding, unused start records */
};

struct report_format {
	const char *name; /* "table", "json" */
	const char *doc;
	int (*write)(const struct audit *audit, const struct report_options *options);
};

extern const struct report_format *const report_formats[]; /* NULL-terminated */
const struct report_format *report_format_find(const char *name);

#endif
