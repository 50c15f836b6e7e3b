/*
 * key.c
 *		The caller's credential.
 */
#include "key.h"

#include <string.h>
#include <strings.h>

#define MAX_KEY_BYTES 200

static bool
read_token(const char *text, size_t len, const char *prefix, Key *key)
{
	size_t start = strlen(prefix);
	const char *p;
	int64_t account = 0;

	if (len > MAX_KEY_BYTES || strncmp(text, prefix, start) != 0)
		return false;
	for (p = text + start; *p >= '0' && *p <= '9'; p++)
	{
		account = account * 10 + (*p - '0');
		if (account > INT32_MAX)
			return false;
	}
	/* Account 0 is built-in data and has no keys. A number has one spelling. */
	if (account == 0 || *p != '_' || text[start] == '0' || p + 1 == text + len)
		return false;
	key->account = (int32_t) account;
	sha256(text, len, key->secret);
	return true;
}

bool
key_read(const char *authorization, Key *key)
{
	static const char scheme[] = "Bearer ";
	const char *text;
	size_t len;

	if (authorization == NULL || strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
		return false;
	text = authorization + sizeof(scheme) - 1;
	while (*text == ' ')
		text++;
	len = strlen(text);
	while (len > 0 && text[len - 1] == ' ')
		len--;
	return read_token(text, len, "aisc_", key);
}

bool
key_read_session(const char *cookie, Key *key)
{
	return cookie != NULL && read_token(cookie, strlen(cookie), "aiss_", key);
}
