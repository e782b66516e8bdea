/*
 * initscript: a SysV init script. Its shell lines are those of sh.h; its comments may hold
 * two kinds of header: LSB's (LSB 3.1 section 20.8, insserv(8)) and chkconfig's (chkconfig(8)).
 */
#ifndef SYNTAX_INITSCRIPT_H
#define SYNTAX_INITSCRIPT_H

#include "syntax/sh.h"

/*
 * INITSCRIPT_BEGIN and _END: "### BEGIN INIT INFO" and its end.
 * INITSCRIPT_LSB: a keyword line between them; words are keyword and values, with those of its
 *	continuation lines.
 * INITSCRIPT_KEYWORD: "# chkconfig: 345 20 80", "# description: ...", "# pidfile: ..." of Red Hat;
 *	words as above.
 * INITSCRIPT_SHEBANG: the first line; words are the program and its arguments.
 */
enum initscript_kind {
	INITSCRIPT_BEGIN = SH_OWN,
	INITSCRIPT_END,
	INITSCRIPT_LSB,
	INITSCRIPT_KEYWORD,
	INITSCRIPT_SHEBANG
};

extern const struct syn_format syn_format_initscript;

/* What the headers say. Words are inside the tree; n = 0 where a keyword is absent. */
struct initscript_words {
	const struct syn_word *v;
	uint32_t n;
	uint32_t line; /* of the keyword; 0 = absent */
};

struct initscript {
	bool lsb; /* an LSB header is there and ended */
	struct initscript_words provides, required_start, default_start, default_stop,
		description;               /* the short one when there is one */
	struct initscript_words chkconfig; /* levels, start order, stop order */
	struct initscript_words processname, pidfile, config;
	const char *interpreter; /* of "#!", NULL when absent: "/lib/init/init-d-script" */
};

struct initscript initscript_view(const struct syn_tree *tree);

#endif
