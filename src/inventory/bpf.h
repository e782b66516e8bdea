/* Small BPF programs assembled by hand, and bpf(2) for iterators; see owners_bpf.c for why. */
#ifndef INVENTORY_BPF_H
#define INVENTORY_BPF_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/span.h"
#include "inventory/btf.h"
#include "inventory/owners.h"

/* linux/magic.h: the file system that all sockets' inodes are on. */
#define BPF_SOCKFS 0x534F434B
/* The bit set of wanted inodes, shared with a program: one bit for inode modulo its size. */
#define BPF_BITS_BYTES 65536

/* What a program writes for each hit. */
struct bpf_record {
	uint64_t inode;
	uint64_t start_ns;
	int32_t pid;
	uint32_t fd;
};

struct bpf_program {
	struct bpf_insn v[512];
	size_t n;
	size_t outs[16]; /* jumps to its end, set when that is known */
	size_t n_outs;
};

/* Instructions: r1..r5 are gone after a call, 10 is the frame. */
void bpf_emit(struct bpf_program *program, uint8_t code, int dst, int src, int off, int32_t imm);
void bpf_load(struct bpf_program *program, int size, int dst, int src, int off);
void bpf_store(struct bpf_program *program, int size, int dst, int off, int src);
void bpf_move(struct bpf_program *program, int dst, int src);
void bpf_add(struct bpf_program *program, int dst, int src);
void bpf_calc(struct bpf_program *program, int operation, int dst, int32_t imm);
void bpf_call(struct bpf_program *program, int32_t helper);
/* Leaves the program (or function) when the comparison with a number, or a register, holds. */
void bpf_out_if(struct bpf_program *program, int comparison, int reg, int32_t imm);
void bpf_out_if_reg(struct bpf_program *program, int comparison, int reg, int other);
/* r5 = whether the inode number is in the bit set; r4 is used. */
void bpf_test_bit(struct bpf_program *program, int inode, int bits_fd);
/* The end all jumps go to: returns 0. */
void bpf_end(struct bpf_program *program);

/* bpf(2), and the few commands wanted of it; an fd or -errno. */
int bpf_do(int command, union bpf_attr *attr);
must_check int bpf_make_bits(size_t bytes);
must_check int bpf_set_bits(int map, const uint8_t *bytes);
must_check int bpf_open_iterator(int program);
/* Reads an iterator to its end; -errno. A record may be cut by the end of a buffer. */
must_check int bpf_read_records(int iterator, void (*take)(void *ctx, const struct bpf_record *),
				void *ctx);
/* The bit set's bytes for these inodes. */
void bpf_bits_of(const struct inode_set *wanted, uint8_t bytes[BPF_BITS_BYTES]);

/* The kernel's own type information, in the arena or mapped (then *mapped is not MAP_FAILED). */
struct span bpf_kernel_types(struct arena *arena, void **mapped);
/* Whether pids and start times mean the same in /proc and in the kernel's tables. */
bool bpf_numbers_agree(void);
/* Whether this is not the machine's first pid namespace. */
bool bpf_nested(void);

#endif
