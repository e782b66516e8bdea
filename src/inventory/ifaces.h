/* The interfaces of the namespace the calling thread is in; sockets.c comes by each of them. */
#ifndef INVENTORY_IFACES_H
#define INVENTORY_IFACES_H

#include "model/audit.h"

void ifaces_read(struct audit *audit, const struct netns *netns);

#endif
