/* The values of xinetd's attributes: which ones xinetd takes, and what they set. */
#ifndef START_XINETD_VALUES_H
#define START_XINETD_VALUES_H

#include "start/accounts.h"
#include "start/xinetd.h"

struct xinetd_values {
	struct start_ctx *ctx;
	struct accounts *accounts;
};

/* Sets what the value says in the service. NULL when xinetd takes it, else some words why not. */
const char *xinetd_value_wrong(const struct xinetd_values *values, struct xinetd_service *s,
			       enum xinetd_attr attr, const struct xinetd_setting *set);

#endif
