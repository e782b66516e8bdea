/*
 * Names by DNS and /etc/hosts, through c-ares (ares_gethostbyaddr(3), ares_getaddrinfo(3)). A name
 * is told only when its own addresses include the one it was asked for; one name may be looked up
 * for many questions at once. The library is loaded here, in the resolver process, when the first
 * question comes, and nowhere else; without it every name is unknown.
 *
 * A PTR record's time to live is not told by the library: what is kept is kept for that of the
 * addresses, at most LIMIT_NAME_TTL.
 */
#include <ares.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "base/err.h"
#include "base/limits.h"
#include "engine/resolver.h"

enum { BUCKETS = 1024, CANDIDATES = 4 };

/* How long what was not found is kept, in seconds. */
enum { TTL_LIAR = 30, TTL_NONE = 15, TTL_FAILED = 5 };

/* The functions of the library; found by name. */
struct library {
	void *handle;
	__typeof__(ares_library_init) *init;
	__typeof__(ares_init_options) *open;
	__typeof__(ares_destroy) *close;
	__typeof__(ares_gethostbyaddr) *by_addr;
	__typeof__(ares_getaddrinfo) *by_name;
	__typeof__(ares_freeaddrinfo) *free_addrs;
	__typeof__(ares_process_fd) *process;
	__typeof__(ares_timeout) *timeout;
	__typeof__(ares_strerror) *strerror;
};

/* One address: being looked up, or known for a while. */
struct lookup {
	struct names *names;
	struct lookup *next;                 /* of its bucket */
	struct lookup *newer, *older;        /* of those that are done */
	struct lookup *next_busy, **busy_at; /* of those that are not */
	struct net_addr addr;
	struct question *waiting;
	struct client *client; /* that caused it; NULL = gone */
	bool busy, known, liar;
	int64_t expires;
	char *text; /* the name, or why there is none */
	char (*candidates)[256];
	unsigned n_candidates, candidate;
};

/* A socket of the library's. */
struct wire_watch {
	struct loop_watch watch;
	struct names *names;
	struct wire_watch *next;
};

struct names {
	struct loop *loop;
	struct library library;
	ares_channel channel; /* NULL = none */
	const char *broken;   /* why names cannot be looked up; NULL = they can */
	struct wire_watch *watches;
	struct loop_timer timer;
	struct lookup *buckets[BUCKETS];
	struct lookup *newest, *oldest, *busy;
	uint32_t n_done, n_busy;
	struct timespec conf_time; /* of resolv.conf, when the channel was made */
};

/* --- the library */

static bool
load(struct library *library)
{
	const struct {
		const char *name;
		void *at;
	} rows[] = {
		{"ares_library_init", &library->init},
		{"ares_init_options", &library->open},
		{"ares_destroy", &library->close},
		{"ares_gethostbyaddr", &library->by_addr},
		{"ares_getaddrinfo", &library->by_name},
		{"ares_freeaddrinfo", &library->free_addrs},
		{"ares_process_fd", &library->process},
		{"ares_timeout", &library->timeout},
		{"ares_strerror", &library->strerror},
	};

	library->handle = dlopen("libcares.so.2", RTLD_NOW | RTLD_LOCAL);
	if (!library->handle)
		return false;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		void *function = dlsym(library->handle, rows[i].name);

		if (!function)
			return false;
		memcpy(rows[i].at, &function, sizeof(function)); /* as dlsym(3) wants it */
	}
	return library->init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
}

/* The next moment at which the library wants to be called. */
static void
set_timer(struct names *names)
{
	struct timeval tv;

	if (!names->n_busy || !names->library.timeout(names->channel, NULL, &tv))
		loop_at(names->loop, &names->timer, 0);
	else
		loop_at(names->loop, &names->timer,
			names->loop->now + tv.tv_sec * LOOP_SECOND + tv.tv_usec * 1000 + 1);
}

static void
timer_due(struct loop *loop, struct loop_timer *timer)
{
	struct names *names = OWNER_OF(timer, struct names, timer);

	names->library.process(names->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	set_timer(names);
}

static void
wire_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct names *names = OWNER_OF(watch, struct wire_watch, watch)->names;
	int fd = watch->fd;

	/* The watch may be gone when this is back. */
	names->library.process(names->channel,
			       events & (EPOLLIN | EPOLLHUP | EPOLLERR) ? fd : ARES_SOCKET_BAD,
			       events & EPOLLOUT ? fd : ARES_SOCKET_BAD);
	set_timer(names);
}

/* The library opens and closes its sockets itself and says here what it waits for. */
static void
socket_state(void *data, ares_socket_t fd, int readable, int writable)
{
	struct names *names = data;
	struct wire_watch **at = &names->watches, *wire;

	while (*at && (*at)->watch.fd != fd)
		at = &(*at)->next;
	wire = *at;
	if (!wire && (readable || writable)) {
		wire = calloc(1, sizeof(*wire));
		if (!wire)
			err_no_memory();
		wire->watch = (struct loop_watch){.fd = fd, .ready = wire_ready};
		wire->names = names;
		wire->next = names->watches;
		names->watches = wire;
		at = &names->watches;
	}
	if (!wire)
		return;
	if (loop_watch(names->loop, &wire->watch,
		       (readable ? EPOLLIN : 0) | (writable ? EPOLLOUT : 0)) < 0)
		return; /* its time-out tells */
	if (readable || writable)
		return;
	*at = wire->next;
	free(wire);
}

static bool
open_channel(struct names *names)
{
	/* NOSEARCH: a name is whole; with this machine's domain behind it, it would be another. */
	struct ares_options options = {.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
				       .timeout = LIMIT_NAME_TRY_MS,
				       .tries = 2,
				       .lookups = (char[]){"fb"},
				       .sock_state_cb = socket_state,
				       .sock_state_cb_data = names};
	struct stat st;

	names->conf_time = stat("/etc/resolv.conf", &st) == 0 ? st.st_mtim : (struct timespec){0};
	return names->library.open(&names->channel, &options,
				   ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
					   ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB) ==
	       ARES_SUCCESS;
}

/* A channel for the name servers of now. */
static bool
has_channel(struct names *names)
{
	struct stat st;

	if (names->channel && !names->n_busy && stat("/etc/resolv.conf", &st) == 0 &&
	    memcmp(&st.st_mtim, &names->conf_time, sizeof(st.st_mtim)) != 0) {
		names->library.close(names->channel);
		names->channel = NULL;
	}
	if (names->channel)
		return true;
	if (!names->library.handle && !names->broken && !load(&names->library)) {
		names->broken = "names cannot be looked up: libcares.so.2 is not there";
		fprintf(stderr, "gatehoused: %s\n", names->broken);
	}
	return !names->broken && open_channel(names);
}

/* --- what is known */

static struct lookup **
bucket_of(struct names *names, const struct net_addr *addr)
{
	uint64_t h = addr->scope, word;

	for (size_t i = 0; i < 16; i += 8) {
		memcpy(&word, addr->bytes + i, 8);
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return &names->buckets[h % BUCKETS];
}

static void
remove_done(struct lookup *lookup)
{
	struct names *names = lookup->names;
	struct lookup **at = bucket_of(names, &lookup->addr);

	while (*at != lookup)
		at = &(*at)->next;
	*at = lookup->next;
	*(lookup->newer ? &lookup->newer->older : &names->newest) = lookup->older;
	*(lookup->older ? &lookup->older->newer : &names->oldest) = lookup->newer;
	names->n_done--;
	free(lookup->text);
	free(lookup);
}

static void
answer(const struct lookup *lookup, struct question *question)
{
	if (lookup->known)
		question_known(question, lookup->text, "");
	else
		question_unknown(question, lookup->liar, lookup->text);
}

static void
done(struct lookup *lookup, bool known, const char *text, int64_t seconds)
{
	struct names *names = lookup->names;

	lookup->known = known;
	lookup->liar = !known && lookup->n_candidates;
	lookup->text = strdup(text);
	if (!lookup->text)
		err_no_memory();
	lookup->busy = false;
	lookup->expires = loop_clock() + seconds * LOOP_SECOND;
	free(lookup->candidates);
	lookup->candidates = NULL;
	*lookup->busy_at = lookup->next_busy;
	if (lookup->next_busy)
		lookup->next_busy->busy_at = lookup->busy_at;
	names->n_busy--;
	if (lookup->client)
		--*client_lookups(lookup->client);
	lookup->older = names->newest;
	*(names->newest ? &names->newest->newer : &names->oldest) = lookup;
	names->newest = lookup;
	names->n_done++;
	while (lookup->waiting) {
		struct question *question = lookup->waiting;

		names_forget(question);
		answer(lookup, question);
	}
	while (names->n_done > LIMIT_NAMES)
		remove_done(names->oldest);
}

/* --- looking up */

static void next_candidate(struct lookup *lookup);

static bool
leads_back(const struct lookup *lookup, const struct ares_addrinfo *info, int64_t *ret_ttl)
{
	for (const struct ares_addrinfo_node *node = info->nodes; node; node = node->ai_next) {
		const struct sockaddr_in *in = (const void *)node->ai_addr;
		const struct sockaddr_in6 *in6 = (const void *)node->ai_addr;
		const void *bytes = node->ai_family == AF_INET ? (const void *)&in->sin_addr
							       : (const void *)&in6->sin6_addr;

		if (node->ai_family != lookup->addr.family ||
		    memcmp(bytes, lookup->addr.bytes, node->ai_family == AF_INET ? 4 : 16) != 0)
			continue;
		*ret_ttl = node->ai_ttl < 1                ? 1
			   : node->ai_ttl > LIMIT_NAME_TTL ? LIMIT_NAME_TTL
							   : node->ai_ttl;
		return true;
	}
	return false;
}

static void
got_addrs(void *data, int status, int timeouts, struct ares_addrinfo *info)
{
	struct lookup *lookup = data;
	int64_t ttl;
	bool proven = status == ARES_SUCCESS && info && leads_back(lookup, info, &ttl);

	if (status == ARES_EDESTRUCTION)
		return;
	if (info)
		lookup->names->library.free_addrs(info);
	if (proven) {
		char name[256];

		memcpy(name, lookup->candidates[lookup->candidate], sizeof(name));
		done(lookup, true, name, ttl);
		return;
	}
	lookup->candidate++;
	next_candidate(lookup);
}

static void
next_candidate(struct lookup *lookup)
{
	struct ares_addrinfo_hints hints = {.ai_family = lookup->addr.family,
					    .ai_flags = ARES_AI_NOSORT};
	char text[256 + 64];

	if (lookup->candidate < lookup->n_candidates) {
		lookup->names->library.by_name(lookup->names->channel,
					       lookup->candidates[lookup->candidate], NULL, &hints,
					       got_addrs, lookup);
		return;
	}
	snprintf(text, sizeof(text), "its name %s does not lead back to it", lookup->candidates[0]);
	done(lookup, false, text, TTL_LIAR);
}

static void
add_candidate(struct lookup *lookup, const char *text)
{
	char name[256];

	if (lookup->n_candidates == CANDIDATES || !text || !stranger_name(text, name))
		return;
	for (unsigned i = 0; i < lookup->n_candidates; i++)
		if (!strcasecmp(lookup->candidates[i], name))
			return;
	memcpy(lookup->candidates[lookup->n_candidates++], name, sizeof(name));
}

static void
got_names(void *data, int status, int timeouts, struct hostent *host)
{
	struct lookup *lookup = data;

	if (status == ARES_EDESTRUCTION)
		return;
	if (status != ARES_SUCCESS || !host) {
		/* Whatever went wrong, the library calls it "not found" after its last try. */
		bool none = !timeouts && (status == ARES_ENOTFOUND || status == ARES_ENODATA);

		done(lookup, false,
		     none       ? "it has no name"
		     : timeouts ? "timeout"
				: lookup->names->library.strerror(status),
		     none ? TTL_NONE : TTL_FAILED);
		return;
	}
	lookup->candidates = calloc(CANDIDATES, sizeof(*lookup->candidates));
	if (!lookup->candidates)
		err_no_memory();
	add_candidate(lookup, host->h_name);
	for (char **alias = host->h_aliases; alias && *alias; alias++)
		add_candidate(lookup, *alias);
	if (!lookup->n_candidates) {
		done(lookup, false, "its name is none that a host may have", TTL_NONE);
		return;
	}
	for (struct question *q = lookup->waiting; q; q = q->next_waiting)
		q->in_doubt = true;
	next_candidate(lookup);
}

static struct lookup *
find(struct names *names, const struct net_addr *addr)
{
	for (struct lookup *lookup = *bucket_of(names, addr); lookup; lookup = lookup->next) {
		if (!net_addr_is(&lookup->addr, addr))
			continue;
		if (lookup->busy || lookup->expires > names->loop->now)
			return lookup;
		remove_done(lookup);
		return NULL;
	}
	return NULL;
}

static void
wait_for(struct lookup *lookup, struct question *question)
{
	question->next_waiting = lookup->waiting;
	question->waiting_at = &lookup->waiting;
	if (lookup->waiting)
		lookup->waiting->waiting_at = &question->next_waiting;
	lookup->waiting = question;
	question->in_doubt = lookup->n_candidates > 0;
}

static struct lookup *
lookup_new(struct names *names, const struct net_addr *addr, struct client *client)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup)), **bucket = bucket_of(names, addr);

	if (!lookup)
		err_no_memory();
	lookup->names = names;
	lookup->addr = *addr;
	lookup->client = client;
	lookup->busy = true;
	lookup->next = *bucket;
	*bucket = lookup;
	lookup->next_busy = names->busy;
	lookup->busy_at = &names->busy;
	if (names->busy)
		names->busy->busy_at = &lookup->next_busy;
	names->busy = lookup;
	names->n_busy++;
	++*client_lookups(client);
	return lookup;
}

void
names_ask(struct names *names, struct question *question)
{
	const struct net_addr addr = net_addr_unmap(&question->ask.addr);
	struct lookup *lookup = find(names, &addr);
	struct client *client = question->client;

	if (lookup && !lookup->busy) {
		answer(lookup, question);
		return;
	}
	if (lookup) {
		wait_for(lookup, question);
		return;
	}
	if (!has_channel(names)) {
		question_unknown(question, false,
				 names->broken ? names->broken : "the resolver could not start");
		return;
	}
	if (names->n_busy >= LIMIT_LOOKUPS || *client_lookups(client) >= LIMIT_LOOKUPS_CLIENT) {
		question_unknown(question, false, "too many questions at once");
		return;
	}
	lookup = lookup_new(names, &addr, client);
	wait_for(lookup, question);
	/* May answer at once: /etc/hosts. */
	names->library.by_addr(names->channel, addr.bytes, addr.family == AF_INET ? 4 : 16,
			       addr.family, got_names, lookup);
	set_timer(names);
}

void
names_forget(struct question *question)
{
	if (!question->waiting_at)
		return;
	*question->waiting_at = question->next_waiting;
	if (question->next_waiting)
		question->next_waiting->waiting_at = question->waiting_at;
	question->waiting_at = NULL;
}

void
names_orphan(struct names *names, const struct client *client)
{
	for (struct lookup *lookup = names->busy; lookup; lookup = lookup->next_busy)
		if (lookup->client == client)
			lookup->client = NULL;
}

struct names *
names_new(struct loop *loop)
{
	struct names *names = calloc(1, sizeof(*names));

	if (!names)
		err_no_memory();
	names->loop = loop;
	names->timer.due = timer_due;
	return names;
}

void
names_free(struct names *names)
{
	if (names->channel)
		names->library.close(names->channel);
	while (names->busy) {
		struct lookup *lookup = names->busy;

		names->busy = lookup->next_busy;
		free(lookup->candidates);
		free(lookup);
	}
	while (names->oldest) {
		struct lookup *lookup = names->oldest;

		names->oldest = lookup->newer;
		free(lookup->text);
		free(lookup);
	}
	free(names);
}
