/*
 * Account: a worker becomes its service's account once, before it accepts anything; so no child has
 * to. credentials(7), setgroups(2). Each step is checked, and verified when all are done.
 */
#ifndef ENGINE_ACCOUNT_H
#define ENGINE_ACCOUNT_H

#include "base/attr.h"
#include "base/err.h"
#include "model/service.h"

/* Groups, gid, uid, nice, umask, hard limits that must be raised before. */
must_check int account_enter(const struct service *service, bool privileged, struct err *err);

#endif
