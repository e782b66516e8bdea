/*
 * crontab: cron's tables, as crontab(5) of Debian cron and cronie have them, and anacrontab(5).
 *
 *	CRONTAB_ENV    name value; quotes around either are taken off
 *	CRONTAB_JOB    minute hour day month weekday rest
 *	CRONTAB_AT     "@reboot" (or @daily, ...) rest
 *	CRONTAB_ANA    period delay name command, of a table with the header of anacron:
 *	               a line whose second field is a number and third is a name
 *
 * The rest of the line is one word: in system tables it begins with the user's name
 * (crontab_user takes it off), in a user's own table it is the command. A '%' in a command ends
 * it, what follows is its input (crontab_command).
 */
#ifndef SYNTAX_CRONTAB_H
#define SYNTAX_CRONTAB_H

#include "syntax/tree.h"

enum crontab_kind { CRONTAB_ENV = SYN_OWN, CRONTAB_JOB, CRONTAB_AT, CRONTAB_ANA };

extern const struct syn_format syn_format_crontab;

/* The user's name in front of a system table's command; what is left is the command. */
struct span crontab_user(struct span *rest);
/* The command without its input. */
struct span crontab_command(struct span rest);
/* The time fields as written, "17 * * * *" or "@reboot"; points into the file. */
struct span crontab_schedule(const struct syn_node *node);

#endif
