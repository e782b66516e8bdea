/* Columns of a process: the eleven fields of "ps aux", those of "ps -ef", and what ps hides. */
#include <linux/capability.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "report/columns.h"

#define PROCESS const struct process *p = record

#define TEXT(field)                                                                                \
	static void get_##field(struct report_ctx *ctx, const void *record, struct cell *ret)      \
	{                                                                                          \
		ret->text = ((const struct process *)record)->field;                               \
		ret->null = !ret->text;                                                            \
	}
#define NUMBER(field)                                                                              \
	static void get_##field(struct report_ctx *ctx, const void *record, struct cell *ret)      \
	{                                                                                          \
		ret->number = (int64_t)((const struct process *)record)->field;                    \
	}

TEXT(comm)
TEXT(exe)
TEXT(package)
TEXT(user)
TEXT(cgroup)
TEXT(root)
NUMBER(pid)
NUMBER(ppid)
NUMBER(sid)
NUMBER(vsz_bytes)
NUMBER(rss_bytes)
NUMBER(started)
NUMBER(uid)
NUMBER(gid)

static void
get_deleted(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	PROCESS;
	ret->yes = p->exe_deleted;
}

static void
get_tty(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	PROCESS;
	ret->text = p->tty_name ? p->tty_name : "?";
}

static void
get_stat(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	PROCESS;
	ret->text =
		p->state ? arena_printf(ctx->arena, "%c%s", p->state, p->sid == p->pid ? "s" : "")
			 : "?";
}

/* As ps: processor time per life time. */
static void
get_cpu(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	PROCESS;
	int64_t life = ctx->audit->now - p->started;
	double seconds = (double)p->cpu_ticks / (double)sysconf(_SC_CLK_TCK);

	ret->text = arena_printf(ctx->arena, "%.1f",
				 p->started && life > 0 ? 100 * seconds / (double)life : 0.0);
}

static void
get_mem(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	PROCESS;
	double all = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);

	ret->text =
		arena_printf(ctx->arena, "%.1f", all > 0 ? 100 * (double)p->rss_bytes / all : 0.0);
}

static void
get_vsz(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	PROCESS;
	ret->number = (int64_t)(p->vsz_bytes / 1024);
}

static void
get_rss(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	PROCESS;
	ret->number = (int64_t)(p->rss_bytes / 1024);
}

static void
get_cpu_seconds(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	PROCESS;
	ret->number = (int64_t)(p->cpu_ticks / (uint64_t)sysconf(_SC_CLK_TCK));
}

/* The time of day when it began today, else the day. */
static void
get_start(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	PROCESS;
	time_t began = (time_t)p->started;
	struct tm tm;
	char text[16];

	if (p->started == 0 || !localtime_r(&began, &tm) ||
	    !strftime(text, sizeof(text),
		      ctx->audit->now - p->started < (int64_t)24 * 3600 ? "%H:%M" : "%b%d", &tm)) {
		ret->text = "?";
		return;
	}
	ret->text = arena_dup(ctx->arena, text);
}

static void
get_time(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	PROCESS;
	uint64_t seconds = p->cpu_ticks / (uint64_t)sysconf(_SC_CLK_TCK);

	ret->text = arena_printf(ctx->arena, "%llu:%02llu", (unsigned long long)(seconds / 60),
				 (unsigned long long)(seconds % 60));
}

/* Kernel threads and empty command lines stand in brackets, as in ps. */
static void
get_command(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	PROCESS;
	if (p->title && *p->title)
		ret->text = p->title;
	else
		ret->text = arena_printf(ctx->arena, "[%s]", p->comm ? p->comm : "?");
}

static const struct column process_columns[] = {
	{"user", "USER", COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "account", get_user},
	{"uid", NULL, COLUMN_NUMBER, COLUMN_RIGHT, NULL, NULL, "its number", get_uid},
	{"gid", NULL, COLUMN_NUMBER, COLUMN_RIGHT, NULL, NULL, "its group's number", get_gid},
	{"pid", "PID", COLUMN_NUMBER, COLUMN_RIGHT, NULL, NULL, "process", get_pid},
	{"ppid", "PPID", COLUMN_NUMBER, COLUMN_RIGHT, NULL, NULL, "its parent", get_ppid},
	{"sid", NULL, COLUMN_NUMBER, COLUMN_RIGHT, NULL, NULL, "its session", get_sid},
	{"cpu", "%CPU", COLUMN_TEXT, COLUMN_SHOWN | COLUMN_RIGHT, NULL, NULL,
	 "processor time per life time", get_cpu},
	{"mem", "%MEM", COLUMN_TEXT, COLUMN_SHOWN | COLUMN_RIGHT, NULL, NULL, "share of the memory",
	 get_mem},
	{"vsz", "VSZ", COLUMN_NUMBER, COLUMN_SHOWN | COLUMN_RIGHT, NULL, NULL, "address space, KiB",
	 get_vsz},
	{"rss", "RSS", COLUMN_NUMBER, COLUMN_SHOWN | COLUMN_RIGHT, NULL, NULL, "memory, KiB",
	 get_rss},
	{"vsz_bytes", NULL, COLUMN_NUMBER, 0, NULL, NULL, "address space", get_vsz_bytes},
	{"rss_bytes", NULL, COLUMN_NUMBER, 0, NULL, NULL, "memory", get_rss_bytes},
	{"tty", "TTY", COLUMN_TEXT, COLUMN_FOLD, NULL, NULL, "terminal", get_tty},
	{"stat", "STAT", COLUMN_TEXT, 0, NULL, NULL, "state, s = session leader", get_stat},
	{"start", "START", COLUMN_TEXT, COLUMN_SHOWN, NULL, NULL, "time or day it began",
	 get_start},
	{"started", NULL, COLUMN_NUMBER, 0, NULL, NULL, "seconds since 1970", get_started},
	{"time", "TIME", COLUMN_TEXT, COLUMN_SHOWN | COLUMN_RIGHT, NULL, NULL,
	 "processor time, minutes:seconds", get_time},
	{"cpu_seconds", NULL, COLUMN_NUMBER, 0, NULL, NULL, "processor time", get_cpu_seconds},
	{"command", "COMMAND", COLUMN_TEXT, COLUMN_FOLD, NULL, NULL, "command line, or [name]",
	 get_command},
	{"comm", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "short name the kernel keeps",
	 get_comm},
	{"exe", "PROGRAM", COLUMN_TEXT, COLUMN_NULL | COLUMN_FOLD, NULL, NULL,
	 "path of the running program", get_exe},
	{"exe_deleted", NULL, COLUMN_BOOL, 0, NULL, NULL,
	 "the program's file was removed or replaced since it started", get_deleted},
	{"package", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "package that owns the program",
	 get_package},
	{"cgroup", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "control group", get_cgroup},
	{"root", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "its root directory", get_root},
	{NULL},
};

const struct column_set columns_process = {"process", "a process", process_columns};
