/*
 * client.c
 *		Where a request comes from.
 *
 * Behind a proxy all requests come from the proxy, which names the client in
 * X-Forwarded-For. Anybody can send that header, so it is believed only of peers
 * that the operator trusts, and read from its end: what stands before the last
 * address that is no trusted proxy, the client may have written itself.
 */
#include "client.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "connection.h"
#include "log.h"

#define MAX_TRUSTED 64
#define FORWARDED "X-Forwarded-For"

/* IPv4 as IPv6 has it: ::ffff:192.0.2.1 */
typedef struct in6_addr Address;

static struct
{
	Address		address;
	int			bits;
}			trusted[MAX_TRUSTED];
static int	ntrusted;

static Address
from_v4(const struct in_addr *v4)
{
	Address		address = {.s6_addr = {[10] = 0xff, [11] = 0xff}};

	memcpy(address.s6_addr + 12, v4, 4);
	return address;
}

/* An address alone: 192.0.2.1, 2001:db8::1. */
static bool
parse(const char *text, Address *address, bool *is_v4)
{
	struct in_addr v4;

	*is_v4 = inet_pton(AF_INET, text, &v4) == 1;
	if (*is_v4)
		*address = from_v4(&v4);
	return *is_v4 || inet_pton(AF_INET6, text, address) == 1;
}

bool
client_trust(const char *list)
{
	char	   *copy = must_copy(list, strlen(list));
	char	   *rest = copy;
	char	   *one;
	bool		good = true;

	ntrusted = 0;
	while (good && (one = strsep(&rest, ", \t")) != NULL)
	{
		char	   *slash = strchr(one, '/');
		char	   *end = NULL;
		long		bits = -1;
		bool		is_v4;

		if (*one == '\0')
			continue;
		if (slash != NULL)
		{
			*slash = '\0';
			bits = slash[1] >= '0' && slash[1] <= '9' ? strtol(slash + 1, &end, 10) : -1;
		}
		good = ntrusted < MAX_TRUSTED && parse(one, &trusted[ntrusted].address, &is_v4) &&
			(slash == NULL || (bits >= 0 && *end == '\0' && bits <= (is_v4 ? 32 : 128)));
		if (good)
			trusted[ntrusted++].bits = slash == NULL ? 128 : (int) bits + (is_v4 ? 96 : 0);
	}
	free(copy);
	return good;
}

static bool
is_trusted(const Address *address)
{
	for (int i = 0; i < ntrusted; i++)
	{
		int			whole = trusted[i].bits / 8;
		int			left = trusted[i].bits % 8;
		const unsigned char *bytes = trusted[i].address.s6_addr;
		int			differ = left ? address->s6_addr[whole] ^ bytes[whole] : 0;

		if (memcmp(address->s6_addr, bytes, (size_t) whole) == 0 && differ >> (8 - left) == 0)
			return true;
	}
	return false;
}

static bool
peer(const Request *request, Address *address)
{
	struct sockaddr_storage from;
	socklen_t	len = sizeof(from);

	if (getpeername(request->connection->channel.fd, (struct sockaddr *) &from, &len) != 0)
		return false;
	if (from.ss_family == AF_INET)
		*address = from_v4(&((const struct sockaddr_in *) &from)->sin_addr);
	else if (from.ss_family == AF_INET6)
		*address = ((const struct sockaddr_in6 *) &from)->sin6_addr;
	else
		return false;
	return true;
}

/* There may be several such headers: they are one list. */
static void
add_forwarded(const Head *head, Text *list)
{
	for (int i = 0; i < head->nfields; i++)
	{
		const Field *f = &head->field[i];

		if (f->name_len == strlen(FORWARDED) && strncasecmp(head->text + f->name, FORWARDED, f->name_len) == 0)
		{
			text_add_char(list, ',');
			text_add(list, head->text + f->value, f->value_len);
		}
	}
}

/* One of the list: an address, mostly bare, but "192.0.2.1:443", "[2001:db8::1]:443" are seen, too. */
static bool
parse_forwarded(char *text, Address *address)
{
	bool		is_v4;
	char	   *end;

	text += strspn(text, " \t");
	text[strcspn(text, " \t")] = '\0';
	if (*text == '[')
	{
		text++;
		text[strcspn(text, "]")] = '\0';
	}
	else if ((end = strchr(text, ':')) != NULL && strchr(end + 1, ':') == NULL)
		*end = '\0';
	return parse(text, address, &is_v4);
}

static void
say_once(void)
{
	static atomic_bool said;

	if (!atomic_exchange(&said, true))
		log_message(LOG_WARNING, "a request came with " FORWARDED " from a peer that trusted_proxy does not name; "
					"it is not believed, and all clients of that peer count as one");
}

/* Goes back along the list as long as it is trusted proxies that say so. */
static void
follow(Address *address, Text *list)
{
	char	   *comma;
	Address		before;

	while (is_trusted(address) && (comma = strrchr(list->data, ',')) != NULL &&
		   parse_forwarded(comma + 1, &before))
	{
		*address = before;
		*comma = '\0';
	}
}

void
client_address(const Request *request, char address[INET6_ADDRSTRLEN])
{
	Address		from;
	Text		list = {0};
	bool		is_v4;

	*address = '\0';
	if (!peer(request, &from))
		return;
	add_forwarded(request->head, &list);
	if (list.len > 0 && !is_trusted(&from))
		say_once();
	else if (list.len > 0)
		follow(&from, &list);
	text_free(&list);
	is_v4 = IN6_IS_ADDR_V4MAPPED(&from);
	inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? from.s6_addr + 12 : from.s6_addr, address, INET6_ADDRSTRLEN);
}
