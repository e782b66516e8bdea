/*
 * Owners by a BPF iterator over all descriptors of all processes ("task_file",
 * Documentation/bpf/bpf_iterators.rst): the kernel walks its own tables and calls our program
 * for each open file; it writes down those that are wanted sockets. 0.25 to 0.5 us per
 * descriptor instead of 3, no process can hide from it, and pid, descriptor and start time
 * of a record belong together by construction.
 *
 * The program is some forty instructions, assembled here with the running kernel's own
 * offsets (btf.c). That spares the build a BPF compiler, and the run 17 ms of libbpf, which
 * is more than the search itself on most machines. Needs CAP_BPF and CAP_PERFMON (or
 * CAP_SYS_ADMIN), BTF, Linux 5.8; without any of them the caller walks /proc.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/vec.h"
#include "inventory/btf.h"
#include "inventory/owners.h"

#define BTF_FILE "/sys/kernel/btf/vmlinux"
/* linux/magic.h: the file system that all sockets' inodes are on. */
#define SOCKFS 0x534F434B
/* linux/proc_ns.h: inodes of the first pid and the first time namespace. */
#define INIT_PIDNS 0xEFFFFFFCu
#define INIT_TIMENS 0xEFFFFFFAu
/* The bit set of wanted inodes, shared with the program: one bit for inode modulo its size. */
#define BITS_BYTES 65536
/* struct bpf_iter__task_file, bpf_iter_meta: pointers in 8 bytes each, whatever the machine. */
enum { CTX_META = 0, CTX_TASK = 8, CTX_FD = 16, CTX_FILE = 24, META_SEQ = 0 };

/* What the program writes for each hit. */
struct record {
	uint64_t inode;
	uint64_t start_ns;
	int32_t pid;
	uint32_t fd;
};

/* Kernel types ------------------------------------------------------------------------ */

enum {
	FILE_INODE,
	INODE_INO,
	INODE_SB,
	SB_MAGIC,
	TASK_LEADER,
	TASK_TGID,
	TASK_START,
	TASK_PID,
	PID_LEVEL,
	PID_NUMBERS,
	UPID_SIZE,
	UPID_NR,
	N_OFFSETS
};

struct kernel {
	struct btf_place offsets[N_OFFSETS];
	struct btf_name iterator;
};

/* 6.16 can map the file; before it must be read. */
static struct span
load_btf(struct arena *arena, void **mapped)
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

static int
know_kernel(struct kernel *kernel)
{
	struct arena *arena = arena_new();
	void *mapped;
	struct span btf;
	bool fine;

	*kernel = (struct kernel){
		.offsets = {[FILE_INODE] = {"file", "f_inode"},
			    [INODE_INO] = {"inode", "i_ino"},
			    [INODE_SB] = {"inode", "i_sb"},
			    [SB_MAGIC] = {"super_block", "s_magic"},
			    [TASK_LEADER] = {"task_struct", "group_leader"},
			    [TASK_TGID] = {"task_struct", "tgid"},
			    [TASK_START] = {"task_struct", "start_boottime"},
			    [TASK_PID] = {"task_struct", "thread_pid"},
			    [PID_LEVEL] = {"pid", "level"},
			    [PID_NUMBERS] = {"pid", "numbers"},
			    [UPID_SIZE] = {"upid", NULL},
			    [UPID_NR] = {"upid", "nr"}},
		.iterator = {"bpf_iter_task_file", 0},
	};
	btf = load_btf(arena, &mapped);
	fine = btf_find(btf, kernel->offsets, N_OFFSETS, &kernel->iterator);
	if (mapped != MAP_FAILED)
		munmap(mapped, btf.n);
	arena_free(arena);
	for (size_t i = 0; i < N_OFFSETS; i++)
		fine = fine && kernel->offsets[i].found && kernel->offsets[i].offset <= INT16_MAX;
	return fine && kernel->iterator.id ? 0 : -EOPNOTSUPP;
}

/* The program ------------------------------------------------------------------------- */

struct program {
	struct bpf_insn v[96];
	size_t n;
	size_t outs[16]; /* jumps to its end, set when that is known */
	size_t n_outs;
};

static void
emit(struct program *program, uint8_t code, uint8_t dst, uint8_t src, int off, int32_t imm)
{
	program->v[program->n++] = (struct bpf_insn){.code = code,
						     .dst_reg = dst & 0xfu,
						     .src_reg = src & 0xfu,
						     .off = (int16_t)off,
						     .imm = imm};
}

static void
load(struct program *program, int size, int dst, int src, int off)
{
	emit(program, (uint8_t)(BPF_LDX | BPF_MEM | size), (uint8_t)dst, (uint8_t)src, off, 0);
}

static void
store(struct program *program, int size, int off, int src)
{
	emit(program, (uint8_t)(BPF_STX | BPF_MEM | size), BPF_REG_10, (uint8_t)src, off, 0);
}

static void
move(struct program *program, int dst, int src)
{
	emit(program, BPF_ALU64 | BPF_MOV | BPF_X, (uint8_t)dst, (uint8_t)src, 0, 0);
}

static void
calc(struct program *program, int operation, int dst, int32_t imm)
{
	emit(program, (uint8_t)(BPF_ALU64 | operation | BPF_K), (uint8_t)dst, 0, 0, imm);
}

static void
call(struct program *program, int32_t helper)
{
	emit(program, BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

/* Leaves the program when the comparison holds. */
static void
out_if(struct program *program, int comparison, int reg, int32_t imm)
{
	program->outs[program->n_outs++] = program->n;
	emit(program, (uint8_t)(BPF_JMP | comparison | BPF_K), (uint8_t)reg, 0, 0, imm);
}

/* r1..r5 are gone after a call; r6 = context, r7 = task, r8 = inode number, r9 = struct pid. */
enum { R0, R1, R2, R3, R4, R5, CTX, TASK, INO, PID, FP };

/* Is the file a wanted socket? First by the bit set (cheap, may say yes too often). */
static void
emit_test(struct program *program, const struct btf_place *at, int bits_fd)
{
	load(program, BPF_DW, R2, CTX, CTX_FILE);
	out_if(program, BPF_JEQ, R2, 0);
	load(program, BPF_DW, TASK, CTX, CTX_TASK);
	out_if(program, BPF_JEQ, TASK, 0);
	load(program, BPF_DW, R3, R2, (int)at[FILE_INODE].offset);
	load(program, BPF_DW, INO, R3, (int)at[INODE_INO].offset);
	move(program, R4, INO);
	calc(program, BPF_RSH, R4, 3);
	calc(program, BPF_AND, R4, BITS_BYTES - 1);
	emit(program, BPF_LD | BPF_IMM | BPF_DW, R5, BPF_PSEUDO_MAP_VALUE, 0, bits_fd);
	emit(program, 0, 0, 0, 0, 0);
	emit(program, BPF_ALU64 | BPF_ADD | BPF_X, R5, R4, 0, 0);
	load(program, BPF_B, R5, R5, 0);
	move(program, R4, INO);
	calc(program, BPF_AND, R4, 7);
	emit(program, BPF_ALU64 | BPF_RSH | BPF_X, R5, R4, 0, 0);
	calc(program, BPF_AND, R5, 1);
	out_if(program, BPF_JEQ, R5, 0);
	load(program, BPF_DW, R4, R3, (int)at[INODE_SB].offset);
	load(program, BPF_DW, R4, R4, (int)at[SB_MAGIC].offset);
	out_if(program, BPF_JNE, R4, SOCKFS);
}

/* The process's number in the namespace of the reader, which is not the first one. */
static void
emit_nested_pid(struct program *program, const struct btf_place *at, int to)
{
	load(program, BPF_DW, PID, TASK, (int)at[TASK_PID].offset);
	call(program, BPF_FUNC_get_current_task_btf);
	load(program, BPF_DW, R1, R0, (int)at[TASK_PID].offset);
	load(program, BPF_W, R1, R1, (int)at[PID_LEVEL].offset);
	calc(program, BPF_MUL, R1, (int32_t)at[UPID_SIZE].offset);
	move(program, R3, PID);
	emit(program, BPF_ALU64 | BPF_ADD | BPF_X, R3, R1, 0, 0);
	calc(program, BPF_ADD, R3, (int32_t)(at[PID_NUMBERS].offset + at[UPID_NR].offset));
	move(program, R1, FP);
	calc(program, BPF_ADD, R1, to);
	calc(program, BPF_MOV, R2, sizeof(int32_t));
	call(program, BPF_FUNC_probe_read_kernel);
}

static void
emit_record(struct program *program, const struct btf_place *at, bool nested)
{
	const int base = -(int)sizeof(struct record);
	const int pid = base + (int)offsetof(struct record, pid);

	load(program, BPF_DW, TASK, TASK, (int)at[TASK_LEADER].offset);
	store(program, BPF_DW, base + (int)offsetof(struct record, inode), INO);
	load(program, BPF_DW, R1, TASK, (int)at[TASK_START].offset);
	store(program, BPF_DW, base + (int)offsetof(struct record, start_ns), R1);
	load(program, BPF_W, R1, CTX, CTX_FD);
	store(program, BPF_W, base + (int)offsetof(struct record, fd), R1);
	load(program, BPF_W, R1, TASK, (int)at[TASK_TGID].offset);
	store(program, BPF_W, pid, R1);
	if (nested)
		emit_nested_pid(program, at, pid);
	load(program, BPF_DW, R1, CTX, CTX_META);
	load(program, BPF_DW, R1, R1, META_SEQ);
	move(program, R2, FP);
	calc(program, BPF_ADD, R2, base);
	calc(program, BPF_MOV, R3, sizeof(struct record));
	call(program, BPF_FUNC_seq_write);
}

static void
assemble(struct program *program, const struct kernel *kernel, int bits_fd, bool nested)
{
	program->n = program->n_outs = 0;
	move(program, CTX, R1);
	emit_test(program, kernel->offsets, bits_fd);
	emit_record(program, kernel->offsets, nested);
	for (size_t i = 0; i < program->n_outs; i++)
		program->v[program->outs[i]].off = (int16_t)(program->n - program->outs[i] - 1);
	calc(program, BPF_MOV, R0, 0);
	emit(program, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* bpf(2) ------------------------------------------------------------------------------- */

static int
bpf(int command, union bpf_attr *attr)
{
	long r = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return r < 0 ? -errno : (int)r;
}

static int
make_bits(const struct inode_set *wanted)
{
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY,
			       .key_size = 4,
			       .value_size = BITS_BYTES,
			       .max_entries = 1};
	auto_fd map = bpf(BPF_MAP_CREATE, &attr);
	uint8_t *bits;
	uint32_t key = 0;
	int r;

	if (map < 0)
		return map;
	bits = calloc(1, BITS_BYTES);
	if (!bits)
		return -ENOMEM;
	for (size_t i = 0; i <= wanted->mask; i++)
		bits[wanted->v[i] >> 3 & (BITS_BYTES - 1)] |=
			(uint8_t)(wanted->v[i] ? 1u << (wanted->v[i] & 7) : 0);
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)map;
	attr.key = (uintptr_t)&key;
	attr.value = (uintptr_t)bits;
	r = bpf(BPF_MAP_UPDATE_ELEM, &attr);
	free(bits);
	return r < 0 ? r : fcntl(map, F_DUPFD_CLOEXEC, 3);
}

static int
load_program(const struct program *program, const struct kernel *kernel)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_TRACING,
		.expected_attach_type = BPF_TRACE_ITER,
		.attach_btf_id = kernel->iterator.id,
		.insns = (uintptr_t)program->v,
		.insn_cnt = (uint32_t)program->n,
		.license = (uintptr_t) "Dual BSD/GPL",
		.prog_name = "gatehouse",
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

/* The iterator as a file to read; the program and link live as long as it does. */
static int
open_iterator(int program)
{
	union bpf_attr attr = {
		.link_create = {.prog_fd = (uint32_t)program, .attach_type = BPF_TRACE_ITER}};
	auto_fd link = bpf(BPF_LINK_CREATE, &attr);

	if (link < 0)
		return link;
	memset(&attr, 0, sizeof(attr));
	attr.iter_create.link_fd = (uint32_t)link;
	return bpf(BPF_ITER_CREATE, &attr);
}

/* The search --------------------------------------------------------------------------- */

static bool
inode_is(const char *path, uint64_t inode)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_ino == inode;
}

/* Pids must mean the same in /proc and for us, and start times need the machine's own clock. */
static bool
numbers_agree(void)
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

static int
open_search(const struct inode_set *wanted)
{
	struct program program;
	struct kernel kernel;
	auto_fd bits = -1, loaded = -1;
	int r;

	if (!numbers_agree())
		return -EOPNOTSUPP;
	bits = make_bits(wanted); /* first: it is cheap and is refused where bpf(2) is */
	if (bits < 0)
		return bits;
	r = know_kernel(&kernel);
	if (r < 0)
		return r;
	assemble(&program, &kernel, bits, !inode_is("/proc/self/ns/pid", INIT_PIDNS));
	loaded = load_program(&program, &kernel);
	if (loaded < 0)
		return loaded;
	return open_iterator(loaded);
}

static void
take_records(struct owner_search *search, const char *bytes, size_t n, uint64_t tick_ns)
{
	for (size_t at = 0; n - at >= sizeof(struct record); at += sizeof(struct record)) {
		struct record record;

		memcpy(&record, bytes + at, sizeof(record));
		/* pid 0: a process outside of our pid namespace. */
		if (record.pid > 0 && record.inode <= UINT32_MAX &&
		    inode_set_has(&search->wanted, (uint32_t)record.inode))
			vec_push(search->audit->arena, &search->hits,
				 (struct owner_hit){(uint32_t)record.inode, record.pid,
						    (int32_t)record.fd, record.start_ns / tick_ns});
	}
}

/* Reads the iterator to its end. A record may be cut by the end of the buffer. */
static int
read_all(struct owner_search *search, int iterator)
{
	const uint64_t tick_ns = 1000000000u / (uint64_t)sysconf(_SC_CLK_TCK);
	char buf[65536];
	size_t have = 0;

	for (;;) {
		ssize_t n = read(iterator, buf + have, sizeof(buf) - have);
		size_t whole;

		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		have += (size_t)n;
		whole = have / sizeof(struct record) * sizeof(struct record);
		take_records(search, buf, whole, tick_ns);
		have -= whole;
		memmove(buf, buf + whole, have);
	}
}

int
owners_by_bpf(struct owner_search *search)
{
	auto_fd iterator = open_search(&search->wanted);
	size_t before = search->hits.n;
	int r;

	if (iterator < 0)
		return iterator;
	r = read_all(search, iterator);
	if (r < 0) {
		search->hits.n = before;
		return r;
	}
	search->whole = true;
	search->hidden = 0;
	return 0;
}

bool
owners_bpf_works(void)
{
	uint32_t none[1] = {0};
	const struct inode_set wanted = {none, 0};
	auto_fd iterator = open_search(&wanted);

	return iterator >= 0;
}
