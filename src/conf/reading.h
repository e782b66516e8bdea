/*
 * What front ends have in common: texts and sinks that services share, answers of the machine
 * asked for once, files read, and the place where a finished service is handed in.
 */
#ifndef CONF_READING_H
#define CONF_READING_H

#include "conf/conf.h"

/* The language of a file's text, NULL = none. */
const struct conf_front *conf_front_of(const char *path, struct span text);

/* A copy in the generation's arena; equal texts are one. */
const char *conf_text(struct conf_reading *reading, struct span text);

/*
 * The file's bytes, in scratch, and its place in serve->files. False: cannot be read, said at the
 * place given (that of the include line; file NULL = none).
 */
struct conf_at {
	const char *file;
	uint32_t line, col;
};
must_check bool conf_file(struct conf_reading *reading, struct conf_at from, const char *path,
			  struct span *ret);

/* options->lookup, asked once per question. */
bool conf_user(struct conf_reading *reading, const char *name, uid_t *ret_uid, gid_t *ret_gid);
bool conf_uid(struct conf_reading *reading, uid_t uid, const char **ret_name, gid_t *ret_gid);
bool conf_group(struct conf_reading *reading, const char *name, gid_t *ret_gid);
bool conf_port(struct conf_reading *reading, const char *name, enum net_proto proto, uint16_t *ret);
bool conf_rpc(struct conf_reading *reading, const char *name, uint32_t *ret_program);
bool conf_protocol(struct conf_reading *reading, const char *name, uint32_t *ret_number);

/* The machine's networks(5), read once; empty when it cannot be read. */
struct span conf_networks(struct conf_reading *reading);

/* Can the path be run? NULL, or why not: "is not there". */
const char *conf_program(struct conf_reading *reading, const char *path);

/* The generation's sink with these settings. */
const struct service_sink *conf_sink(struct conf_reading *reading, const struct service_sink *sink);

/* A banner's bytes (equal files are read once); NULL: *ret_why says why not. */
const char *conf_banner(struct conf_reading *reading, const char *path, uint32_t *ret_n,
			const char **ret_why);

/*
 * Hands in a service: a copy of it in the generation's arena, with its fingerprint. Whatever it
 * points to must be in that arena already. access_hash stands for what is behind service->access
 * (conf_hash_text() of its items). NULL, said at the place given: the id or a socket is another
 * service's; then it counts as closed.
 */
struct service *conf_service_add(struct conf_reading *reading, struct conf_at at,
				 const struct service *service, uint64_t access_hash);
/* Is there a service of that id? In any case of letters. */
const struct service *conf_service_find(struct conf_reading *reading, const char *id);

/*
 * The lists "disabled" and "enabled" of xinetd.conf's defaults hold for the lines of inetd.conf too
 * when xinetd -inetd_compat reads them. Enabled: no id but those listed.
 */
enum conf_list { CONF_DISABLED, CONF_ENABLED };
void conf_list_id(struct conf_reading *reading, enum conf_list list, struct span id);
bool conf_is_listed_off(struct conf_reading *reading, const char *id);

/* conf/fingerprint.c: equal settings give equal numbers, in every process. */
uint64_t conf_hash_text(uint64_t hash, const char *text);
uint64_t conf_fingerprint(const struct service *service, uint64_t access_hash);
/* Once all services are there. */
void conf_fingerprint_muxed(struct serve *serve);

/* conf/differs.c */
struct conf_differs_list {
	struct conf_differs *v;
	size_t n, cap;
};
/* A generation and what is known of it beside the services. */
struct conf_generation {
	struct serve serve;
	struct conf_differs_list differs;
};

#endif
