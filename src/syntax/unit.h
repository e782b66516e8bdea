/*
 * Unit: systemd unit files and drop-ins (systemd.syntax(7)), and the files of the same
 * grammar: networkd, quadlets, D-Bus service and desktop files.
 *
 * Kinds: a section has one word, its name. A setting has two, the key and the value; the value's
 * text is what systemd works with: lines joined, blanks at both ends gone, quotes still there.
 * A setting's parent is its section.
 */
#ifndef SYNTAX_UNIT_H
#define SYNTAX_UNIT_H

#include "syntax/tree.h"

enum unit_kind { UNIT_SECTION = SYN_OWN, UNIT_SETTING };

extern const struct syn_format syn_format_unit;

/*
 * Takes the next word off a value: blanks separate, "..." and '...' join, \x41, \101, \n and the
 * like are read (systemd.syntax(7), "Quoting"). False at the end. *ret_quoted (may be NULL) tells
 * whether any quote was there: a quoted ";" is no separator.
 */
bool unit_word(struct arena *arena, struct span *rest, struct span *ret, bool *ret_quoted);

#endif
