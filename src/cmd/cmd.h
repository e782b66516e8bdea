/*
 * Commands: one file per subcommand, src/cmd/cmd_<name>.c, each with one row. The only
 * place that prints errors and ends the program.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdio.h>

#include "base/err.h"
#include "base/root.h"
#include "catalog/catalog.h"
#include "inventory/inventory.h"
#include "model/audit.h"
#include "start/services.h"
#include "start/start.h"

/* Exit statuses scripts rely on (design section 9). */
enum cmd_exit {
	CMD_FINE = 0,
	CMD_FINDINGS = 1,  /* findings, or refused */
	CMD_USAGE = 2,     /* usage or bad input */
	CMD_INCOMPLETE = 3 /* could not see or do everything asked */
};

/* One option of a command: --help, the man page and completions are checked against it. */
struct cmd_option {
	const char *name;  /* long name without dashes: "format" */
	char letter;       /* short form, or 0 */
	const char *value; /* what follows: "table|json"; NULL = nothing */
	const char *doc;
};

struct cmd {
	const char *name;                 /* "audit" */
	const char *args;                 /* "[--root DIR] ...": the usage line */
	const char *doc;                  /* one sentence */
	const struct cmd_option *options; /* ends with a NULL name; every command also has --help */
	int (*run)(const struct cmd *cmd, int argc, char **argv);
};

extern const struct cmd *const cmds[]; /* NULL-terminated */

/*
 * Next option of the command line by the command's own table: its index in options, -1 at the end
 * of the options (*at is then the first operand), -2 after a usage error (already printed) or
 * --help (printed; *ret_help set).
 */
struct cmd_args {
	const struct cmd *cmd;
	int argc;
	char **argv;
	int at;
	const char *value; /* of the option just returned */
	bool help;
	const char *letters; /* short options of the same word still to come */
	int operands;        /* passed over so far: they end up behind the options */
};
int cmd_args_next(struct cmd_args *args);
int cmd_usage_error(const struct cmd *cmd, const char *fmt, ...) printf_like(2, 3); /* CMD_USAGE */
void cmd_help(const struct cmd *cmd, FILE *out);

/* Values of options that several commands have: 0, or CMD_USAGE after saying why. */
must_check int cmd_take_netns(const struct cmd *cmd, const char *value,
			      struct inventory_options *ret);
must_check int cmd_take_owners(const struct cmd *cmd, const char *value,
			       struct inventory_options *ret);

/* One whole audit: everything from inventory to judgement, as asked. Free with audit_run_free. */
struct audit_run {
	struct audit audit;
	struct root root;
	struct arena *files;       /* what was read from the machine's files */
	struct arena *knowledge;   /* the catalog and the policy, read side by side with those */
	struct services *services; /* /etc/services and the like, for names of ports */
	struct catalog *catalog;
	bool bad_input; /* the policy named on the command line has mistakes */
};
struct audit_options {
	const char *root;      /* NULL = "/" */
	const char *policy;    /* another policy file, NULL = /etc/gatehouse/policy */
	const char *listing;   /* a saved netstat or ss listing instead of this machine's sockets */
	const char *mechanism; /* only this start reader; NULL = all */
	bool no_sockets;       /* start records only */
	struct inventory_options inventory;
};
must_check int audit_run(struct audit_run *run, const struct audit_options *options,
			 struct err *err);
void audit_run_free(struct audit_run *run);
/* The exit status of a finished audit: 2 for bad input, then 3 before 1 before 0. */
enum cmd_exit audit_run_exit(const struct audit_run *run);

/* Prints diagnostics of this level and above to stderr: of one file, NULL = of all. */
void cmd_print_diags(const struct audit *audit, enum diag_level least, const char *file);

#endif
