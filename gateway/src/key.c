/*
 * key.c
 *		The caller's credential.
 */
#include "key.h"

#include <string.h>
#include <strings.h>

#define MAX_KEY_BYTES 200

bool
key_read(const char *authorization, Key *key)
{
	static const char scheme[] = "Bearer ";
	static const char prefix[] = "aisc_";
	const char *text;
	const char *p;
	size_t		len;
	int64_t		account = 0;

	if (authorization == NULL || strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
		return false;
	text = authorization + sizeof(scheme) - 1;
	while (*text == ' ')
		text++;
	len = strlen(text);
	while (len > 0 && text[len - 1] == ' ')
		len--;
	if (len > MAX_KEY_BYTES || strncmp(text, prefix, sizeof(prefix) - 1) != 0)
		return false;
	for (p = text + sizeof(prefix) - 1; *p >= '0' && *p <= '9'; p++)
	{
		account = account * 10 + (*p - '0');
		if (account > INT32_MAX)
			return false;
	}
	/* Account 0 is built-in data and has no keys. A number has one spelling. */
	if (account == 0 || *p != '_' || text[sizeof(prefix) - 1] == '0' || p + 1 == text + len)
		return false;
	key->account = (int32_t) account;
	sha256(text, len, key->secret);
	return true;
}
