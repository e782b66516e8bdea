/* Control: how commands talk to a running gatehoused (engine/control.h). */
#ifndef CMD_CONTROL_H
#define CMD_CONTROL_H

#include <jansson.h>

#include "cmd/output.h"
#include "model/served.h"

#define CONTROL_OPTION                                                                             \
	{                                                                                          \
		"control", 0, "SOCKET", "of the gatehoused that is meant"                          \
	}

/* Sends one line, gives the answer, or NULL after saying why on standard error: *ret_status is then
 * the exit status. socket NULL = the usual one. */
json_t *control_ask(const char *socket, const char *line, int *ret_status);

/* Lists are printed with what every list has; the audit is empty but for host and time. */
struct control_list {
	struct audit audit;
	struct report_options options;
	struct report_ctx ctx;
};
void control_list_begin(struct control_list *list);
void control_list_end(struct control_list *list);

/* A command of one request that prints nothing: its exit status. */
int control_simple(const struct cmd *cmd, const char *socket, const char *line);

#endif
