/* Output: what every command that prints shares: formats, width, colour, service names. */
#ifndef CMD_OUTPUT_H
#define CMD_OUTPUT_H

#include "cmd/cmd.h"
#include "report/list.h"

#define OUTPUT_FORMATS "table|plain|json"

/* Standard output as it is: width and colour of a terminal (NO_COLOR honoured), 80 when piped. */
struct report_options output_options(void);

/* Port names from the machine's own services file. */
void output_names(struct report_options *options, const struct services *services);

/* Runs an audit with a sign of life; 0, or CMD_USAGE after saying why. */
must_check int output_audit(struct audit_run *run, const struct audit_options *wanted);

/* Writes a list in a format and ends the report; CMD_FINE, or CMD_USAGE for an unknown format. */
int output_list(const struct cmd *cmd, struct report_ctx *ctx, const char *format,
		const struct report_list *list);

/* Ends the output: a full disk or closed pipe must not pass for success. Gives status back, or
 * CMD_INCOMPLETE after saying why. */
int output_end(int status);

/* A file as the server sees it: a relative name is from here, unless below another root. */
const char *cmd_file_here(struct arena *arena, const char *root, const char *file);

/* A line on standard error while something takes longer than a second, when it is a terminal. */
void output_progress_begin(const char *what);
void output_progress_end(void);

/* Records as an array of pointers for a struct report_list. */
#define OUTPUT_RECORDS(vec) ((const void *const *)(const void *)(vec).v)

#endif
