/*
 * meters.h
 *		What a meter says of itself: whether it is tokens, and of which class.
 */
#ifndef QUOTAKIT_METERS_H
#define QUOTAKIT_METERS_H

#include "quotakit.h"

/* The token classes are disjoint; together they are what a policy in tokens counts. */
typedef enum QKTokens
{
	QK_NO_TOKENS = -1, /* of a meter that counts something else */
	QK_INPUT,
	QK_CACHED_INPUT,
	QK_CACHE_WRITE,
	QK_OUTPUT,
	QK_REASONING,
} QKTokens;
#define QK_TOKEN_CLASSES 5

extern const char *const qk_token_names[QK_TOKEN_CLASSES];
/* Whose price a class has that has none of its own; itself for none. */
extern const QKTokens qk_token_fallback[QK_TOKEN_CLASSES];

static inline bool
qk_is_input(QKTokens token_class)
{
	return token_class >= QK_INPUT && token_class <= QK_CACHE_WRITE;
}

/* The listed meters, the token classes first; NULL after the last. */
extern const char *qk_meter_name(int i);

/* The class that the meter is, or is a part of. */
extern QKTokens qk_meter_class(const char *name);

/* Quantities of named meters have six decimals. A part of a token counts as one. */
#define QK_METER_SCALE 6
#define QK_METER_ONE   INT64CONST(1000000)

static inline int64
qk_whole_tokens(int64 micro)
{
	return (micro + QK_METER_ONE - 1) / QK_METER_ONE;
}

#endif
