/*
 * The common parts of our BPF programs: an assembler of a few instructions (Documentation/bpf/
 * standardization/instruction-set.rst), iterators (bpf_iterators.rst) and their records.
 */
#include "inventory/bpf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"

#define BTF_FILE "/sys/kernel/btf/vmlinux"
/* linux/proc_ns.h: inodes of the first pid and the first time namespace. */
#define INIT_PIDNS 0xEFFFFFFCu
#define INIT_TIMENS 0xEFFFFFFAu

/* Instructions ------------------------------------------------------------------------- */

void
bpf_emit(struct bpf_program *program, uint8_t code, int dst, int src, int off, int32_t imm)
{
	if (program->n == COUNT_OF(program->v))
		abort(); /* the programs are fixed: only a change of ours can come here */
	program->v[program->n++] = (struct bpf_insn){.code = code,
						     .dst_reg = (uint8_t)dst & 0xfu,
						     .src_reg = (uint8_t)src & 0xfu,
						     .off = (int16_t)off,
						     .imm = imm};
}

void
bpf_load(struct bpf_program *program, int size, int dst, int src, int off)
{
	bpf_emit(program, (uint8_t)(BPF_LDX | BPF_MEM | size), dst, src, off, 0);
}

void
bpf_store(struct bpf_program *program, int size, int dst, int off, int src)
{
	bpf_emit(program, (uint8_t)(BPF_STX | BPF_MEM | size), dst, src, off, 0);
}

void
bpf_move(struct bpf_program *program, int dst, int src)
{
	bpf_emit(program, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}

void
bpf_add(struct bpf_program *program, int dst, int src)
{
	bpf_emit(program, BPF_ALU64 | BPF_ADD | BPF_X, dst, src, 0, 0);
}

void
bpf_calc(struct bpf_program *program, int operation, int dst, int32_t imm)
{
	bpf_emit(program, (uint8_t)(BPF_ALU64 | operation | BPF_K), dst, 0, 0, imm);
}

void
bpf_call(struct bpf_program *program, int32_t helper)
{
	bpf_emit(program, BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

void
bpf_out_if(struct bpf_program *program, int comparison, int reg, int32_t imm)
{
	program->outs[program->n_outs++] = program->n;
	bpf_emit(program, (uint8_t)(BPF_JMP | comparison | BPF_K), reg, 0, 0, imm);
}

void
bpf_out_if_reg(struct bpf_program *program, int comparison, int reg, int other)
{
	program->outs[program->n_outs++] = program->n;
	bpf_emit(program, (uint8_t)(BPF_JMP | comparison | BPF_X), reg, other, 0, 0);
}

void
bpf_test_bit(struct bpf_program *program, int inode, int bits_fd)
{
	bpf_move(program, BPF_REG_4, inode);
	bpf_calc(program, BPF_RSH, BPF_REG_4, 3);
	bpf_calc(program, BPF_AND, BPF_REG_4, BPF_BITS_BYTES - 1);
	bpf_emit(program, BPF_LD | BPF_IMM | BPF_DW, BPF_REG_5, BPF_PSEUDO_MAP_VALUE, 0, bits_fd);
	bpf_emit(program, 0, 0, 0, 0, 0);
	bpf_add(program, BPF_REG_5, BPF_REG_4);
	bpf_load(program, BPF_B, BPF_REG_5, BPF_REG_5, 0);
	bpf_move(program, BPF_REG_4, inode);
	bpf_calc(program, BPF_AND, BPF_REG_4, 7);
	bpf_emit(program, BPF_ALU64 | BPF_RSH | BPF_X, BPF_REG_5, BPF_REG_4, 0, 0);
	bpf_calc(program, BPF_AND, BPF_REG_5, 1);
}

void
bpf_end(struct bpf_program *program)
{
	for (size_t i = 0; i < program->n_outs; i++)
		program->v[program->outs[i]].off = (int16_t)(program->n - program->outs[i] - 1);
	program->n_outs = 0;
	bpf_calc(program, BPF_MOV, BPF_REG_0, 0);
	bpf_emit(program, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* bpf(2) ------------------------------------------------------------------------------- */

int
bpf_do(int command, union bpf_attr *attr)
{
	long r = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return r < 0 ? -errno : (int)r;
}

int
bpf_make_bits(size_t bytes)
{
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY,
			       .key_size = 4,
			       .value_size = (uint32_t)bytes,
			       .max_entries = 1};

	return bpf_do(BPF_MAP_CREATE, &attr); /* the kernel makes it close-on-exec */
}

int
bpf_set_bits(int map, const uint8_t *bytes)
{
	const uint32_t key = 0;
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)map;
	attr.key = (uintptr_t)&key;
	attr.value = (uintptr_t)bytes;
	return bpf_do(BPF_MAP_UPDATE_ELEM, &attr);
}

void
bpf_bits_of(const struct inode_set *wanted, uint8_t bytes[BPF_BITS_BYTES])
{
	memset(bytes, 0, BPF_BITS_BYTES);
	for (size_t i = 0; i <= wanted->mask; i++)
		bytes[wanted->v[i] >> 3 & (BPF_BITS_BYTES - 1)] |=
			(uint8_t)(wanted->v[i] ? 1u << (wanted->v[i] & 7) : 0);
}

/* The iterator as a file to read; the program and link live as long as it does. */
int
bpf_open_iterator(int program)
{
	union bpf_attr attr = {
		.link_create = {.prog_fd = (uint32_t)program, .attach_type = BPF_TRACE_ITER}};
	auto_fd link = bpf_do(BPF_LINK_CREATE, &attr);

	if (link < 0)
		return link;
	memset(&attr, 0, sizeof(attr));
	attr.iter_create.link_fd = (uint32_t)link;
	return bpf_do(BPF_ITER_CREATE, &attr);
}

int
bpf_read_records(int iterator, void (*take)(void *ctx, const struct bpf_record *), void *ctx)
{
	char buf[65536];
	size_t have = 0;

	for (;;) {
		ssize_t n = read(iterator, buf + have, sizeof(buf) - have);
		size_t at = 0;

		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		have += (size_t)n;
		for (; have - at >= sizeof(struct bpf_record); at += sizeof(struct bpf_record)) {
			struct bpf_record record;

			memcpy(&record, buf + at, sizeof(record));
			take(ctx, &record);
		}
		have -= at;
		memmove(buf, buf + at, have);
	}
}

/* What this kernel and this process are ------------------------------------------------- */

/* 6.16 can map the file; before it must be read. */
struct span
bpf_kernel_types(struct arena *arena, void **mapped)
{
	auto_fd fd = open(BTF_FILE, O_RDONLY | O_CLOEXEC);
	struct span text = {0};
	struct stat st;

	*mapped = MAP_FAILED;
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size <= 0)
		return text;
	*mapped = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (*mapped != MAP_FAILED)
		return (struct span){*mapped, (size_t)st.st_size};
	if (fd_read_all(fd, arena, LIMIT_DATABASE_BYTES, &text) < 0)
		text = (struct span){0};
	return text;
}

static bool
inode_is(const char *path, uint64_t inode)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_ino == inode;
}

/* Pids must mean the same in /proc and for us, and start times need the machine's own clock. */
bool
bpf_numbers_agree(void)
{
	char self[16];
	ssize_t n = readlink("/proc/self", self, sizeof(self) - 1);
	struct stat st;

	if (n <= 0)
		return false;
	self[n] = '\0';
	return atol(self) == getpid() &&
	       (stat("/proc/self/ns/time", &st) < 0 || st.st_ino == INIT_TIMENS);
}

bool
bpf_nested(void)
{
	return !inode_is("/proc/self/ns/pid", INIT_PIDNS);
}
