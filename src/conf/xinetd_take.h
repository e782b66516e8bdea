/* One function per attribute: takes a line's values into the draft, or says what is wrong. */
#ifndef CONF_XINETD_TAKE_H
#define CONF_XINETD_TAKE_H

#include "conf/xinetd.h"

/* Shared by these functions. What one of these words stands for; 0: none of them, said. */
#define NAMES(array) ((const struct xinetd_words){(array), COUNT_OF(array)})
unsigned xin_name(struct xin_draft *draft, const struct xin_set *set, const struct syn_word *word,
		  const struct xinetd_words *names);
bool xin_number(struct xin_draft *draft, const struct xin_set *set, const struct syn_word *word,
		uint32_t most, uint32_t *ret);
struct span xin_cut(struct span s);

/* What fits into the kernel's structs (IFNAMSIZ, sun_path), NUL included. */
#define XIN_DEVICE_BYTES 16u
#define XIN_UNIX_BYTES 108u

void take_socket_type(struct xin_draft *draft, const struct xin_set *set);
void take_protocol(struct xin_draft *draft, const struct xin_set *set);
void take_wait(struct xin_draft *draft, const struct xin_set *set);
void take_user(struct xin_draft *draft, const struct xin_set *set);
void take_group(struct xin_draft *draft, const struct xin_set *set);
void take_server(struct xin_draft *draft, const struct xin_set *set);
void take_server_args(struct xin_draft *draft, const struct xin_set *set);
void take_instances(struct xin_draft *draft, const struct xin_set *set);
void take_log_on_success(struct xin_draft *draft, const struct xin_set *set);
void take_log_on_failure(struct xin_draft *draft, const struct xin_set *set);
void take_log_type(struct xin_draft *draft, const struct xin_set *set);
void take_only_from(struct xin_draft *draft, const struct xin_set *set);
void take_no_access(struct xin_draft *draft, const struct xin_set *set);
void take_access_times(struct xin_draft *draft, const struct xin_set *set);
void take_type(struct xin_draft *draft, const struct xin_set *set);
void take_rpc_version(struct xin_draft *draft, const struct xin_set *set);
void take_rpc_number(struct xin_draft *draft, const struct xin_set *set);
void take_id(struct xin_draft *draft, const struct xin_set *set);
void take_env(struct xin_draft *draft, const struct xin_set *set);
void take_port(struct xin_draft *draft, const struct xin_set *set);
void take_passenv(struct xin_draft *draft, const struct xin_set *set);
void take_flags(struct xin_draft *draft, const struct xin_set *set);
void take_nice(struct xin_draft *draft, const struct xin_set *set);
void take_redirect(struct xin_draft *draft, const struct xin_set *set);
void take_banner(struct xin_draft *draft, const struct xin_set *set);
void take_bind(struct xin_draft *draft, const struct xin_set *set);
void take_per_source(struct xin_draft *draft, const struct xin_set *set);
void take_groups(struct xin_draft *draft, const struct xin_set *set);
void take_cps(struct xin_draft *draft, const struct xin_set *set);
void take_disable(struct xin_draft *draft, const struct xin_set *set);
void take_max_load(struct xin_draft *draft, const struct xin_set *set);
void take_rlimit(struct xin_draft *draft, const struct xin_set *set);
void take_v6only(struct xin_draft *draft, const struct xin_set *set);
void take_deny_time(struct xin_draft *draft, const struct xin_set *set);
void take_umask(struct xin_draft *draft, const struct xin_set *set);
void take_libwrap(struct xin_draft *draft, const struct xin_set *set);
void take_nothing(struct xin_draft *draft, const struct xin_set *set);
void take_backlog(struct xin_draft *draft, const struct xin_set *set);
void take_buffer(struct xin_draft *draft, const struct xin_set *set);
void take_bind_device(struct xin_draft *draft, const struct xin_set *set);
void take_stderr(struct xin_draft *draft, const struct xin_set *set);
void take_on_limit(struct xin_draft *draft, const struct xin_set *set);
void take_source_prefix(struct xin_draft *draft, const struct xin_set *set);
void take_rate(struct xin_draft *draft, const struct xin_set *set);
void take_penalty(struct xin_draft *draft, const struct xin_set *set);
void take_session_time(struct xin_draft *draft, const struct xin_set *set);
void take_time_zone(struct xin_draft *draft, const struct xin_set *set);
void take_socket(struct xin_draft *draft, const struct xin_set *set);

#endif
