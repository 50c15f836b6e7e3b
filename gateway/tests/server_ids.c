/*
 * server_ids.c
 *		Ids of calls, times, and keys.
 */
#include "unit.h"

#include <stdlib.h>
#include <time.h>

#include "key.h"
#include "routes/rfc3339.h"
#include "routes/uuid7.h"

static void
uuids(void)
{
	static const char id[] = "01890a5d-ac96-774b-bcce-b302099a8057";
	static const uint8_t hash[16] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
									  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	char made[UUID_TEXT + 1];
	char other[UUID_TEXT + 1];

	check("a UUID v7", uuid7_valid(id, UUID_TEXT));
	check("in capitals", uuid7_valid("01890A5D-AC96-774B-BCCE-B302099A8057", UUID_TEXT));
	check("not one of version 4", !uuid7_valid("01890a5d-ac96-474b-bcce-b302099a8057", UUID_TEXT));
	check("nor of another variant",
		  !uuid7_valid("01890a5d-ac96-774b-ccce-b302099a8057", UUID_TEXT));
	check("nor without hyphens", !uuid7_valid("01890a5dxac96-774b-bcce-b302099a8057", UUID_TEXT));
	check("nor with letters beyond f",
		  !uuid7_valid("01890a5g-ac96-774b-bcce-b302099a8057", UUID_TEXT));
	check("nor shorter", !uuid7_valid(id, UUID_TEXT - 1));
	equal_numbers("its time", uuid7_milliseconds(id), 0x01890a5dac96);
	uuid7_derive(0x01890a5dac96, hash, made);
	equal_texts("one that is derived has time, version and variant", made,
				"01890a5d-ac96-7fff-bfff-ffffffffffff");
	uuid7_make(made);
	uuid7_make(other);
	check("one that is made is valid, of now, and no other",
		  uuid7_valid(made, strlen(made)) && strcmp(made, other) != 0 &&
			  llabs(uuid7_milliseconds(made) / 1000 - (long long) time(NULL)) <= 1);
}

static long long
milliseconds(const char *text)
{
	int64_t ms;

	return rfc3339_read(text, &ms) ? ms : -1;
}

static void
times(void)
{
	static const char *const wrong[] = {
		"",
		"2026-11-01",
		"2026-11-01T00:00:00",
		"2026-11-01T00:00:00z1",
		"2026-11-01X00:00:00Z",
		"2026-11-01T00:00:00.Z",
		"2026-13-01T00:00:00Z",
		"2026-02-30T00:00:00Z",
		"2025-02-29T00:00:00Z",
		"2026-11-01T24:00:00Z",
		"2026-11-01T00:60:00Z",
		"2026-11-01T00:00:61Z",
		"1969-12-31T23:59:59Z",
		"2026-11-01T00:00:00+1",
		"2026-11-01T00:00:00+24:00",
		"2026-11-01T00:00:00+00:60",
		"2026-11-01T00:00:00+00:00x",
		" 2026-11-01T00:00:00Z",
	};

	equal_numbers("the beginning of time", milliseconds("1970-01-01T00:00:00Z"), 0);
	equal_numbers("milliseconds, and no further", milliseconds("2026-11-01T00:00:00.1239Z"),
				  1793491200123);
	equal_numbers("a tenth of a second", milliseconds("2026-11-01T00:00:00.5Z"), 1793491200500);
	equal_numbers("an offset", milliseconds("2026-11-01T02:30:00+02:30"), 1793491200000);
	equal_numbers("one to the west", milliseconds("2026-10-31t19:00:00-05:00"), 1793491200000);
	equal_numbers("a leap second counts as the one before", milliseconds("2016-12-31T23:59:60Z"),
				  1483228799000);
	equal_numbers("a leap day", milliseconds("2024-02-29T00:00:00Z"), 1709164800000);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
	{
		char name[64];

		snprintf(name, sizeof(name), "no time: \"%s\"", wrong[i]);
		equal_numbers(name, milliseconds(wrong[i]), -1);
	}
}

static void
keys(void)
{
	static const char *const wrong[] = {
		"",
		"Bearer ",
		"Basic aisc_1_abc",
		"Bearer aisc_",
		"Bearer aisc_1",
		"Bearer aisc_1_",
		"Bearer aisc_0_abc",
		"Bearer aisc_01_abc",
		"Bearer aisc_2147483648_abc",
		"Bearer aisc_-1_abc",
		"Bearer aisc_1x_abc",
		"Bearer aiss_1_abc",
		"aisc_1_abc",
	};
	uint8_t digest[SHA256_BYTES];
	char long_key[300] = "Bearer aisc_1_";
	Key key;

	check("a key", key_read("Bearer aisc_2147483647_abc", &key) && key.account == 2147483647);
	sha256("aisc_2147483647_abc", 19, digest);
	check("of which the hash is kept", memcmp(key.secret, digest, sizeof(digest)) == 0);
	check("the scheme in any case, with blanks around the key",
		  key_read("bEARER   aisc_2147483647_abc  ", &key) &&
			  memcmp(key.secret, digest, sizeof(digest)) == 0);
	check("no header is no key", !key_read(NULL, &key));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
	{
		char name[64];

		snprintf(name, sizeof(name), "no key: \"%s\"", wrong[i]);
		check(name, !key_read(wrong[i], &key));
	}
	memset(long_key + strlen(long_key), 'x', 250);
	check("one of more than 200 bytes", !key_read(long_key, &key));
	check("a session", key_read_session("aiss_5_abc", &key) && key.account == 5);
	check("is no key, nor the other way round",
		  !key_read_session("aisc_5_abc", &key) && !key_read_session(NULL, &key));
}

int
main(void)
{
	uuids();
	times();
	keys();
	return done();
}
