/*
 * A name for an address by the system's resolver (getnameinfo(3)), believed when getaddrinfo(3)
 * leads from it back to the address (WRAP-15). Neither call can be given a deadline, so a thread
 * waits for them; when time is up it is left to itself and frees what it has.
 */
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "net/sockaddr.h"
#include "net/stranger.h"
#include "wrap/facts.h"

struct lookup {
	pthread_mutex_t lock;
	pthread_cond_t over;
	struct net_addr addr;
	bool done, left; /* the thread's end, the asker's */
	bool known, liar;
	char name[256];
};

static void
lookup_free(struct lookup *lookup)
{
	pthread_mutex_destroy(&lookup->lock);
	pthread_cond_destroy(&lookup->over);
	free(lookup);
}

static bool
leads_back(const char *name, const struct net_addr *addr)
{
	const struct addrinfo hints = {.ai_family = addr->family, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	bool found = false;

	if (getaddrinfo(name, NULL, &hints, &list) != 0)
		return false;
	for (const struct addrinfo *at = list; at && !found; at = at->ai_next) {
		struct sockaddr_storage ss = {0};
		struct net_addr other;
		uint16_t port;

		if (at->ai_addrlen > sizeof(ss))
			continue;
		memcpy(&ss, at->ai_addr, at->ai_addrlen);
		if (!net_sockaddr_read(&ss, &other, &port))
			continue;
		other = net_addr_unmap(&other);
		other.scope = addr->scope;
		found = net_addr_is(&other, addr);
	}
	freeaddrinfo(list);
	return found;
}

static void
look_up(struct lookup *lookup)
{
	struct sockaddr_storage ss;
	socklen_t n = net_sockaddr_of(&lookup->addr, 0, &ss);
	char text[NI_MAXHOST];

	if (!n ||
	    getnameinfo((struct sockaddr *)&ss, n, text, sizeof(text), NULL, 0, NI_NAMEREQD) != 0)
		return;
	lookup->liar = true;
	if (!stranger_name(text, lookup->name) || !leads_back(lookup->name, &lookup->addr))
		return;
	lookup->known = true;
	lookup->liar = false;
}

static void *
thread(void *data)
{
	struct lookup *lookup = data;
	bool left;

	look_up(lookup);
	pthread_mutex_lock(&lookup->lock);
	lookup->done = true;
	left = lookup->left;
	pthread_cond_signal(&lookup->over);
	pthread_mutex_unlock(&lookup->lock);
	if (left)
		lookup_free(lookup);
	return NULL;
}

static bool
start(struct lookup *lookup)
{
	pthread_attr_t attr;
	sigset_t all, before;
	pthread_t id;
	int r;

	if (pthread_attr_init(&attr) != 0)
		return false;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	/* Signals are the program's: its handlers must not run on our thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&id, &attr, thread, lookup);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return r == 0;
}

static struct lookup *
lookup_new(const struct net_addr *addr)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));
	pthread_condattr_t attr;

	if (!lookup)
		err_no_memory();
	pthread_mutex_init(&lookup->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&lookup->over, &attr);
	pthread_condattr_destroy(&attr);
	lookup->addr = net_addr_unmap(addr);
	return lookup;
}

bool
wrap_name(const struct net_addr *addr, unsigned ms, char ret[256], bool *ret_liar)
{
	struct lookup *lookup = lookup_new(addr);
	struct timespec until;
	bool done, known = false;

	*ret_liar = false;
	if (!start(lookup)) {
		lookup_free(lookup);
		return false;
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&lookup->lock);
	while (!lookup->done)
		if (pthread_cond_timedwait(&lookup->over, &lookup->lock, &until) != 0)
			break;
	done = lookup->done;
	lookup->left = true;
	pthread_mutex_unlock(&lookup->lock);
	if (!done)
		return false;
	known = lookup->known;
	*ret_liar = lookup->liar;
	memcpy(ret, lookup->name, sizeof(lookup->name));
	lookup_free(lookup);
	return known;
}
