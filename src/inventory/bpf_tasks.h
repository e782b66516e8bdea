/* Facts of all processes from one BPF program: network namespaces, and who holds sockets. */
#ifndef INVENTORY_BPF_TASKS_H
#define INVENTORY_BPF_TASKS_H

#include "inventory/bpf.h"

struct bpf_tasks;

/* Begins to make the program, in a thread of its own: it takes about 2 ms. Never NULL. */
struct bpf_tasks *bpf_tasks_begin(void);
void bpf_tasks_end(struct bpf_tasks *tasks); /* NULL is fine */

/*
 * Takes a record for each descriptor that is a wanted socket, or with wanted NULL one for each
 * process, whose inode is its network namespace. -errno when this is not to be had here.
 */
must_check int bpf_tasks_read(struct bpf_tasks *tasks, const struct inode_set *wanted,
			      void (*take)(void *ctx, const struct bpf_record *), void *ctx);

#endif
