/* The kernel's socket addresses (ip(7), ipv6(7)) <-> ours. */
#ifndef NET_SOCKADDR_H
#define NET_SOCKADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "net/addr.h"

/* Gives its length; 0 when addr has no family. */
socklen_t net_sockaddr_of(const struct net_addr *addr, uint16_t port, struct sockaddr_storage *ret);
/* Mapped addresses come as they are. False: not an Internet one. */
bool net_sockaddr_read(const struct sockaddr_storage *from, struct net_addr *ret,
		       uint16_t *ret_port);

#endif
