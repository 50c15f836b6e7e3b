/*
 * uuid7.c
 *		UUID version 7: an event's time is the time in its id.
 */
#include "quotakit.h"
#include "pg/compat.h"
#include "values/uuid7.h"

#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(quotakit_uuid_time);
PG_FUNCTION_INFO_V1(quotakit_uuid7);
PG_FUNCTION_INFO_V1(quotakit_random_bytes);

/* Unix epoch in PostgreSQL's microseconds. */
#define UNIX_EPOCH ((UNIX_EPOCH_JDATE - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY)

bool
qk_uuid7_time(const pg_uuid_t *id, TimestampTz *at)
{
	int64 ms = 0;

	if ((id->data[6] >> 4) != 7 || (id->data[8] >> 6) != 2)
		return false;
	for (int i = 0; i < 6; i++)
		ms = ms << 8 | id->data[i];
	*at = ms * 1000 + UNIX_EPOCH;
	return true;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The 8-4-4-4-12 form only: an id has one spelling on the wire. */
bool
qk_uuid_parse(const char *text, size_t len, pg_uuid_t *id)
{
	int n = 0;

	if (len != QK_UUID_TEXT)
		return false;
	for (size_t i = 0; i < len;)
	{
		int high, low;

		if (i == 8 || i == 13 || i == 18 || i == 23)
		{
			if (text[i++] != '-')
				return false;
		}
		high = hex_digit(text[i]);
		low = hex_digit(text[i + 1]);
		if (high < 0 || low < 0)
			return false;
		id->data[n++] = (unsigned char) (high << 4 | low);
		i += 2;
	}
	return n == UUID_LEN;
}

void
qk_uuid_format(const pg_uuid_t *id, char text[QK_UUID_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	char *p = text;

	for (int i = 0; i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[id->data[i] >> 4];
		*p++ = digits[id->data[i] & 15];
	}
}

Datum
quotakit_uuid_time(PG_FUNCTION_ARGS)
{
	TimestampTz at;

	if (!qk_uuid7_time(PG_GETARG_UUID_P(0), &at))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(at);
}

Datum
quotakit_uuid7(PG_FUNCTION_ARGS)
{
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(0);
	pg_uuid_t *id = palloc(sizeof(pg_uuid_t));
	int64 ms;

	if (TIMESTAMP_NOT_FINITE(at) || at < UNIX_EPOCH ||
		(at - UNIX_EPOCH) / 1000 >= INT64CONST(1) << 48)
		ereport(ERROR, errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				errmsg("time is out of range for a UUID version 7"),
				errdetail("It holds the years 1970 to 10889."));
	ms = (at - UNIX_EPOCH) / 1000;

	if (!pg_strong_random(id->data, UUID_LEN))
		ereport(ERROR, errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values"));
	for (int i = 5; i >= 0; i--, ms >>= 8)
		id->data[i] = (unsigned char) (ms & 0xff);
	id->data[6] = 0x70 | (id->data[6] & 0x0f);
	id->data[8] = 0x80 | (id->data[8] & 0x3f);
	PG_RETURN_UUID_P(id);
}

/* For secrets: the same source that PostgreSQL uses for its own. */
Datum
quotakit_random_bytes(PG_FUNCTION_ARGS)
{
	int32 len = PG_GETARG_INT32(0);
	bytea *result;

	if (len < 1 || len > 1024)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("number of random bytes must be between 1 and 1024"));
	result = palloc(VARHDRSZ + len);
	SET_VARSIZE(result, VARHDRSZ + len);
	if (!pg_strong_random(VARDATA(result), len))
		ereport(ERROR, errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values"));
	PG_RETURN_BYTEA_P(result);
}
