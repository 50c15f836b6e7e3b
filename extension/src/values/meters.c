/*
 * meters.c
 *		The meters that are known, and what each counts as.
 *
 * This is the one list of them: the engine reads it, and so does SQL
 * (quotakit.meters), so that what a call counts as and what verify() finds are
 * the same. What is tokens counts as tokens under whatever name: a meter that is
 * not listed and ends in _tokens is a part of the input or the output.
 */
#include "quotakit.h"
#include "pg/arrays.h"
#include "values/meters.h"

#include "common/int.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

PG_FUNCTION_INFO_V1(quotakit_meter_names);
PG_FUNCTION_INFO_V1(quotakit_token_class);
PG_FUNCTION_INFO_V1(quotakit_price_chain);
PG_FUNCTION_INFO_V1(quotakit_named_tokens);

const char *const qk_token_names[QK_TOKEN_CLASSES] = {
	[QK_INPUT] = "input_tokens",
	[QK_CACHED_INPUT] = "cached_input_tokens",
	[QK_CACHE_WRITE] = "cache_write_tokens",
	[QK_OUTPUT] = "output_tokens",
	[QK_REASONING] = "reasoning_tokens",
};

const QKTokens qk_token_fallback[QK_TOKEN_CLASSES] = {
	[QK_INPUT] = QK_INPUT,   [QK_CACHED_INPUT] = QK_INPUT, [QK_CACHE_WRITE] = QK_INPUT,
	[QK_OUTPUT] = QK_OUTPUT, [QK_REASONING] = QK_OUTPUT,
};

/* As price files have them (40-prices/03-file.sql), and as calls name them. */
static const struct
{
	const char *name;
	QKTokens part_of;
} named[] = {
	{ "audio_cache_write_tokens", QK_CACHE_WRITE },
	{ "audio_input_tokens", QK_INPUT },
	{ "audio_output_tokens", QK_OUTPUT },
	{ "cache_write_1h_tokens", QK_CACHE_WRITE },
	{ "cached_audio_input_tokens", QK_CACHED_INPUT },
	{ "cached_image_input_tokens", QK_CACHED_INPUT },
	{ "image_input_tokens", QK_INPUT },
	{ "image_output_tokens", QK_OUTPUT },
	{ "video_input_tokens", QK_INPUT },
	{ "video_output_tokens", QK_OUTPUT },
	{ "annotated_page", QK_NO_TOKENS },
	{ "audio_second", QK_NO_TOKENS },
	{ "code_interpreter_session", QK_NO_TOKENS },
	{ "image", QK_NO_TOKENS },
	{ "input_character", QK_NO_TOKENS },
	{ "input_image", QK_NO_TOKENS },
	{ "input_pixel", QK_NO_TOKENS },
	{ "input_second", QK_NO_TOKENS },
	{ "output_character", QK_NO_TOKENS },
	{ "output_pixel", QK_NO_TOKENS },
	{ "output_second", QK_NO_TOKENS },
	{ "output_video_second", QK_NO_TOKENS },
	{ "page", QK_NO_TOKENS },
	{ "query", QK_NO_TOKENS },
	{ "requests", QK_NO_TOKENS },
	{ "search", QK_NO_TOKENS },
	{ "search_high", QK_NO_TOKENS },
	{ "search_low", QK_NO_TOKENS },
	{ "video_second", QK_NO_TOKENS },
};

static bool
ends_in(const char *name, const char *end)
{
	size_t len = strlen(name);
	size_t end_len = strlen(end);

	return len >= end_len && strcmp(name + len - end_len, end) == 0;
}

/* Of a meter that is not listed, what its name says. */
static QKTokens
class_by_words(const char *name)
{
	static const char *const of_output[] = { "output", "completion", "reasoning", "thinking" };

	if (strcmp(name, "tokens") != 0 && !ends_in(name, "_tokens"))
		return QK_NO_TOKENS;
	for (size_t i = 0; i < lengthof(of_output); i++)
		if (strstr(name, of_output[i]) != NULL)
			return QK_OUTPUT;
	return QK_INPUT;
}

QKTokens
qk_meter_class(const char *name)
{
	for (int i = 0; i < QK_TOKEN_CLASSES; i++)
		if (strcmp(name, qk_token_names[i]) == 0)
			return (QKTokens) i;
	for (size_t i = 0; i < lengthof(named); i++)
		if (strcmp(name, named[i].name) == 0)
			return named[i].part_of;
	return class_by_words(name);
}

const char *
qk_meter_name(int i)
{
	if (i < QK_TOKEN_CLASSES)
		return qk_token_names[i];
	i -= QK_TOKEN_CLASSES;
	return i < (int) lengthof(named) ? named[i].name : NULL;
}

/* _meter_names(): all that are listed. */
Datum
quotakit_meter_names(PG_FUNCTION_ARGS)
{
	const char *names[QK_TOKEN_CLASSES + lengthof(named)];

	for (size_t i = 0; i < lengthof(names); i++)
		names[i] = qk_meter_name((int) i);
	PG_RETURN_ARRAYTYPE_P(qk_text_array(names, lengthof(names)));
}

/* (meter text): the class it counts as; null if it is not tokens. */
Datum
quotakit_token_class(PG_FUNCTION_ARGS)
{
	QKTokens token_class = qk_meter_class(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	if (token_class == QK_NO_TOKENS)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(qk_token_names[token_class]));
}

/* (meter text): the meters whose price it may have, the best first; see price.c. */
Datum
quotakit_price_chain(PG_FUNCTION_ARGS)
{
	const char *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	QKTokens token_class = qk_meter_class(name);
	const char *chain[3] = { name };
	int n = 1;

	if (token_class != QK_NO_TOKENS)
	{
		if (strcmp(name, qk_token_names[token_class]) != 0)
			chain[n++] = qk_token_names[token_class];
		if (qk_token_fallback[token_class] != token_class)
			chain[n++] = qk_token_names[qk_token_fallback[token_class]];
	}
	PG_RETURN_ARRAYTYPE_P(qk_text_array(chain, n));
}

/* Whether tokens of a class are asked for: by its name, or as the input or the output. */
static bool
is_asked(QKTokens token_class, const char *asked)
{
	if (token_class == QK_NO_TOKENS)
		return false;
	return strcmp(asked, qk_token_names[token_class]) == 0 ||
		   strcmp(asked, qk_is_input(token_class) ? "input" : "output") == 0;
}

static int64
whole_tokens(Numeric quantity)
{
	Datum whole = DirectFunctionCall1(numeric_ceil, NumericGetDatum(quantity));

	return DatumGetInt64(DirectFunctionCall1(numeric_int8, whole));
}

/* (meters jsonb, asked text): the tokens among the meters of that class, or of the input or the output. */
Datum
quotakit_named_tokens(PG_FUNCTION_ARGS)
{
	Jsonb *meters = PG_GETARG_JSONB_P(0);
	const char *asked = text_to_cstring(PG_GETARG_TEXT_PP(1));
	int64 sum = 0;
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue v;
	bool counts = false;

	if (!JB_ROOT_IS_OBJECT(meters))
		PG_RETURN_INT64(0);
	it = JsonbIteratorInit(&meters->root);
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			counts = is_asked(qk_meter_class(pnstrdup(v.val.string.val, v.val.string.len)), asked);
		else if (token == WJB_VALUE && counts && v.type == jbvNumeric &&
				 pg_add_s64_overflow(sum, whole_tokens(v.val.numeric), &sum))
			ereport(ERROR, errcode(ERRCODE_QK_OUT_OF_RANGE), errmsg("a sum is out of range"));
	}
	PG_RETURN_INT64(sum);
}
