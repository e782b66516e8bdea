/*
 * State: what an upgrade passes from one life of the parent to the next, over execve(2) of the
 * installed program with the same arguments. Descriptors stay open; a memfd, whose number is in
 * GATEHOUSE_STATE, says line by line what they are. The next life makes slots of it as if they had
 * come from an earlier generation, and then loads the configuration like a reload does: what is
 * equal is kept, with its worker.
 *
 *	gatehoused 1 NEXT-SLOT NEXT-WORKER RELOADS FAILED-RELOADS STARTED CONTROL LOCK COMMON DENIED
 *	slot NUMBER BOOK FINGERPRINT SERVED ID
 *	door FD TYPE PROTOCOL V6ONLY PORT SNDBUF RCVBUF OWNER GROUP MODE RPC ADDRESS DEVICE PATH
 *	orphan PID PLACE
 *	worker PID NUMBER CONTROL ACCEPTS DRAINS ASKED
 *
 * Texts are %XX-escaped, "-" is none. Doors, orphans and workers belong to the slot above them.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/vec.h"
#include "engine/control.h"

#define STATE_VARIABLE "GATEHOUSE_STATE"
enum { STATE_VERSION = 1, STATE_TEXT = 4096 };

/* Writing -------------------------------------------------------------------------------- */

static void
put_text(FILE *out, const char *text)
{
	fputc(' ', out);
	if (!text)
		fputc('-', out);
	for (; text && *text; text++)
		if ((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
		    (*text >= '0' && *text <= '9') || strchr("/._@", *text))
			fputc(*text, out);
		else
			fprintf(out, "%%%02x", (unsigned char)*text);
}

/* Keeps it over the exec; gives it back for the line. */
static int
pass(int fd, bool on)
{
	if (fd >= 0 && fcntl(fd, F_SETFD, on ? 0 : FD_CLOEXEC) < 0)
		return -1;
	return fd;
}

static void
put_door(FILE *out, const struct slot *slot, uint32_t i, bool on)
{
	const struct service *service = slot->service;
	const struct service_listener *l = &service->listeners[i];
	char text[NET_ADDR_TEXT];

	fprintf(out, "door %d %d %d %d %u %u %u %" PRId64 " %" PRId64 " %u %d",
		pass(slot->doors[i].watch.fd, on), service->type, service->protocol, l->v6only,
		l->port, service->sndbuf, service->rcvbuf, (int64_t)l->owner, (int64_t)l->group,
		(unsigned)l->mode, service->rpc != NULL);
	put_text(out, l->addr.family ? net_addr_text(&l->addr, text) : NULL);
	put_text(out, l->device);
	put_text(out, l->path);
	fputc('\n', out);
}

static void
put_slot(FILE *out, const struct slot *slot, bool on)
{
	const struct service *service = slot->service;

	fprintf(out, "slot %u %d %" PRIx64 " %d", slot->number, pass(slot->book_fd, on),
		service ? service->fingerprint : 0, service != NULL);
	put_text(out, slot->id);
	fputc('\n', out);
	for (uint32_t i = 0; i < slot->n_doors; i++)
		put_door(out, slot, i, on);
	for (size_t i = 0; i < slot->parent->n_orphans; i++)
		if (slot->parent->orphans[i].slot == slot)
			fprintf(out, "orphan %d %u\n", (int)slot->parent->orphans[i].pid,
				slot->parent->orphans[i].place);
	for (const struct slot_worker *worker = slot->parent->workers; worker;
	     worker = worker->next)
		if (worker->slot == slot)
			fprintf(out, "worker %d %u %d %d %d %d\n", (int)worker->pid, worker->number,
				pass(worker->control.fd, on), slot->worker == worker,
				worker->draining, worker->asked);
}

/* on: descriptors live through the exec; else they are put back. */
static void
put_all(FILE *out, const struct parent *parent, bool on)
{
	fprintf(out, "gatehoused %d %u %u %" PRIu64 " %" PRIu64 " %" PRId64 " %d %d %d %d\n",
		STATE_VERSION, parent->next_slot, parent->next_worker, parent->reloads,
		parent->failed_reloads, parent->started, pass(control_fd(parent), on),
		pass(control_lock(parent), on), pass(parent->common_fd, on),
		pass(parent->denied_fd, on));
	for (size_t i = 0; i < parent->n_slots; i++)
		put_slot(out, parent->slots[i], on);
}

static int
write_state(const struct parent *parent, bool on)
{
	int fd = memfd_create("gatehouse-state", MFD_CLOEXEC);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	int copy = -1;

	if (!out) {
		fd_close(fd);
		return -errno;
	}
	put_all(out, parent, on);
	if (fflush(out) == 0 && !ferror(out))
		copy = dup(fd); /* not close-on-exec */
	if (copy < 0)
		copy = -EIO;
	fclose(out);
	return copy;
}

int
state_exec(struct parent *parent, struct err *err)
{
	char number[16];
	int fd = write_state(parent, true), r;

	if (fd < 0)
		return err_errno(err, fd, "cannot write the state down");
	snprintf(number, sizeof(number), "%d", fd);
	if (setenv(STATE_VARIABLE, number, 1) == 0)
		execv(parent->self, parent->options->argv);
	r = err_errno(err, -errno, "cannot run %s", parent->self);
	unsetenv(STATE_VARIABLE);
	fd_close(fd);
	fd = write_state(parent, false);
	fd_close(fd);
	return r;
}

/* Reading -------------------------------------------------------------------------------- */

struct reading {
	struct parent *parent;
	struct arena *arena;
	struct slot *slot;
	struct service *service; /* of the slot, as far as the state tells */
	VEC(struct service_listener) listeners;
	VEC(int) fds;
};

static const char *
take_text(struct reading *reading, const char *word)
{
	char *text = arena_dup(reading->arena, word), *to = text;
	unsigned byte;

	if (text_is(word, "-"))
		return NULL;
	for (; *word; word++)
		if (*word == '%' && sscanf(word + 1, "%2x", &byte) == 1) {
			*to++ = (char)byte;
			word += 2;
		} else {
			*to++ = *word;
		}
	*to = '\0';
	return text;
}

static int
own(int fd)
{
	return fd >= 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? fd : -1;
}

/* The slot's listeners are known now: its doors are made. */
static void
end_slot(struct reading *reading)
{
	struct slot *slot = reading->slot;

	if (!slot)
		return;
	if (slot->service) {
		reading->service->listeners = reading->listeners.v;
		reading->service->n_listeners = (uint32_t)reading->listeners.n;
		slot->n_doors = reading->service->n_listeners;
		slot->doors = slot_doors(slot, slot->n_doors);
		for (uint32_t i = 0; i < slot->n_doors; i++)
			slot->doors[i].watch.fd = reading->fds.v[i];
		slot_watch(slot, !slot->worker);
	}
	reading->slot = NULL;
	memset(&reading->listeners, 0, sizeof(reading->listeners));
	memset(&reading->fds, 0, sizeof(reading->fds));
}

static bool
take_header(struct reading *reading, const char *line)
{
	struct parent *parent = reading->parent;
	int version, control, lock, common, denied;

	if (sscanf(line, "gatehoused %d %u %u %" SCNu64 " %" SCNu64 " %" SCNd64 " %d %d %d %d",
		   &version, &parent->next_slot, &parent->next_worker, &parent->reloads,
		   &parent->failed_reloads, &parent->started, &control, &lock, &common,
		   &denied) != 10 ||
	    version != STATE_VERSION)
		return false;
	parent->state.control = own(control);
	parent->state.lock = own(lock);
	parent->common_fd = own(common);
	parent->denied_fd = own(denied);
	return true;
}

static bool
take_slot(struct reading *reading, const char *line)
{
	char id[STATE_TEXT];
	uint32_t number;
	int book, served;
	uint64_t fingerprint;
	const char *text;
	struct slot *slot;

	end_slot(reading);
	if (sscanf(line, "slot %u %d %" SCNx64 " %d %4095s", &number, &book, &fingerprint, &served,
		   id) != 5 ||
	    !(text = take_text(reading, id)))
		return false;
	slot = slot_new(reading->parent, text);
	slot->number = number;
	slot->book_fd = own(book);
	slot->book = slot->book_fd < 0 ? NULL : book_map(slot->book_fd);
	reading->slot = slot;
	reading->service = arena_alloc(reading->arena, sizeof(*reading->service));
	reading->service->id = text;
	reading->service->fingerprint = fingerprint;
	slot->service = served ? reading->service : NULL;
	return true;
}

static bool
take_door(struct reading *reading, const char *line)
{
	char addr[STATE_TEXT], device[STATE_TEXT], path[STATE_TEXT];
	struct service *service = reading->service;
	struct service_listener l = {0};
	int fd, v6only, rpc;
	int64_t owner, group;
	unsigned mode;
	const char *text;

	if (!reading->slot ||
	    sscanf(line,
		   "door %d %d %d %d %hu %u %u %" SCNd64 " %" SCNd64 " %u %d %4095s %4095s %4095s",
		   &fd, &service->type, &service->protocol, &v6only, &l.port, &service->sndbuf,
		   &service->rcvbuf, &owner, &group, &mode, &rpc, addr, device, path) != 14)
		return false;
	text = take_text(reading, addr);
	if (text && !net_addr_parse(span_of(text), &l.addr))
		return false;
	l.v6only = v6only;
	l.owner = (uid_t)owner;
	l.group = (gid_t)group;
	l.mode = mode;
	l.device = take_text(reading, device);
	l.path = take_text(reading, path);
	if (rpc)
		service->rpc = arena_alloc(reading->arena, sizeof(*service->rpc));
	vec_push(reading->arena, &reading->listeners, l);
	vec_push(reading->arena, &reading->fds, own(fd));
	return true;
}

static bool
take_worker(struct reading *reading, const char *line)
{
	int pid, control, accepts, drains, asked;
	struct slot_worker *worker;
	uint32_t number;

	if (!reading->slot || sscanf(line, "worker %d %u %d %d %d %d", &pid, &number, &control,
				     &accepts, &drains, &asked) != 6)
		return false;
	worker = worker_add(reading->slot, pid, number, own(control));
	worker->draining = drains;
	worker->asked = asked;
	worker->ready = true;
	if (accepts)
		reading->slot->worker = worker;
	return true;
}

static bool
take_orphan(struct reading *reading, const char *line)
{
	uint32_t place;
	int pid;

	if (!reading->slot || !reading->slot->book ||
	    sscanf(line, "orphan %d %u", &pid, &place) != 2 || place >= BOOK_SESSIONS)
		return false;
	orphan_add(reading->slot, pid, place);
	return true;
}

static const struct {
	const char *word;
	bool (*take)(struct reading *reading, const char *line);
} lines[] = {
	{"gatehoused ", take_header}, {"slot ", take_slot},     {"door ", take_door},
	{"orphan ", take_orphan},     {"worker ", take_worker},
};

static bool
take_line(struct reading *reading, const char *line)
{
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		if (text_starts(line, lines[i].word))
			return lines[i].take(reading, line);
	return false;
}

/* What the next life reads must be a memfd like the one we write, and not any descriptor. */
static int
state_fd(void)
{
	const char *text = getenv(STATE_VARIABLE);
	struct stat st;
	uint32_t fd;

	if (!text || !num_u32(span_of(text), 1u << 20, &fd))
		return -1;
	if (fcntl((int)fd, F_GET_SEALS) < 0 || fstat((int)fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -1;
	return (int)fd;
}

int
state_adopt(struct parent *parent, struct err *err)
{
	struct reading reading = {.parent = parent};
	int fd = state_fd();
	struct span text;
	int r;

	unsetenv(STATE_VARIABLE);
	if (fd < 0)
		return 0;
	parent->old = reading.arena = arena_new();
	r = lseek(fd, 0, SEEK_SET) < 0
		    ? -errno
		    : fd_read_all(fd, reading.arena, LIMIT_DATABASE_BYTES, &text);
	fd_close(fd);
	if (r < 0)
		return err_errno(err, r, "cannot read the state of the life before");
	while (text.n) {
		struct span line = span_cut(&text, '\n');

		if (!take_line(&reading, span_dup(reading.arena, line)))
			return err_set(err, -EINVAL, "the state of the life before is not clear");
	}
	end_slot(&reading);
	parent->state.adopted = true;
	return 0;
}
