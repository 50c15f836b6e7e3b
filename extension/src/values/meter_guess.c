/*
 * meter_guess.c
 *		What a meter that nobody knows was probably meant to be.
 *
 * A misspelt meter passes as a new one, without a price and not counted. So the
 * caller is told what it looks like: names that others use for ours, and slips.
 */
#include "quotakit.h"
#include "values/meter_guess.h"
#include "values/meters.h"

#include "utils/builtins.h"
#include "utils/varlena.h"

PG_FUNCTION_INFO_V1(quotakit_meter_guess);

/* Where one of two names is shorter, two slips would make another word of it. */
#define MOST_SLIPS 2
#define LONG_NAME  8

/* What providers, and people in a hurry, call them. */
static const struct
{
	const char *name;
	const char *meant;
} aliases[] = {
	{ "audio_tokens", "audio_input_tokens" },
	{ "cache_creation_input_tokens", "cache_write_tokens" },
	{ "cache_creation_tokens", "cache_write_tokens" },
	{ "cache_read_input_tokens", "cached_input_tokens" },
	{ "cache_read_tokens", "cached_input_tokens" },
	{ "cached_tokens", "cached_input_tokens" },
	{ "candidates_tokens", "output_tokens" },
	{ "character", "input_character" },
	{ "characters", "input_character" },
	{ "completion", "output_tokens" },
	{ "completion_tokens", "output_tokens" },
	{ "ephemeral_1h_input_tokens", "cache_write_1h_tokens" },
	{ "ephemeral_5m_input_tokens", "cache_write_tokens" },
	{ "generated_tokens", "output_tokens" },
	{ "image_tokens", "image_input_tokens" },
	{ "images", "image" },
	{ "input", "input_tokens" },
	{ "output", "output_tokens" },
	{ "pages", "page" },
	{ "prompt", "input_tokens" },
	{ "prompt_tokens", "input_tokens" },
	{ "queries", "query" },
	{ "reasoning", "reasoning_tokens" },
	{ "request", "requests" },
	{ "searches", "search" },
	{ "seconds", "audio_second" },
	{ "thinking", "reasoning_tokens" },
	{ "thinking_tokens", "reasoning_tokens" },
	{ "thoughts_tokens", "reasoning_tokens" },
	{ "tokens", "input_tokens" },
	{ "total_tokens", "input_tokens" },
	{ "web_search", "search" },
	{ "web_search_requests", "search" },
	{ "web_searches", "search" },
};

static bool
is_within(const char *name, const char *other, int slips)
{
	int len = (int) strlen(name);
	int other_len = (int) strlen(other);

	if (abs(len - other_len) > slips || (slips > 1 && Min(len, other_len) < LONG_NAME))
		return false;
	return varstr_levenshtein_less_equal(name, len, other, other_len, 1, 1, 1, slips, true) <=
		   slips;
}

bool
qk_meter_is_near(const char *name, const char *other)
{
	return is_within(name, other, 1) || is_within(name, other, MOST_SLIPS);
}

/* What is known by a name that differs by so many slips. */
static const char *
guess_within(const char *name, int slips)
{
	const char *listed;

	for (size_t i = 0; i < lengthof(aliases); i++)
		if (is_within(name, aliases[i].name, slips))
			return aliases[i].meant;
	for (int i = 0; (listed = qk_meter_name(i)) != NULL; i++)
		if (is_within(name, listed, slips))
			return listed;
	return NULL;
}

const char *
qk_meter_guess(const char *name)
{
	const char *listed;
	const char *guess = NULL;

	for (int i = 0; (listed = qk_meter_name(i)) != NULL; i++)
		if (strcmp(name, listed) == 0)
			return NULL;
	for (int slips = 0; guess == NULL && slips <= MOST_SLIPS; slips++)
		guess = guess_within(name, slips);
	return guess;
}

/* (meter text): the listed meter that was probably meant; null for none. */
Datum
quotakit_meter_guess(PG_FUNCTION_ARGS)
{
	const text *name = PG_GETARG_TEXT_PP(0);
	const char *guess;

	/* No meter has so long a name, and nothing that long is worth comparing. */
	if (VARSIZE_ANY_EXHDR(name) > 63)
		PG_RETURN_NULL();
	guess = qk_meter_guess(text_to_cstring(name));
	if (guess == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(guess));
}
