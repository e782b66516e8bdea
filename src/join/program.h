/* Program: what kind of program a path names, and which one a process really runs. */
#ifndef JOIN_PROGRAM_H
#define JOIN_PROGRAM_H

#include "join/join.h"

enum program_kind {
	PROGRAM_LOGIN, /* lets people in: what runs below it is theirs, not the service's */
	PROGRAM_SHELL,
	PROGRAM_MULTIPLEXER, /* outlives the login that started it */
	PROGRAM_CRON,
	PROGRAM_SUPERVISOR,
	PROGRAM_INTERPRETER,
};

bool program_is(const char *path, enum program_kind kind); /* by its last component */
const char *program_of(const struct process *process);     /* exe, else comm */
/* The absolute script an interpreter or shell runs, or NULL. */
const char *program_script(const struct process *process);

#endif
