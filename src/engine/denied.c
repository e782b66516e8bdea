/*
 * Denied: the list of sources that touched a sensor (xinetd's deny_time), in memory that only the
 * parent can write. Workers inherit a mapping made through a read-only descriptor, which
 * mprotect(2) cannot make writable; the parent's own is not inherited at all (MADV_DONTFORK).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/parent.h"

static const struct book_denied *
map_read_only(int fd)
{
	char path[40];
	auto_fd again = -1;
	void *p;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	if (again < 0)
		return NULL;
	p = mmap(NULL, sizeof(struct book_denied), PROT_READ, MAP_SHARED, again, 0);
	return p == MAP_FAILED ? NULL : p;
}

int
denied_open(struct parent *parent, struct err *err)
{
	void *p;

	if (parent->denied_fd < 0) {
		parent->denied_fd = memfd_create("gatehouse-denied", MFD_CLOEXEC);
		if (parent->denied_fd < 0 ||
		    ftruncate(parent->denied_fd, sizeof(struct book_denied)) < 0)
			return err_errno(err, -errno, "cannot make the deny list");
	}
	p = mmap(NULL, sizeof(struct book_denied), PROT_READ | PROT_WRITE, MAP_SHARED,
		 parent->denied_fd, 0);
	if (p == MAP_FAILED)
		return err_errno(err, -errno, "cannot map the deny list");
	parent->denied = p;
	if (madvise(p, sizeof(struct book_denied), MADV_DONTFORK) < 0)
		return err_errno(err, -errno, "cannot keep the deny list from workers");
	parent->denied_ro = map_read_only(parent->denied_fd);
	if (!parent->denied_ro)
		return err_errno(err, -errno, "cannot map the deny list read-only (/proc?)");
	return 0;
}

/* Readers that see an odd or changed version look again. */
static void
change(struct book_denied *list)
{
	atomic_fetch_add(&list->version, 1);
}

static void
forget_old(struct book_denied *list, int64_t now)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < list->n; i++)
		if (list->v[i].until > now)
			list->v[kept++] = list->v[i];
	list->n = kept;
}

void
denied_add(struct parent *parent, const struct net_addr *addr, uint32_t seconds)
{
	struct book_denied *list = parent->denied;
	int64_t now = time(NULL), until = seconds == UINT32_MAX ? INT64_MAX : now + seconds;
	struct net_addr plain = net_addr_unmap(addr);
	char text[NET_ADDR_TEXT];
	uint32_t i = 0;

	if (!seconds || !plain.family)
		return;
	change(list);
	forget_old(list, now);
	while (i < list->n && !net_addr_is(&list->v[i].addr, &plain))
		i++;
	if (i < BOOK_DENIED) {
		if (i == list->n)
			list->n++;
		list->v[i].addr = plain;
		list->v[i].until = until;
	}
	change(list);
	if (i == BOOK_DENIED)
		parent_say(parent, 3, "the deny list is full: %s is not on it",
			   net_addr_text(&plain, text));
}
