/*
 * qpath_io.c
 *		Paths to and from the outside: text, binary, casts; and their errors.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"

#include "path/qpath.h"
#include "pg/compat.h"

/* The first byte of the binary form, so that the rest of it may change one day. */
#define QPATH_BINARY_VERSION 1

/* How much of a faulty text an error quotes. */
#define QUOTED_BYTES 120

static int
fault_errcode(QPathFault code)
{
	switch (code)
	{
		case QPATH_TOO_LONG:
		case QPATH_TOO_DEEP:
		case QPATH_LABEL_TOO_LONG:
			return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
		case QPATH_BAD_UTF8:
			return ERRCODE_CHARACTER_NOT_IN_REPERTOIRE;
		case QPATH_NOT_ASCII:
			return ERRCODE_FEATURE_NOT_SUPPORTED;
		default:
			return ERRCODE_INVALID_TEXT_REPRESENTATION;
	}
}

static const char *
fault_hint(QPathFault code)
{
	switch (code)
	{
		case QPATH_EMPTY:
			return "Give at least one label, such as \"acme\" or \"acme/search\".";
		case QPATH_EMPTY_LABEL:
			return "There can be no leading, trailing or double \"/\".";
		case QPATH_DOT_LABEL:
			return "\".\" and \"..\" cannot be labels, as paths are absolute.";
		case QPATH_BAD_CHAR:
			return "A label holds A-Z a-z 0-9 _ - . : @ + = and characters from U+00A1 up.";
		case QPATH_BIDI_CONTROL:
			return "Such a character could make one path look like another.";
		case QPATH_NOT_ASCII:
			return "Labels beyond ASCII need a database with encoding UTF8.";
		case QPATTERN_BAD_STAR:
			return "\"**\" stands for any number of labels and must be a label of its own.";
		case QPATTERN_BAD_BRACE:
			return "Write alternatives as one whole label, such as \"{gpt-*,claude-*}\".";
		default:
			return NULL;
	}
}

/*
 * Raises what a check found, or saves it where the caller wants to know softly.
 *
 * The text is quoted only where it prints as itself; else the detail must do.
 */
void
qpath_report(struct Node *escontext, const char *type, const QPathError *err, const char *text,
			 size_t len)
{
	const char *hint = fault_hint(err->code);
	size_t quoted = Min(len, QUOTED_BYTES);
	bool printable = true;

	for (size_t i = 0; i < quoted; i++)
		printable = printable && text[i] >= 0x20 && text[i] < 0x7F;

	errsave(escontext, (errcode(fault_errcode(err->code)),
						printable ? errmsg("invalid %s: \"%.*s%s\"", type, (int) quoted, text,
										   quoted < len ? "..." : "") :
									errmsg("invalid %s", type),
						errdetail("%s", err->detail), hint ? errhint("%s", hint) : 0));
}

/* A path from stored bytes. */
QPath *
qpath_make(const char *stored, size_t len)
{
	QPath *result = (QPath *) palloc(VARHDRSZ + len);

	SET_VARSIZE(result, VARHDRSZ + len);
	memcpy(result->data, stored, len);
	return result;
}

/* A path from text. NULL if there is an error and escontext takes it. */
QPath *
qpath_from_text(const char *text, size_t len, struct Node *escontext)
{
	QPathError err;
	QPath *result;

	if (!qpath_check_encoding(text, Min(len, QPATH_MAX_BYTES), &err) ||
		!qpath_check(text, len, &err))
	{
		qpath_report(escontext, "path", &err, text, len);
		return NULL;
	}

	result = (QPath *) palloc(VARHDRSZ + len);
	SET_VARSIZE(result, VARHDRSZ + len);
	qpath_encode(text, len, result->data);
	return result;
}

PG_FUNCTION_INFO_V1(qpath_in);
Datum
qpath_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	QPath *result = qpath_from_text(text, strlen(text), fcinfo->context);

	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_QPATH_P(result);
}

PG_FUNCTION_INFO_V1(qpath_out);
Datum
qpath_out(PG_FUNCTION_ARGS)
{
	QPath *path = PG_GETARG_QPATH_PP(0);
	size_t len = QPATH_LEN(path);
	char *result = palloc(len + 1);

	qpath_decode(QPATH_DATA(path), len, result);
	result[len] = '\0';
	PG_RETURN_CSTRING(result);
}

PG_FUNCTION_INFO_V1(qpath_recv);
Datum
qpath_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	int version = pq_getmsgbyte(buf);
	char *text;
	int len;
	QPath *result;

	if (version != QPATH_BINARY_VERSION)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("unsupported version %d of the binary form of a path", version),
						errdetail("Only version %d is known.", QPATH_BINARY_VERSION)));

	text = pq_getmsgtext(buf, buf->len - buf->cursor, &len);
	result = qpath_from_text(text, len, NULL);
	pfree(text);
	PG_RETURN_QPATH_P(result);
}

PG_FUNCTION_INFO_V1(qpath_send);
Datum
qpath_send(PG_FUNCTION_ARGS)
{
	QPath *path = PG_GETARG_QPATH_PP(0);
	size_t len = QPATH_LEN(path);
	char *text = palloc(len + 1);
	StringInfoData buf;

	qpath_decode(QPATH_DATA(path), len, text);
	pq_begintypsend(&buf);
	pq_sendbyte(&buf, QPATH_BINARY_VERSION);
	pq_sendtext(&buf, text, (int) len);
	pfree(text);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(qpath_to_text);
Datum
qpath_to_text(PG_FUNCTION_ARGS)
{
	QPath *path = PG_GETARG_QPATH_PP(0);
	size_t len = QPATH_LEN(path);
	text *result = (text *) palloc(VARHDRSZ + len);

	SET_VARSIZE(result, VARHDRSZ + len);
	qpath_decode(QPATH_DATA(path), len, VARDATA(result));
	PG_RETURN_TEXT_P(result);
}

PG_FUNCTION_INFO_V1(text_to_qpath);
Datum
text_to_qpath(PG_FUNCTION_ARGS)
{
	text *t = PG_GETARG_TEXT_PP(0);
	QPath *result = qpath_from_text(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t), fcinfo->context);

	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_QPATH_P(result);
}
