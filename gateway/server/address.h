/*
 * address.h
 *		Addresses of clients: IPv4 as IPv6 has it, ::ffff:192.0.2.1.
 */
#ifndef GATEWAY_ADDRESS_H
#define GATEWAY_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

typedef struct in6_addr Address;

#define ADDRESS_TEXT INET6_ADDRSTRLEN

extern Address address_of(const struct sockaddr_storage *from);
/* An address alone: 192.0.2.1, 2001:db8::1. */
extern bool address_read(const char *text, Address *address);
extern bool address_is_v4(const Address *address);
/* Whether the first so many of the 128 bits are the same. */
extern bool address_shares(const Address *one, const Address *other, int bits);
extern void address_write(const Address *address, char text[ADDRESS_TEXT]);

#endif
