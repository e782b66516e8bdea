/*
 * Report: an audit as text. Pure but for writing to the given stream. One file per format,
 * src/report/fmt_<format>.c; every format shows the same rows (report/columns.h).
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdio.h>

#include "model/audit.h"

/* Version of the JSON; grows only when something existing changes its meaning. */
#define REPORT_SCHEMA 1

struct report_options {
	FILE *out;
	bool colour;    /* decided by cmd/: a terminal, and NO_COLOR unset */
	unsigned width; /* columns; 80 when piped; 0 = do not fold */
	bool numeric;   /* ports as numbers */
	bool verbose;   /* evidence, remedies of every finding, unused start records */
	bool all;       /* unix and other sockets only this host can reach as well, off records */
	/* A port's name, NULL when it has none; NULL = always numbers. */
	const char *(*port_name)(const void *names, enum net_proto proto, uint32_t port);
	const void *port_names;
};

struct report_format {
	const char *name; /* "table", "json" */
	const char *doc;
	int (*write)(const struct audit *audit, const struct report_options *options);
};

extern const struct report_format *const report_formats[]; /* NULL-terminated */
const struct report_format *report_format_find(const char *name);

#endif
