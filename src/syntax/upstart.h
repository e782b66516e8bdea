/*
 * upstart: a job file, /etc/init/NAME.conf or NAME.override (init(5) of upstart). A stanza is a
 * line; parentheses and backslashes let it go on, and "script" begins lines that end at
 * "end script".
 */
#ifndef SYNTAX_UPSTART_H
#define SYNTAX_UPSTART_H

#include "syntax/tree.h"

/*
 * UPSTART_STANZA: words are the tokens, parentheses apart.
 * UPSTART_BEGIN: "script" or "pre-start script"; words as above. UPSTART_CODE: a line of it.
 * UPSTART_END: "end script". The last two have the BEGIN as parent.
 */
enum upstart_kind { UPSTART_STANZA = SYN_OWN, UPSTART_BEGIN, UPSTART_CODE, UPSTART_END };

extern const struct syn_format syn_format_upstart;

/* What one file says; the words belong to the tree. NULL = not there. Of equal stanzas the last
 * one counts. */
struct upstart {
	const struct syn_node *start_on, *stop_on; /* words from the third on are the condition */
	const struct syn_node *manual;             /* later in the file than start_on */
	const struct syn_node *exec;               /* the program: words from the second on */
	const struct syn_node *script;             /* the BEGIN of the main script */
	const struct syn_node *description, *setuid, *setgid, *instance;
	const struct syn_node *respawn, *expect, *task;
};

struct upstart upstart_view(const struct syn_tree *tree);

/* The lines of the script that begins at this node, as one text. */
struct span upstart_code(const struct syn_tree *tree, const struct syn_node *begin);

#endif
