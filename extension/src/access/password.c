/*
 * password.c
 *		Passwords, hashed by the system's libcrypt (libxcrypt).
 *
 * By no function of another extension: whoever owns the database could put one of
 * theirs in its place, and it would run with the rights of our owner.
 */
#include "quotakit.h"
#include "pg/compat.h"

#include <crypt.h>

#include "miscadmin.h"
#include "utils/builtins.h"

/*
 * yescrypt, which needs memory to be computed and so is of little use to graphics
 * cards: at this cost 32 MiB and some 40 ms, all of it given back at the end.
 */
#define METHOD     "$y$"
#define COST       6
#define SALT_BYTES 16

/* The hash of a phrase by the method and salt of a setting; in the current memory context. */
static char *
hash(const char *phrase, const char *setting)
{
	struct crypt_data *data;
	char *result;

	if (crypt_checksalt(setting) == CRYPT_SALT_INVALID)
		ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("what is kept of a password is no hash of one"));
	CHECK_FOR_INTERRUPTS();
	data = palloc0(sizeof(*data));
	result = crypt_rn(phrase, setting, data, sizeof(*data));
	result = result != NULL ? pstrdup(result) : NULL;
	explicit_bzero(data, sizeof(*data));
	pfree(data);
	/* With a setting that is good nothing else can fail; errno would say otherwise. */
	if (result == NULL)
		ereport(ERROR, errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
				errdetail("A password could not be hashed."));
	return result;
}

/* Whether two hashes are the same, after a time that does not tell where they differ. */
static bool
same(const char *a, const char *b)
{
	size_t len = strlen(a);
	unsigned char differ = 0;

	if (len != strlen(b))
		return false;
	for (size_t i = 0; i < len; i++)
		differ |= (unsigned char) (a[i] ^ b[i]);
	return differ == 0;
}

PG_FUNCTION_INFO_V1(quotakit_hash_phrase);

Datum
quotakit_hash_phrase(PG_FUNCTION_ARGS)
{
	char random[SALT_BYTES];
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	if (!pg_strong_random(random, sizeof(random)))
		ereport(ERROR, errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values"));
	if (crypt_gensalt_rn(METHOD, COST, random, sizeof(random), setting, sizeof(setting)) == NULL)
		elog(ERROR, "libcrypt does not know the method %s", METHOD);
	PG_RETURN_TEXT_P(cstring_to_text(hash(text_to_cstring(PG_GETARG_TEXT_PP(0)), setting)));
}

PG_FUNCTION_INFO_V1(quotakit_is_phrase);

/* (phrase, kept): whether what is kept, by whatever method, was made of the phrase. */
Datum
quotakit_is_phrase(PG_FUNCTION_ARGS)
{
	char *kept = text_to_cstring(PG_GETARG_TEXT_PP(1));

	PG_RETURN_BOOL(same(hash(text_to_cstring(PG_GETARG_TEXT_PP(0)), kept), kept));
}
