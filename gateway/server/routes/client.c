/*
 * client.c
 *		Where a request comes from.
 *
 * Behind a proxy all requests come from the proxy, which names the client in
 * X-Forwarded-For. Anybody can send that header, so it is believed only of peers
 * that the operator trusts, and read from its end: what stands before the last
 * address that is no trusted proxy, the client may have written itself.
 */
#include "routes/client.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/log.h"
#include "lib/memory.h"

#define MAX_TRUSTED 64
#define FORWARDED   "X-Forwarded-For"

static struct
{
	Address address;
	int bits;
} trusted[MAX_TRUSTED];
static int ntrusted;

/* 192.0.2.1, 10.0.0.0/8 */
static bool
add_trusted(char *text)
{
	char *slash = strchr(text, '/');
	char *end = NULL;
	int before;
	long bits;

	if (slash != NULL)
		*slash = '\0';
	if (ntrusted == MAX_TRUSTED || !address_read(text, &trusted[ntrusted].address))
		return false;
	/* An IPv4 network is one of IPv6 that is so much narrower. */
	before = strchr(text, ':') == NULL ? 96 : 0;
	bits = 128 - before;
	if (slash != NULL)
	{
		bits = slash[1] >= '0' && slash[1] <= '9' ? strtol(slash + 1, &end, 10) : -1;
		if (bits < 0 || bits > 128 - before || *end != '\0')
			return false;
	}
	trusted[ntrusted++].bits = (int) bits + before;
	return true;
}

bool
client_trust(const char *list)
{
	char *copy = must_copy_string(list);
	char *rest = copy;
	char *one;
	bool good = true;

	ntrusted = 0;
	while (good && (one = strsep(&rest, ", \t")) != NULL)
		good = *one == '\0' || add_trusted(one);
	free(copy);
	return good;
}

static bool
is_trusted(const Address *address)
{
	for (int i = 0; i < ntrusted; i++)
		if (address_shares(address, &trusted[i].address, trusted[i].bits))
			return true;
	return false;
}

/* There may be several such headers: they are one list. */
static void
add_forwarded(const Head *head, Text *list)
{
	for (int i = 0; i < head->nfields; i++)
	{
		const Field *f = &head->field[i];

		if (f->name_len == strlen(FORWARDED) &&
			strncasecmp(head->text + f->name, FORWARDED, f->name_len) == 0)
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
	char *end;

	text += strspn(text, " \t");
	text[strcspn(text, " \t")] = '\0';
	if (*text == '[')
	{
		text++;
		text[strcspn(text, "]")] = '\0';
	}
	else if ((end = strchr(text, ':')) != NULL && strchr(end + 1, ':') == NULL)
		*end = '\0';
	return address_read(text, address);
}

static void
say_once(void)
{
	static atomic_bool said;

	if (!atomic_exchange(&said, true))
		log_message(LOG_WARNING, "a request came with " FORWARDED
								 " from a peer that trusted_proxy does not name; "
								 "it is not believed, and all clients of that peer count as one");
}

/* Goes back along the list as long as it is trusted proxies that say so. */
static void
follow(Address *address, Text *list)
{
	char *comma;
	Address before;

	while (is_trusted(address) && (comma = strrchr(list->data, ',')) != NULL &&
		   parse_forwarded(comma + 1, &before))
	{
		*address = before;
		*comma = '\0';
	}
}

void
client_address(const Request *request, char address[ADDRESS_TEXT])
{
	Address from = request->origin->address;
	Text list = { 0 };

	add_forwarded(request->head, &list);
	if (list.len > 0 && !is_trusted(&from))
		say_once();
	else if (list.len > 0)
		follow(&from, &list);
	text_free(&list);
	address_write(&from, address);
}
