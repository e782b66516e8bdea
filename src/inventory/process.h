/* Parsers of one process's files in /proc: pure, for tests with lines other kernels write. */
#ifndef INVENTORY_PROCESS_H
#define INVENTORY_PROCESS_H

#include "base/arena.h"
#include "base/span.h"
#include "model/process.h"

void process_parse_status(struct span text, struct process *process);
void process_parse_cgroup(struct span text, struct arena *arena, struct process *process);
void process_parse_cmdline(struct span text, struct arena *arena, struct process *process);
const char *process_tty_name(struct arena *arena, uint32_t tty); /* "pts/3"; NULL for none */

#endif
