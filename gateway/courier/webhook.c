/*
 * webhook.c
 *		The headers of a webhook, signed as Standard Webhooks asks, and where one may go.
 */
#include "courier/webhook.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "courier/base64.h"

static void
sign(Text *header, const unsigned char *secret, size_t secret_len, const Text *content)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (HMAC(EVP_sha256(), secret, (int) secret_len, (const unsigned char *) content->data,
			 content->len, digest, &len) == NULL)
		abort(); /* as when memory runs out */
	text_add_string(header, header->len == 0 ? "v1," : " v1,");
	text_add_base64(header, digest, len);
}

void
webhook_signature(Text *header, const Message *message, int64_t now)
{
	Text content = { 0 };

	assert(message->channel == CHANNEL_WEBHOOK && message->secret_len > 0);
	text_format(&content, "%s.%lld.", message->message_id, (long long) now);
	text_add_string(&content, message->body_text);
	sign(header, message->secret, message->secret_len, &content);
	if (message->previous_len > 0)
		sign(header, message->previous, message->previous_len, &content);
	text_free(&content);
}

typedef struct Net4
{
	uint32_t net;
	int bits;
} Net4;

static bool
public4(uint32_t address)
{
	/* RFC 6890 and after: this network, private, shared, loopback, link-local, protocols, tests, multicast, reserved. */
	static const Net4 closed[] = { { 0x00000000, 8 },  { 0x0a000000, 8 },  { 0x64400000, 10 },
								   { 0x7f000000, 8 },  { 0xa9fe0000, 16 }, { 0xac100000, 12 },
								   { 0xc0000000, 24 }, { 0xc0000200, 24 }, { 0xc0586300, 24 },
								   { 0xc0a80000, 16 }, { 0xc6120000, 15 }, { 0xc6336400, 24 },
								   { 0xcb007100, 24 }, { 0xe0000000, 4 },  { 0xf0000000, 4 } };

	for (size_t i = 0; i < sizeof(closed) / sizeof(*closed); i++)
		if (((address ^ closed[i].net) >> (32 - closed[i].bits)) == 0)
			return false;
	return true;
}

bool
address_is_public(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return public4(ntohl(((const struct sockaddr_in *) address)->sin_addr.s_addr));
	if (address->sa_family == AF_INET6)
	{
		const unsigned char *a = ((const struct sockaddr_in6 *) address)->sin6_addr.s6_addr;
		static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

		if (memcmp(a, mapped, sizeof(mapped)) == 0)
			return public4((uint32_t) a[12] << 24 | (uint32_t) a[13] << 16 | (uint32_t) a[14] << 8 |
						   a[15]);
		/* Global unicast, without what tunnels to somewhere else (2001::/23, 2002::/16) and the examples. */
		return (a[0] & 0xe0) == 0x20 && !(a[0] == 0x20 && a[1] == 0x01 && a[2] < 0x02) &&
			   !(a[0] == 0x20 && a[1] == 0x02) &&
			   !(a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8) &&
			   !(a[0] == 0x3f && a[1] == 0xff && a[2] < 0x10);
	}
	return false;
}
