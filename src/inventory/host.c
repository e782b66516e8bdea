/*
 * The host itself: its name, the boot's runlevels from utmp(5) (the RUN_LVL record that
 * init(8) writes: AUD-26), and which init runs as process 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <utmp.h>

#include "base/fd.h"
#include "base/limits.h"
#include "inventory/inventory.h"

static const char *const utmp_files[] = {"/run/utmp", "/var/run/utmp", "/etc/utmp"};

/* The level now is the low byte of ut_pid, the one before the next byte ('N' or 0 = none). */
static void
runlevel_of(struct audit *audit, const struct utmp *record)
{
	unsigned now = (unsigned)record->ut_pid & 0xff;
	unsigned before = (unsigned)record->ut_pid >> 8 & 0xff;

	if (now > ' ' && now < 0x7f)
		audit->runlevel = arena_printf(audit->arena, "%c", (char)now);
	audit->previous_runlevel = before > ' ' && before < 0x7f
					   ? arena_printf(audit->arena, "%c", (char)before)
					   : "N";
}

static void
read_utmp(struct audit *audit, const struct root *root)
{
	struct span text = {0};
	struct utmp record;
	int r = -ENOENT;

	for (size_t i = 0; r == -ENOENT && i < COUNT_OF(utmp_files); i++)
		r = root_read(root, utmp_files[i], audit->arena, LIMIT_FILE_BYTES, &text);
	if (r < 0)
		return;
	for (; text.n >= sizeof(record); text = span_skip(text, sizeof(record))) {
		memcpy(&record, text.p, sizeof(record));
		if (record.ut_type == RUN_LVL)
			runlevel_of(audit, &record); /* the last one counts */
	}
}

/*
 * Names of process 1 that say which init it is. "init" may be sysvinit, upstart, finit or
 * busybox: then the files decide (start_init), and audit->init stays NULL. Anything else is
 * a container's program or the like: "none".
 */
static const struct {
	const char *comm, *init;
} inits[] = {
	{"systemd", "systemd"},  {"runit", "runit"},      {"openrc-init", "openrc"},
	{"s6-svscan", "s6"},     {"s6-linux-init", "s6"}, {"finit", "finit"},
	{"upstart", "upstart"},  {"busybox", "busybox"},  {"init", NULL},
	{"runit-init", "runit"},
};

static const char *
init_of(const char *comm)
{
	for (size_t i = 0; i < COUNT_OF(inits); i++)
		if (strcmp(inits[i].comm, comm) == 0)
			return inits[i].init;
	return "none";
}

static void
read_init(struct audit *audit)
{
	char comm[64];
	int n = fd_read_small_at(AT_FDCWD, "/proc/1/comm", comm, sizeof(comm));

	if (n <= 0)
		return;
	comm[strcspn(comm, "\n")] = '\0';
	audit->init = init_of(comm);
}

void
inventory_host(struct audit *audit, const struct root *root)
{
	struct span text;
	struct utsname name;

	if (root->live && uname(&name) == 0)
		audit->host = arena_dup(audit->arena, name.nodename);
	else if (!root->live &&
		 root_read(root, "/etc/hostname", audit->arena, LIMIT_FILE_BYTES, &text) == 0)
		audit->host = span_dup(audit->arena, span_trim(span_cut(&text, '\n')));
	read_utmp(audit, root);
	if (root->live)
		read_init(audit);
}
