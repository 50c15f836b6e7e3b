/*
 * address.c
 *		Addresses of clients.
 */
#include "address.h"

#include <arpa/inet.h>
#include <string.h>

static Address
from_v4(const struct in_addr *v4)
{
	Address address = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	memcpy(address.s6_addr + 12, v4, 4);
	return address;
}

Address
address_of(const struct sockaddr_storage *from)
{
	if (from->ss_family == AF_INET)
		return from_v4(&((const struct sockaddr_in *) from)->sin_addr);
	return ((const struct sockaddr_in6 *) from)->sin6_addr;
}

bool
address_read(const char *text, Address *address)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) != 1)
		return inet_pton(AF_INET6, text, address) == 1;
	*address = from_v4(&v4);
	return true;
}

bool
address_is_v4(const Address *address)
{
	return IN6_IS_ADDR_V4MAPPED(address);
}

bool
address_shares(const Address *one, const Address *other, int bits)
{
	int whole = bits / 8;
	int left = bits % 8;
	int differ = left ? one->s6_addr[whole] ^ other->s6_addr[whole] : 0;

	return memcmp(one->s6_addr, other->s6_addr, (size_t) whole) == 0 && differ >> (8 - left) == 0;
}

void
address_write(const Address *address, char text[ADDRESS_TEXT])
{
	bool v4 = address_is_v4(address);

	inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? address->s6_addr + 12 : address->s6_addr, text,
			  ADDRESS_TEXT);
}
