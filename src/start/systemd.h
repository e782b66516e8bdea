/*
 * What other readers need to know of systemd's units, and what the files of read_systemd share.
 */
#ifndef START_SYSTEMD_H
#define START_SYSTEMD_H

#include "start/start.h"

/*
 * Whether systemd has a native unit for an init script: script "ssh" is hidden by ssh.service, by
 * an alias of that name and by a mask too (systemd-sysv-generator(8)). An ending ".sh" of the
 * script's name does not count. A script without one gets a generated unit only when an S link in
 * rc2.d to rc5.d names it; multi-user.target then wants it, graphical.target for rc5.d alone.
 */
bool systemd_has_unit(struct start_ctx *ctx, const char *script);

#endif
