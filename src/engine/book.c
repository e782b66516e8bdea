/*
 * See book.h. A sealed memfd: its size cannot be changed under the parent's mapping, so a hostile
 * worker cannot make it fault. Pages that are never written are never there. A mapping is not
 * inherited (MADV_DONTFORK): a worker maps its own book, and can never write another service's.
 */
#include "engine/book.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

#define BOOK_MAGIC UINT64_C(0x32306b6f6f626867) /* "ghbook02" */

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };

static struct book *
map(int fd)
{
	struct book *book = mmap(NULL, sizeof(*book), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_NORESERVE, fd, 0);

	if (book == MAP_FAILED)
		return NULL;
	if (madvise(book, sizeof(*book), MADV_DONTFORK) == 0)
		return book;
	munmap(book, sizeof(*book));
	return NULL;
}

struct book *
book_new(int *ret_fd)
{
	int fd = memfd_create("gatehouse-book", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct book *book = NULL;

	if (fd >= 0 && ftruncate(fd, sizeof(*book)) == 0 && fcntl(fd, F_ADD_SEALS, SEALS) == 0)
		book = map(fd);
	if (!book || getrandom(&book->seed, sizeof(book->seed), GRND_NONBLOCK) < 0) {
		if (book)
			book_unmap(book);
		fd_close(fd);
		return NULL;
	}
	book->magic = BOOK_MAGIC;
	book->next_number = 1;
	*ret_fd = fd;
	return book;
}

struct book *
book_map(int fd)
{
	struct book *book;
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &st) < 0 ||
	    st.st_size != (off_t)sizeof(*book)) {
		errno = EINVAL;
		return NULL;
	}
	book = map(fd);
	if (book && book->magic != BOOK_MAGIC) {
		book_unmap(book);
		errno = EINVAL;
		return NULL;
	}
	return book;
}

void
book_unmap(struct book *book)
{
	munmap(book, sizeof(*book));
}
