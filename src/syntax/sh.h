/*
 * Sh: shell text cut into logical lines and words, for the formats that are shell scripts or
 * look like them (init scripts, openrc-run scripts, run scripts, /etc/default files). It knows
 * quotes, continuation lines, here-documents, comments, operators and substitutions as far as
 * is needed to say where a word ends; it runs nothing. Source: POSIX.1-2017 XCU chapter 2.
 *
 * Words of a line node are its tokens, operators and redirections included; those of an
 * assignment are name, value, name, value, ....
 */
#ifndef SYNTAX_SH_H
#define SYNTAX_SH_H

#include "base/map.h"
#include "syntax/tree.h"

/* The kinds all shell-like formats begin with. */
enum sh_kind { SH_ASSIGN = SYN_OWN, SH_LINE, SH_OWN };
#define SH_KINDS "assign", "line"

/* Reads one logical line at *at: gives it its nodes, moves *at and *line behind it. */
struct sh_reader {
	struct syn_tree *tree;
	size_t at;               /* offset of the next line */
	uint32_t line;           /* its number, from 1 */
	unsigned again;          /* how often an unclosed quote or here-document was forgiven */
	struct sh_token *tokens; /* of the line being read; the room is used again */
	size_t cap_tokens;
};

struct sh_reader sh_reader_of(struct syn_tree *tree);
/* The next physical line, not taken; false at the end. */
bool sh_peek(struct sh_reader *reader, struct syn_line *ret);
/* Takes the line just peeked as one node of that kind. */
struct syn_node *sh_take(struct sh_reader *reader, unsigned kind, struct syn_line line);
/* Takes a logical line of shell: blank, comment, assignment or line. */
void sh_take_shell(struct sh_reader *reader);

/* Views ------------------------------------------------------------------------------ */

/* One simple command: its words without leading assignments, keywords and redirections. */
struct sh_command {
	const struct syn_word **words;
	size_t n;
	const struct syn_node *node;
};

/* Walks all simple commands of a tree, in the order of the file. */
struct sh_walk {
	const struct syn_tree *tree;
	size_t node;
	uint32_t word;
};
bool sh_next_command(struct sh_walk *walk, struct arena *arena, struct sh_command *ret);

/* Variables whose value can be known by reading: name -> text. */
struct sh_vars {
	struct arena *arena;
	struct map map;
	const char *script; /* what $0 is */
	size_t *spent;      /* bytes expanded so far: a file that wants too much gets "unknown" */
};
struct sh_vars sh_vars_of(struct arena *arena, const char *script);
void sh_set(struct sh_vars *vars, const char *name, const char *value);
const char *sh_get(const struct sh_vars *vars, const char *name); /* NULL = not known or unset */
/* Takes in all assignments of a node; values that cannot be known make the name unknown. */
void sh_assign(struct sh_vars *vars, const struct syn_node *node);
/*
 * What a word means with these variables: quotes taken off, $NAME, ${NAME}, ${NAME:-WORD} and
 * ${NAME##*\/} put in, unset ones empty. NULL when it holds what only a shell can tell.
 */
char *sh_expand(const struct sh_vars *vars, struct span raw);
/* The words of a command expanded and split as the shell would; unknowable words stay as
 * written. NULL-terminated. */
const char **sh_argv(const struct sh_vars *vars, const struct syn_word *const *words, size_t n);

#endif
