/*
 * A BPF iterator over tasks that walks the table of descriptors itself: 50 ns for each
 * descriptor, where the iterator over files of owners_bpf.c takes 160. The loop is bpf_loop
 * (Linux 5.17, and bpf_rdonly_cast of 6.2); it calls other functions, and for that the kernel
 * wants to be told of types (BTF) of ours. The same program names each process's network
 * namespace, which spares a look into /proc for every process.
 *
 * Nothing is locked: what is read may change meanwhile. RCU keeps tasks, tables and files (an
 * iterator runs under it), but not the struct that holds the tables: it goes when its last
 * process ends or gives it up, and task->files is changed before that. So a hit counts only
 * when afterwards the process still has that struct, and the same file at that number. A
 * process that took another struct meanwhile (by exec) asks for another round; when it always
 * does, this search has failed.
 *
 * Kernel memory is read by probe_read_kernel, which fails softly and takes 40 ns, in the inner
 * loop by direct loads from cast pointers, which cost less. Not by direct loads from the task
 * given: for each of those the verifier of newer kernels looks for a type's name in all of its
 * 140,000, which takes longer than the search.
 */
#include "inventory/bpf_tasks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

/* More rounds than this are not asked for: processes change their table once, at exec. */
#define ROUNDS 3
/* Descriptors looked at together; a table's size is a multiple of 64. Eight million of these are
 * bpf_loop's limit, and no process has so many. */
#define BATCH 8
/* What a record without a descriptor means. */
#define FD_NETNS UINT32_MAX
#define FD_AGAIN (UINT32_MAX - 1)
/* Behind the bit set: whether to walk the descriptors. */
#define MODE_AT BPF_BITS_BYTES
#define MAP_BYTES (BPF_BITS_BYTES + 8)

struct bpf_tasks {
	pthread_t thread;
	bool threaded;
	int r; /* of its making */
	int map, program;
};

/* Kernel types ------------------------------------------------------------------------ */

enum {
	FILE_INODE,
	INODE_INO,
	INODE_SB,
	SB_MAGIC,
	TASK_LEADER,
	TASK_PID,
	TASK_TGID,
	TASK_START,
	TASK_FILES,
	TASK_NSPROXY,
	NSPROXY_NET,
	NET_NS,
	NS_INUM,
	FILES_TABLE,
	TABLE_MOST,
	TABLE_FDS,
	TASK_THREAD_PID,
	PID_LEVEL,
	PID_NUMBERS,
	UPID_SIZE,
	UPID_NR,
	N_OFFSETS
};

enum { ITERATOR, CAST, N_FUNCTIONS };

struct kernel {
	struct btf_place at[N_OFFSETS];
	struct btf_name functions[N_FUNCTIONS];
};

static int
know_kernel(struct kernel *kernel)
{
	struct arena *arena = arena_new();
	void *mapped;
	struct span types;
	bool fine;

	*kernel = (struct kernel){
		.at = {[FILE_INODE] = {"file", "f_inode"},
		       [INODE_INO] = {"inode", "i_ino"},
		       [INODE_SB] = {"inode", "i_sb"},
		       [SB_MAGIC] = {"super_block", "s_magic"},
		       [TASK_LEADER] = {"task_struct", "group_leader"},
		       [TASK_PID] = {"task_struct", "pid"},
		       [TASK_TGID] = {"task_struct", "tgid"},
		       [TASK_START] = {"task_struct", "start_boottime"},
		       [TASK_FILES] = {"task_struct", "files"},
		       [TASK_NSPROXY] = {"task_struct", "nsproxy"},
		       [NSPROXY_NET] = {"nsproxy", "net_ns"},
		       [NET_NS] = {"net", "ns"},
		       [NS_INUM] = {"ns_common", "inum"},
		       [FILES_TABLE] = {"files_struct", "fdt"},
		       [TABLE_MOST] = {"fdtable", "max_fds"},
		       [TABLE_FDS] = {"fdtable", "fd"},
		       [TASK_THREAD_PID] = {"task_struct", "thread_pid"},
		       [PID_LEVEL] = {"pid", "level"},
		       [PID_NUMBERS] = {"pid", "numbers"},
		       [UPID_SIZE] = {"upid", NULL},
		       [UPID_NR] = {"upid", "nr"}},
		.functions = {[ITERATOR] = {"bpf_iter_task", 0}, [CAST] = {"bpf_rdonly_cast", 0}},
	};
	types = bpf_kernel_types(arena, &mapped);
	fine = btf_find_all(types, kernel->at, N_OFFSETS, kernel->functions, N_FUNCTIONS);
	if (mapped != MAP_FAILED)
		munmap(mapped, types.n);
	arena_free(arena);
	for (size_t i = 0; i < N_OFFSETS; i++)
		fine = fine && kernel->at[i].found && kernel->at[i].offset <= INT16_MAX;
	return fine && kernel->functions[ITERATOR].id && kernel->functions[CAST].id ? 0
										    : -EOPNOTSUPP;
}

/* Types of ours ----------------------------------------------------------------------- */

#define NAMES "\0int\0walk\0batch\0each"

/* "int FUNCTION(void)" (1, 2 and one for each): the verifier only asks that there are functions,
 * and that those called are static. */
static const struct {
	struct btf_header head;
	struct {
		struct btf_type type;
		uint32_t encoding;
	} integer;
	struct btf_type prototype, functions[3];
	char names[sizeof(NAMES)];
} own_types = {
	.head = {.magic = BTF_MAGIC,
		 .version = BTF_VERSION,
		 .hdr_len = sizeof(struct btf_header),
		 .type_len = 5 * sizeof(struct btf_type) + sizeof(uint32_t),
		 .str_off = 5 * sizeof(struct btf_type) + sizeof(uint32_t),
		 .str_len = sizeof(NAMES)},
	.integer = {{.name_off = 1, .info = BTF_KIND_INT << 24, .size = 4},
		    BTF_INT_SIGNED << 24 | 32},
	.prototype = {.info = BTF_KIND_FUNC_PROTO << 24, .type = 1},
	.functions = {{.name_off = 5, .info = BTF_KIND_FUNC << 24 | BTF_FUNC_STATIC, .type = 2},
		      {.name_off = 10, .info = BTF_KIND_FUNC << 24 | BTF_FUNC_STATIC, .type = 2},
		      {.name_off = 16, .info = BTF_KIND_FUNC << 24 | BTF_FUNC_STATIC, .type = 2}},
	.names = NAMES,
};

enum { TYPE_WALK = 3, TYPE_BATCH = 4, TYPE_EACH = 5 };

static int
load_own_types(void)
{
	union bpf_attr attr = {.btf = (uintptr_t)&own_types,
			       .btf_size = offsetof(__typeof__(own_types), names) + sizeof(NAMES)};

	return bpf_do(BPF_BTF_LOAD, &attr);
}

/* The program ------------------------------------------------------------------------- */

enum { R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, FP };

/* The walk through one process, in the frame of the first function; the others are given it. */
struct walk {
	struct bpf_record record;
	uint64_t seq, fds, files, task, scratch, base;
};

#define IN_WALK(member) ((int)offsetof(struct walk, member) - (int)sizeof(struct walk))

/* Reads kernel memory at reg + off into the frame. */
static void
emit_read(struct bpf_program *program, int to, int size, int reg, uint32_t off)
{
	if (reg != R3)
		bpf_move(program, R3, reg);
	if (off)
		bpf_calc(program, BPF_ADD, R3, (int32_t)off);
	bpf_move(program, R1, FP);
	bpf_calc(program, BPF_ADD, R1, to);
	bpf_calc(program, BPF_MOV, R2, size);
	bpf_call(program, BPF_FUNC_probe_read_kernel);
}

/* Reads the pointer at reg + off into reg "to"; the scratch word of the frame is used. */
static void
emit_follow(struct bpf_program *program, int to, int reg, uint32_t off, int scratch)
{
	emit_read(program, scratch, 8, reg, off);
	bpf_load(program, BPF_DW, to, FP, scratch);
}

/* The process's number in the namespace of the reader, which is not the first one. */
static void
emit_nested_pid(struct bpf_program *program, const struct btf_place *at)
{
	bpf_call(program, BPF_FUNC_get_current_task);
	emit_follow(program, R9, R0, at[TASK_THREAD_PID].offset, IN_WALK(scratch));
	bpf_calc(program, BPF_MOV, R1, 0);
	bpf_store(program, BPF_DW, FP, IN_WALK(scratch), R1);
	emit_read(program, IN_WALK(scratch), 4, R9, at[PID_LEVEL].offset);
	bpf_load(program, BPF_DW, R9, FP, IN_WALK(scratch));
	bpf_calc(program, BPF_MUL, R9, (int32_t)at[UPID_SIZE].offset);
	emit_follow(program, R3, R8, at[TASK_THREAD_PID].offset, IN_WALK(scratch));
	bpf_add(program, R3, R9);
	emit_read(program, IN_WALK(record.pid), 4, R3, at[PID_NUMBERS].offset + at[UPID_NR].offset);
}

/* Writes the record at the walk in reg. */
static void
emit_write(struct bpf_program *program, int reg, int off)
{
	bpf_load(program, BPF_DW, R1, reg, off + (int)offsetof(struct walk, seq));
	bpf_move(program, R2, reg);
	bpf_calc(program, BPF_ADD, R2, off + (int)offsetof(struct walk, record));
	bpf_calc(program, BPF_MOV, R3, sizeof(struct bpf_record));
	bpf_call(program, BPF_FUNC_seq_write);
}

/* For each task: which process, of what start; r6 = context, r7 = task, r8 = its process. A
 * thread counts only when it does not share the process's descriptors. */
static void
emit_process(struct bpf_program *program, const struct btf_place *at, bool nested)
{
	size_t skip;

	bpf_move(program, R6, R1);
	bpf_load(program, BPF_DW, R7, R6, 8); /* bpf_iter__task.task */
	bpf_out_if(program, BPF_JEQ, R7, 0);
	bpf_calc(program, BPF_MOV, R1, 0);
	for (int off = -(int)sizeof(struct walk); off < 0; off += 8)
		bpf_store(program, BPF_DW, FP, off, R1);
	bpf_load(program, BPF_DW, R1, R6, 0); /* bpf_iter__task.meta */
	bpf_load(program, BPF_DW, R1, R1, 0); /* bpf_iter_meta.seq */
	bpf_store(program, BPF_DW, FP, IN_WALK(seq), R1);
	bpf_store(program, BPF_DW, FP, IN_WALK(task), R7);
	emit_follow(program, R8, R7, at[TASK_LEADER].offset, IN_WALK(scratch));
	emit_read(program, IN_WALK(files), 8, R7, at[TASK_FILES].offset);
	emit_read(program, IN_WALK(record.fd), 4, R7, at[TASK_PID].offset);
	emit_read(program, IN_WALK(record.pid), 4, R7, at[TASK_TGID].offset);
	bpf_load(program, BPF_W, R9, FP, IN_WALK(record.fd));
	bpf_load(program, BPF_W, R1, FP, IN_WALK(record.pid));
	skip = program->n;
	bpf_emit(program, BPF_JMP | BPF_JEQ | BPF_X, R1, R9, 0, 0);
	emit_follow(program, R2, R8, at[TASK_FILES].offset, IN_WALK(scratch));
	bpf_load(program, BPF_DW, R1, FP, IN_WALK(files));
	bpf_out_if_reg(program, BPF_JEQ, R1, R2);
	program->v[skip].off = (int16_t)(program->n - skip - 1);
	emit_read(program, IN_WALK(record.start_ns), 8, R8, at[TASK_START].offset);
	if (nested)
		emit_nested_pid(program, at);
}

static void
emit_netns(struct bpf_program *program, const struct btf_place *at)
{
	emit_follow(program, R9, R7, at[TASK_PID].offset, IN_WALK(scratch));
	emit_follow(program, R1, R8, at[TASK_PID].offset, IN_WALK(scratch));
	bpf_out_if_reg(program, BPF_JNE, R1, R9); /* a thread */
	emit_follow(program, R9, R7, at[TASK_NSPROXY].offset, IN_WALK(scratch));
	bpf_out_if(program, BPF_JEQ, R9, 0); /* it has ended */
	emit_follow(program, R9, R9, at[NSPROXY_NET].offset, IN_WALK(scratch));
	emit_read(program, IN_WALK(record.inode), 4, R9, at[NET_NS].offset + at[NS_INUM].offset);
	bpf_calc(program, BPF_MOV, R1, -1);
	bpf_store(program, BPF_W, FP, IN_WALK(record.fd), R1);
	emit_write(program, FP, -(int)sizeof(struct walk));
}

/* Calls another function r1 times, with what r3 points to; returns where its place is to be put. */
static size_t
emit_loop(struct bpf_program *program)
{
	size_t at = program->n;

	bpf_emit(program, BPF_LD | BPF_IMM | BPF_DW, R2, BPF_PSEUDO_FUNC, 0, 0);
	bpf_emit(program, 0, 0, 0, 0, 0);
	bpf_calc(program, BPF_MOV, R4, 0);
	bpf_call(program, BPF_FUNC_loop);
	return at;
}

static size_t
emit_walk(struct bpf_program *program, const struct btf_place *at)
{
	size_t call, failed;

	bpf_load(program, BPF_DW, R9, FP, IN_WALK(files));
	bpf_out_if(program, BPF_JEQ, R9, 0);
	emit_follow(program, R9, R9, at[FILES_TABLE].offset, IN_WALK(scratch));
	emit_read(program, IN_WALK(fds), 8, R9, at[TABLE_FDS].offset);
	bpf_calc(program, BPF_MOV, R1, 0);
	bpf_store(program, BPF_DW, FP, IN_WALK(scratch), R1);
	emit_read(program, IN_WALK(scratch), 4, R9, at[TABLE_MOST].offset);
	bpf_load(program, BPF_W, R1, FP, IN_WALK(scratch));
	bpf_calc(program, BPF_RSH, R1, 3); /* tables grow by 64 */
	bpf_move(program, R3, FP);
	bpf_calc(program, BPF_ADD, R3, -(int)sizeof(struct walk));
	call = emit_loop(program);
	failed = program->n; /* more than bpf_loop does (8 million): 67 million descriptors */
	bpf_emit(program, BPF_JMP | BPF_JSLT | BPF_K, R0, 0, 0, 0);
	emit_follow(program, R2, R7, at[TASK_FILES].offset, IN_WALK(scratch));
	bpf_out_if(program, BPF_JEQ, R2, 0);
	bpf_load(program, BPF_DW, R1, FP, IN_WALK(files));
	bpf_out_if_reg(program, BPF_JEQ, R1, R2);
	program->v[failed].off = (int16_t)(program->n - failed - 1);
	bpf_calc(program, BPF_MOV, R1, -2);
	bpf_store(program, BPF_W, FP, IN_WALK(record.fd), R1);
	emit_write(program, FP, -(int)sizeof(struct walk));
	return call;
}

/*
 * The second function, for BATCH descriptors: whether some may be wanted sockets. Here is where
 * the time goes, so the pointers are told to be what they are (a cast costs nothing) and
 * followed by direct loads, which fail as softly.
 */
static size_t
emit_batch(struct bpf_program *program, const struct kernel *kernel, int map)
{
	const struct btf_place *at = kernel->at;
	const int file = -8 * BATCH;
	size_t call;

	bpf_move(program, R7, R2);
	bpf_calc(program, BPF_LSH, R1, 3);
	bpf_store(program, BPF_DW, R7, (int)offsetof(struct walk, base), R1);
	bpf_load(program, BPF_DW, R3, R7, (int)offsetof(struct walk, fds));
	bpf_calc(program, BPF_LSH, R1, 3);
	bpf_add(program, R3, R1);
	emit_read(program, file, 8 * BATCH, R3, 0);
	bpf_calc(program, BPF_MOV, R8, 0);
	for (int i = 0; i < BATCH; i++) {
		bpf_load(program, BPF_DW, R1, FP, file + 8 * i);
		bpf_calc(program, BPF_MOV, R2, (int32_t)at[FILE_INODE].id);
		bpf_emit(program, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0,
			 (int32_t)kernel->functions[CAST].id);
		bpf_load(program, BPF_DW, R1, R0, (int)at[FILE_INODE].offset);
		bpf_load(program, BPF_DW, R9, R1, (int)at[INODE_INO].offset);
		bpf_test_bit(program, R9, map);
		bpf_emit(program, BPF_ALU64 | BPF_OR | BPF_X, R8, R5, 0, 0);
	}
	bpf_out_if(program, BPF_JEQ, R8, 0);
	bpf_move(program, R3, R7);
	bpf_calc(program, BPF_MOV, R1, BATCH);
	call = emit_loop(program);
	bpf_end(program);
	return call;
}

/* The third function, once per descriptor of such a batch: r6 = its number, r7 = the walk,
 * r8 = file, r9 = inode number. */
static void
emit_each(struct bpf_program *program, const struct btf_place *at, int map)
{
	const int inode = -8, scratch = -16, slot = -24;

	bpf_move(program, R6, R1);
	bpf_move(program, R7, R2);
	bpf_load(program, BPF_DW, R3, R7, (int)offsetof(struct walk, base));
	bpf_add(program, R6, R3);
	bpf_move(program, R1, R6);
	bpf_load(program, BPF_DW, R3, R7, (int)offsetof(struct walk, fds));
	bpf_calc(program, BPF_LSH, R1, 3);
	bpf_add(program, R3, R1);
	bpf_store(program, BPF_DW, FP, slot, R3);
	emit_follow(program, R8, R3, 0, scratch);
	bpf_out_if(program, BPF_JEQ, R8, 0);
	emit_read(program, inode, 8, R8, at[FILE_INODE].offset);
	bpf_load(program, BPF_DW, R3, FP, inode);
	emit_follow(program, R9, R3, at[INODE_INO].offset, scratch);
	bpf_test_bit(program, R9, map);
	bpf_out_if(program, BPF_JEQ, R5, 0);
	bpf_load(program, BPF_DW, R3, FP, inode);
	emit_follow(program, R3, R3, at[INODE_SB].offset, scratch);
	emit_follow(program, R3, R3, at[SB_MAGIC].offset, scratch);
	bpf_out_if(program, BPF_JNE, R3, BPF_SOCKFS);
	bpf_load(program, BPF_DW, R3, FP, slot);
	emit_follow(program, R3, R3, 0, scratch);
	bpf_out_if_reg(program, BPF_JNE, R3, R8);
	bpf_load(program, BPF_DW, R3, R7, (int)offsetof(struct walk, task));
	emit_follow(program, R3, R3, at[TASK_FILES].offset, scratch);
	bpf_load(program, BPF_DW, R1, R7, (int)offsetof(struct walk, files));
	bpf_out_if_reg(program, BPF_JNE, R3, R1);
	bpf_store(program, BPF_DW, R7, (int)offsetof(struct walk, record.inode), R9);
	bpf_store(program, BPF_W, R7, (int)offsetof(struct walk, record.fd), R6);
	emit_write(program, R7, 0);
	bpf_end(program);
}

/* The functions one after the other; a call says how far away the called one is. */
static void
assemble(struct bpf_program *program, const struct kernel *kernel, int map, bool nested,
	 struct bpf_func_info functions[3])
{
	size_t mode, call;

	program->n = program->n_outs = 0;
	functions[0] = (struct bpf_func_info){0, TYPE_WALK};
	emit_process(program, kernel->at, nested);
	bpf_emit(program, BPF_LD | BPF_IMM | BPF_DW, R1, BPF_PSEUDO_MAP_VALUE, 0, map);
	bpf_emit(program, 0, 0, 0, 0, MODE_AT);
	bpf_load(program, BPF_B, R1, R1, 0);
	mode = program->n;
	bpf_emit(program, BPF_JMP | BPF_JNE | BPF_K, R1, 0, 0, 0);
	emit_netns(program, kernel->at);
	bpf_out_if(program, BPF_JA, 0, 0);
	program->v[mode].off = (int16_t)(program->n - mode - 1);
	call = emit_walk(program, kernel->at);
	bpf_end(program);
	program->v[call].imm = (int32_t)(program->n - call - 1);
	functions[1] = (struct bpf_func_info){(uint32_t)program->n, TYPE_BATCH};
	call = emit_batch(program, kernel, map);
	program->v[call].imm = (int32_t)(program->n - call - 1);
	functions[2] = (struct bpf_func_info){(uint32_t)program->n, TYPE_EACH};
	emit_each(program, kernel->at, map);
}

static int
load_program(const struct bpf_program *program, const struct bpf_func_info functions[3],
	     const struct kernel *kernel)
{
	auto_fd types = load_own_types();
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_TRACING,
		.expected_attach_type = BPF_TRACE_ITER,
		.attach_btf_id = kernel->functions[ITERATOR].id,
		.insns = (uintptr_t)program->v,
		.insn_cnt = (uint32_t)program->n,
		.license = (uintptr_t) "Dual BSD/GPL",
		.prog_name = "gatehouse",
		.prog_btf_fd = (uint32_t)types,
		.func_info_rec_size = sizeof(functions[0]),
		.func_info = (uintptr_t)functions,
		.func_info_cnt = 3,
	};

	return types < 0 ? types : bpf_do(BPF_PROG_LOAD, &attr);
}

/* Making and using it ------------------------------------------------------------------ */

static int
make(struct bpf_tasks *tasks)
{
	struct bpf_program program;
	struct kernel kernel;
	struct bpf_func_info functions[3];
	int r;

	if (!bpf_numbers_agree())
		return -EOPNOTSUPP;
	tasks->map = bpf_make_bits(MAP_BYTES); /* first: cheap, and refused where bpf(2) is */
	if (tasks->map < 0)
		return tasks->map;
	r = know_kernel(&kernel);
	if (r < 0)
		return r;
	assemble(&program, &kernel, tasks->map, bpf_nested(), functions);
	tasks->program = load_program(&program, functions, &kernel);
	return tasks->program < 0 ? tasks->program : 0;
}

static void *
make_aside(void *arg)
{
	struct bpf_tasks *tasks = arg;

	tasks->r = make(tasks);
	return NULL;
}

struct bpf_tasks *
bpf_tasks_begin(void)
{
	struct bpf_tasks *tasks = calloc(1, sizeof(*tasks));

	if (!tasks)
		err_no_memory();
	tasks->map = tasks->program = -1;
	tasks->threaded = pthread_create(&tasks->thread, NULL, make_aside, tasks) == 0;
	if (!tasks->threaded)
		make_aside(tasks);
	return tasks;
}

static int
made(struct bpf_tasks *tasks)
{
	if (tasks->threaded)
		pthread_join(tasks->thread, NULL);
	tasks->threaded = false;
	return tasks->r;
}

void
bpf_tasks_end(struct bpf_tasks *tasks)
{
	if (!tasks)
		return;
	(void)made(tasks);
	fd_close(tasks->map);
	fd_close(tasks->program);
	free(tasks);
}

struct round {
	void (*take)(void *ctx, const struct bpf_record *);
	void *ctx;
	bool again;
};

static void
take_record(void *ctx, const struct bpf_record *record)
{
	struct round *round = ctx;

	if (record->fd == FD_AGAIN)
		round->again = true;
	else if (record->pid > 0) /* 0: a process outside of our pid namespace */
		round->take(round->ctx, record);
}

int
bpf_tasks_read(struct bpf_tasks *tasks, const struct inode_set *wanted,
	       void (*take)(void *ctx, const struct bpf_record *), void *ctx)
{
	struct round round = {take, ctx, true};
	uint8_t bits[MAP_BYTES] = {0};
	int r = made(tasks);

	if (r < 0)
		return r;
	if (wanted)
		bpf_bits_of(wanted, bits);
	bits[MODE_AT] = wanted != NULL;
	r = bpf_set_bits(tasks->map, bits);
	for (int i = 0; r >= 0 && round.again && i < ROUNDS; i++) {
		auto_fd iterator = bpf_open_iterator(tasks->program);

		round.again = false;
		r = iterator < 0 ? iterator : bpf_read_records(iterator, take_record, &round);
	}
	return r < 0 ? r : round.again ? -EAGAIN : 0;
}
