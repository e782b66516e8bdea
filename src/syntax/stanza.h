/*
 * Stanza: "Field: value" lines in blocks, as Debian's control files have them (deb822(5)): blocks
 * are separated by empty lines, a value goes on in lines that begin with a blank or a tab, " ." is
 * an empty line of a value, a line that begins with # is a comment (inside a value too). The
 * catalog and the policy file are written so.
 *
 * One node per field. words[0] is the name, words[1] the value's first line (may be empty), the
 * rest its further lines: without their first blank, so that a text can tell a line that was
 * indented more. A stanza's first field has parent -1, its other fields have that first one.
 */
#ifndef SYNTAX_STANZA_H
#define SYNTAX_STANZA_H

#include "syntax/tree.h"

enum stanza_kind { STANZA_FIELD = SYN_OWN };

extern const struct syn_format syn_format_stanza;

#endif
