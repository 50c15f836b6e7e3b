/*
 * qpattern_io.c
 *		Patterns to and from the outside, and the functions on them.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"

#include "path/qpattern.h"

#define QPATTERN_BINARY_VERSION 1

/* A pattern from text. NULL if there is an error and escontext takes it. */
static QPattern *
pattern_from_text(const char *text, size_t len, struct Node *escontext)
{
	QPathError err;

	if (!qpath_check_encoding(text, Min(len, QPATTERN_MAX_BYTES), &err) ||
		!qpattern_check(text, len, &err))
	{
		qpath_report(escontext, "path pattern", &err, text, len);
		return NULL;
	}
	return (QPattern *) cstring_to_text_with_len(text, (int) len);
}

PG_FUNCTION_INFO_V1(qpattern_in);
Datum
qpattern_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	QPattern *result = pattern_from_text(text, strlen(text), fcinfo->context);

	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_QPATTERN_P(result);
}

PG_FUNCTION_INFO_V1(qpattern_out);
Datum
qpattern_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(text_to_cstring((text *) PG_GETARG_QPATTERN_PP(0)));
}

PG_FUNCTION_INFO_V1(qpattern_recv);
Datum
qpattern_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	int version = pq_getmsgbyte(buf);
	char *text;
	int len;

	if (version != QPATTERN_BINARY_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("unsupported version %d of the binary form of a path pattern", version),
				 errdetail("Only version %d is known.", QPATTERN_BINARY_VERSION)));

	text = pq_getmsgtext(buf, buf->len - buf->cursor, &len);
	PG_RETURN_QPATTERN_P(pattern_from_text(text, len, NULL));
}

PG_FUNCTION_INFO_V1(qpattern_send);
Datum
qpattern_send(PG_FUNCTION_ARGS)
{
	QPattern *pattern = PG_GETARG_QPATTERN_PP(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, QPATTERN_BINARY_VERSION);
	pq_sendtext(&buf, QPATTERN_DATA(pattern), (int) QPATTERN_LEN(pattern));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(qpattern_to_text);
Datum
qpattern_to_text(PG_FUNCTION_ARGS)
{
	QPattern *pattern = PG_GETARG_QPATTERN_PP(0);

	PG_RETURN_TEXT_P(cstring_to_text_with_len(QPATTERN_DATA(pattern), (int) QPATTERN_LEN(pattern)));
}

PG_FUNCTION_INFO_V1(text_to_qpattern);
Datum
text_to_qpattern(PG_FUNCTION_ARGS)
{
	text *t = PG_GETARG_TEXT_PP(0);
	QPattern *result = pattern_from_text(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t), fcinfo->context);

	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_QPATTERN_P(result);
}

static bool
match_args(FunctionCallInfo fcinfo, int path, int pattern)
{
	QPath *p = PG_GETARG_QPATH_PP(path);
	QPattern *q = PG_GETARG_QPATTERN_PP(pattern);
	bool result = qpattern_matches(QPATTERN_DATA(q), QPATTERN_LEN(q), QPATH_DATA(p), QPATH_LEN(p));

	PG_FREE_IF_COPY(p, path);
	PG_FREE_IF_COPY(q, pattern);
	return result;
}

/* path ~ pattern */
PG_FUNCTION_INFO_V1(qpath_match);
Datum
qpath_match(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(match_args(fcinfo, 0, 1));
}

/* pattern ~ path */
PG_FUNCTION_INFO_V1(qpattern_match);
Datum
qpattern_match(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(match_args(fcinfo, 1, 0));
}

/* The bounds of what can match, for index ranges. */
PG_FUNCTION_INFO_V1(qpattern_lower);
Datum
qpattern_lower(PG_FUNCTION_ARGS)
{
	QPattern *pattern = PG_GETARG_QPATTERN_PP(0);
	QPatternRange range;

	qpattern_range(QPATTERN_DATA(pattern), QPATTERN_LEN(pattern), &range);
	PG_RETURN_QPATH_P(qpath_make(range.lower, range.lowerlen));
}

PG_FUNCTION_INFO_V1(qpattern_upper);
Datum
qpattern_upper(PG_FUNCTION_ARGS)
{
	QPattern *pattern = PG_GETARG_QPATTERN_PP(0);
	QPatternRange range;

	qpattern_range(QPATTERN_DATA(pattern), QPATTERN_LEN(pattern), &range);
	PG_RETURN_QPATH_P(qpath_make(range.upper, range.upperlen));
}
