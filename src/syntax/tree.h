/*
 * Tree: a configuration file as its author wrote it, with the place of every piece.
 *
 * A parser is a pure function from bytes to a tree: it gives no meaning, touches no file,
 * and loses nothing. The nodes tile the text: all raw spans joined are the file, byte for
 * byte, whatever is in it (tests and fuzzers check this), so an edit changes what it means
 * to change and nothing else. What could not be understood is a node of kind SYN_BAD with a
 * diagnostic; the parser goes on after it.
 */
#ifndef SYNTAX_TREE_H
#define SYNTAX_TREE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/span.h"

/* Kinds every format shares; a format's own kinds start at SYN_OWN. */
enum syn_kind { SYN_BLANK, SYN_COMMENT, SYN_BAD, SYN_OWN };

struct syn_word {
	struct span raw;  /* the bytes in the file, quotes and escapes included */
	struct span text; /* what they mean; points into the file or the tree's arena */
	uint32_t line, col;
};

struct syn_node {
	uint16_t kind;
	uint32_t line, col;     /* of its first byte, from 1; col counts bytes */
	int32_t parent;         /* index of the section's opening node, -1 = top level */
	struct span raw;        /* line ends and continuation lines included */
	struct syn_word *words; /* the fields, names, operators, values: see the format's header */
	uint32_t n_words;
};

struct syn_format;

struct syn_tree {
	const struct syn_format *format;
	struct arena *arena;
	struct diags *diags;
	const char *file; /* for diagnostics and records */
	struct span text;
	struct syn_node *nodes;
	size_t n_nodes, cap_nodes;
	const char *col_at, *col_start; /* the last position asked of syn_col, its line's start */
};

/* One row per format, in src/syntax/<format>.c; the list is made by meson from the file names. */
struct syn_format {
	const char *name;         /* "inetd", "xinetd", ... */
	const char *doc;          /* one sentence: what files, which dialects */
	const char *const *kinds; /* names of the own kinds, for dumps; NULL-terminated */
	void (*parse)(struct syn_tree *tree);
};

extern const struct syn_format *const syn_formats[]; /* NULL-terminated */
const struct syn_format *syn_format_find(const char *name);

/* Parses text, which must outlive the tree. Never fails: bad pieces are in diags. */
struct syn_tree *syn_parse(const struct syn_format *format, struct arena *arena,
			   struct diags *diags, const char *file, struct span text);

/* The name of a node's kind: "blank", "comment", "bad" or the format's own. */
const char *syn_kind_name(const struct syn_tree *tree, const struct syn_node *node);

/* The file again: all raw spans joined. */
struct span syn_text(const struct syn_tree *tree);

/*
 * Edits. Each gives a new text (the tree stays as it was), to be written and parsed again.
 * at counts nodes; inserting at n_nodes appends, and ends an unfinished last line first.
 */
struct span syn_replace(const struct syn_tree *tree, size_t at, struct span raw);
struct span syn_insert(const struct syn_tree *tree, size_t at, struct span raw);

/* For parsers ----------------------------------------------------------------------- */

/* Walks a text line by line. */
struct syn_lines {
	struct span text;
	size_t at;     /* offset of the next line */
	uint32_t line; /* its number, from 1 */
};

struct syn_line {
	struct span raw;  /* with its end of line */
	struct span text; /* without */
	uint32_t line;
};

struct syn_lines syn_lines_of(struct span text);
bool syn_lines_next(struct syn_lines *lines, struct syn_line *ret);
/* Looks at the next line without taking it. */
bool syn_lines_peek(const struct syn_lines *lines, struct syn_line *ret);

/* Appends a node covering raw (which must start where the last one ended). The address is good
 * until the next syn_add. Its parent is -1. */
struct syn_node *syn_add(struct syn_tree *tree, unsigned kind, struct span raw, uint32_t line);
/* Makes the last node longer: a continuation line. */
void syn_extend(struct syn_node *node, struct span more);
/* Adds a word to a node of the tree; the column is counted from the start of its line. */
struct syn_word *syn_word_add(struct syn_tree *tree, struct syn_node *node, struct span raw,
			      struct span text, uint32_t line);
/* Splits a line into words at blanks and tabs and adds them all. Too many: diagnostic, rest left
 * out. */
void syn_words_split(struct syn_tree *tree, struct syn_node *node, struct syn_line line);
/* Column of a position inside the file, from 1. */
uint32_t syn_col(struct syn_tree *tree, const char *at);
/* Diagnostic at a position inside the file. */
void syn_diag(struct syn_tree *tree, enum diag_level level, const char *at, uint32_t line,
	      const char *fmt, ...) printf_like(5, 6);

#endif
