/*
 * assignments: files that are sourced by scripts for their NAME=value lines: /etc/default/X,
 * /etc/sysconfig/X, /etc/conf.d/X, /etc/rc.conf. Anything else shell allows is a line of sh.h.
 */
#ifndef SYNTAX_ASSIGNMENTS_H
#define SYNTAX_ASSIGNMENTS_H

#include "syntax/sh.h"

extern const struct syn_format syn_format_assignments;

#endif
