/*
 * Fingerprint: a number that stands for all settings of a service, so that a reload can leave
 * alone what did not change. Places in files are left out: a line moved is no other setting. No
 * seed, because the number outlives the process (upgrade). Nothing depends on it being
 * hard to forge: who writes the configuration needs no collision to change a service.
 */
#include <string.h>

#include "conf/reading.h"

#define START 0xcbf29ce484222325u
#define PRIME 0x9fb21c651e98df25u

/* Odd multiplier, so that no step loses anything; the shift brings high bits down again. */
static uint64_t
mix(uint64_t h, uint64_t value)
{
	h = (h ^ value) * PRIME;
	return h ^ h >> 29;
}

static uint64_t
mix_bytes(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint64_t word;

	h = mix(h, n);
	for (; n >= sizeof(word); n -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = mix(h, word);
	}
	word = 0;
	if (n)
		memcpy(&word, p, n);
	return mix(h, word);
}

uint64_t
conf_hash_text(uint64_t hash, const char *text)
{
	return text ? mix_bytes(hash, text, strlen(text)) : mix(hash, UINT64_MAX);
}

static uint64_t
mix_block(uint64_t h, const char *bytes, uint32_t n)
{
	return bytes ? mix_bytes(h, bytes, n) : mix(h, UINT64_MAX);
}

static uint64_t
mix_list(uint64_t h, const char *const *list)
{
	for (; list && *list; list++)
		h = conf_hash_text(h, *list);
	return mix(h, 0);
}

static uint64_t
mix_address(uint64_t h, const struct net_addr *addr)
{
	h = mix_bytes(mix(h, addr->family), addr->bytes, sizeof(addr->bytes));
	return mix(h, addr->scope);
}

static uint64_t
mix_listener(uint64_t h, const struct service_listener *l)
{
	h = mix_address(h, &l->addr);
	h = mix(mix(h, l->port), l->v6only);
	h = conf_hash_text(conf_hash_text(h, l->device), l->path);
	return mix(mix(mix(h, l->owner), l->group), l->mode);
}

static uint64_t
mix_rate(uint64_t h, const struct service_rate *rate)
{
	return mix(mix(h, rate->count), rate->period_s);
}

static uint64_t
mix_limits(uint64_t h, const struct service_limits *l)
{
	h = mix(mix(h, l->instances), l->per_source);
	h = mix(mix(h, l->v4_bits), l->v6_bits);
	h = mix_rate(mix_rate(h, &l->rate), &l->source_rate);
	h = mix_bytes(mix(h, l->penalty_s), &l->max_load, sizeof(l->max_load));
	h = mix(mix(h, l->over), l->session_s);
	for (uint32_t i = 0; i < l->n_windows; i++)
		h = mix(mix(mix(h, l->windows[i].from), l->windows[i].to), l->windows[i].days);
	return conf_hash_text(mix(h, l->n_windows), l->time_zone);
}

static uint64_t
mix_sink(uint64_t h, const struct service_sink *sink)
{
	if (!sink)
		return mix(h, UINT64_MAX);
	h = mix(mix(mix(h, sink->kind), (uint64_t)sink->facility), (uint64_t)sink->level);
	return mix(mix(conf_hash_text(h, sink->path), sink->soft), sink->hard);
}

static uint64_t
mix_account(uint64_t h, const struct service_account *a)
{
	h = conf_hash_text(conf_hash_text(h, a->user), a->group);
	h = mix(mix(h, a->uid), a->gid);
	return mix(mix(mix(h, a->switch_uid), a->switch_gid), a->groups);
}

static uint64_t
mix_program(uint64_t h, const struct service *s)
{
	h = conf_hash_text(conf_hash_text(h, s->program), s->builtin);
	h = mix_list(mix_list(h, s->argv), s->env);
	h = mix(mix(mix(h, (uint64_t)s->nice), (uint64_t)s->umask), s->deny_time_s);
	for (uint32_t i = 0; i < s->n_rlimits; i++)
		h = mix(mix(h, (uint64_t)s->rlimits[i].resource), s->rlimits[i].value);
	return mix(h, s->n_rlimits);
}

static uint64_t
mix_rest(uint64_t h, const struct service *s)
{
	if (s->rpc)
		h = conf_hash_text(mix(mix(mix(h, s->rpc->program), s->rpc->low), s->rpc->high),
				   s->rpc->name);
	if (s->redirect) {
		h = conf_hash_text(mix(h, s->redirect->port), s->redirect->host);
		for (uint32_t i = 0; i < s->redirect->n_to; i++)
			h = mix_address(h, &s->redirect->to[i]);
	}
	if (s->banners) {
		h = mix_block(h, s->banners->always, s->banners->n_always);
		h = mix_block(h, s->banners->success, s->banners->n_success);
		h = mix_block(h, s->banners->fail, s->banners->n_fail);
	}
	return mix(mix(mix(h, s->rpc != NULL), s->redirect != NULL), s->banners != NULL);
}

uint64_t
conf_fingerprint(const struct service *s, uint64_t access_hash)
{
	uint64_t h = mix(START, access_hash);

	h = conf_hash_text(conf_hash_text(h, s->name), s->id);
	h = conf_hash_text(h, s->front);
	h = mix(mix(mix(mix(h, s->kind), (uint64_t)s->type), (uint64_t)s->protocol), s->wait);
	for (uint32_t i = 0; i < s->n_listeners; i++)
		h = mix_listener(h, &s->listeners[i]);
	h = mix(mix(mix(h, s->n_listeners), s->muxed), s->mux_plus);
	h = mix_program(mix_account(h, &s->account), s);
	h = mix_rest(h, s);
	h = mix(mix(mix(h, s->nodelay), s->keepalive), s->backlog);
	h = mix(mix(mix(mix(h, s->sndbuf), s->rcvbuf), s->no_retry), s->stderr_to);
	h = mix_sink(mix_limits(h, &s->limits), s->sink);
	h = mix(mix(mix(h, s->log_success), s->log_failure), s->ask_user);
	return conf_hash_text(mix(h, s->access != NULL), s->wrap);
}

/* A tcpmux tells its clients what there is: another set of services makes it another one. */
void
conf_fingerprint_muxed(struct serve *serve)
{
	uint64_t muxed = mix(START, 0);

	for (size_t i = 0; i < serve->n; i++)
		if (serve->v[i]->muxed)
			muxed = conf_hash_text(muxed, serve->v[i]->name);
	for (size_t i = 0; i < serve->n; i++)
		if (serve->v[i]->kind == SERVICE_TCPMUX)
			serve->v[i]->fingerprint = mix(serve->v[i]->fingerprint, muxed);
}
