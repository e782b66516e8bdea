/*
 * Script: shell files that an init runs as they are (rc.local, Slackware's rc.inet2 and rc.*):
 * the kinds of sh.h, and lines of comment that hold a command somebody switched off.
 *
 *	SH_ASSIGN, SH_LINE   as in sh.h
 *	SCRIPT_OFF           the words of the command behind the '#'
 */
#ifndef SYNTAX_SCRIPT_H
#define SYNTAX_SCRIPT_H

#include "syntax/sh.h"

enum script_kind { SCRIPT_OFF = SH_OWN };

extern const struct syn_format syn_format_script;

#endif
