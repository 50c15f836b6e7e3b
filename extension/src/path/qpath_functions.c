/*
 * qpath_functions.c
 *		Taking paths apart and putting them together.
 */
#include "postgres.h"

#include "utils/array.h"
#include "utils/builtins.h"

#include "path/qpath.h"

PG_FUNCTION_INFO_V1(qpath_nlevel_sql);
Datum
qpath_nlevel_sql(PG_FUNCTION_ARGS)
{
	QPath *path = PG_GETARG_QPATH_PP(0);

	PG_RETURN_INT32(qpath_nlevel(QPATH_DATA(path), QPATH_LEN(path)));
}

/* NULL for a root: nothing is above it. */
PG_FUNCTION_INFO_V1(qpath_parent);
Datum
qpath_parent(PG_FUNCTION_ARGS)
{
	QPath *path = PG_GETARG_QPATH_PP(0);
	size_t len = qpath_parent_length(QPATH_DATA(path), QPATH_LEN(path));

	if (len == 0)
		PG_RETURN_NULL();
	PG_RETURN_QPATH_P(qpath_make(QPATH_DATA(path), len));
}

PG_FUNCTION_INFO_V1(qpath_root);
Datum
qpath_root(PG_FUNCTION_ARGS)
{
	QPath *path = PG_GETARG_QPATH_PP(0);
	size_t len = qpath_next_ancestor(QPATH_DATA(path), QPATH_LEN(path), 0);

	PG_RETURN_QPATH_P(qpath_make(QPATH_DATA(path), len));
}

/* The last label, as text: it is a name, not a place in the tree. */
PG_FUNCTION_INFO_V1(qpath_leaf);
Datum
qpath_leaf(PG_FUNCTION_ARGS)
{
	QPath *path = PG_GETARG_QPATH_PP(0);
	size_t start = qpath_parent_length(QPATH_DATA(path), QPATH_LEN(path));

	if (start > 0)
		start++; /* the separator */
	PG_RETURN_TEXT_P(
		cstring_to_text_with_len(QPATH_DATA(path) + start, (int) (QPATH_LEN(path) - start)));
}

/*
 * Labels offset to offset + count - 1. Of a negative offset or count the
 * absolute value is counted from the end, as ltree and substr-like functions do.
 */
static QPath *
slice(QPath *path, int64 offset, int64 count)
{
	uint16 lengths[QPATH_MAX_LABELS];
	const char *stored = QPATH_DATA(path);
	int nlevel = qpath_ancestor_lengths(stored, QPATH_LEN(path), lengths);
	int64 first = offset < 0 ? nlevel + offset : offset;
	int64 end = count < 0 ? nlevel + count : Min(first + count, nlevel);
	size_t start;

	if (first < 0 || first >= nlevel || end <= first)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("subpath is out of range"),
						errdetail("The path has %d labels; no label is left from offset %d on.",
								  nlevel, (int) offset)));

	start = first == 0 ? 0 : (size_t) lengths[first - 1] + 1;
	return qpath_make(stored + start, lengths[end - 1] - start);
}

PG_FUNCTION_INFO_V1(qpath_subpath);
Datum
qpath_subpath(PG_FUNCTION_ARGS)
{
	PG_RETURN_QPATH_P(slice(PG_GETARG_QPATH_PP(0), PG_GETARG_INT32(1), PG_GETARG_INT32(2)));
}

PG_FUNCTION_INFO_V1(qpath_subpath_rest);
Datum
qpath_subpath_rest(PG_FUNCTION_ARGS)
{
	PG_RETURN_QPATH_P(slice(PG_GETARG_QPATH_PP(0), PG_GETARG_INT32(1), QPATH_MAX_LABELS));
}

/* Both parts are paths, so only the limits on the whole can be passed. */
static QPath *
join_paths(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t len = alen + 1 + blen;
	int nlevel = qpath_nlevel(a, alen) + qpath_nlevel(b, blen);
	QPathError err;
	QPath *result;

	err.code = QPATH_OK;
	if (nlevel > QPATH_MAX_LABELS)
		qpath_fault(&err, QPATH_TOO_DEEP, 0, 0, "The path has %d labels; at most %d are allowed.",
					nlevel, QPATH_MAX_LABELS);
	else if (len > QPATH_MAX_BYTES)
		qpath_fault(&err, QPATH_TOO_LONG, 0, 0,
					"The path is %zu bytes long; at most %d are allowed.", len, QPATH_MAX_BYTES);

	result = (QPath *) palloc(VARHDRSZ + len);
	SET_VARSIZE(result, VARHDRSZ + len);
	memcpy(result->data, a, alen);
	result->data[alen] = QPATH_SEP;
	memcpy(result->data + alen + 1, b, blen);

	if (err.code != QPATH_OK)
	{
		qpath_decode(result->data, len, result->data);
		qpath_report(NULL, "path", &err, result->data, len);
	}
	return result;
}

PG_FUNCTION_INFO_V1(qpath_concat);
Datum
qpath_concat(PG_FUNCTION_ARGS)
{
	QPath *a = PG_GETARG_QPATH_PP(0);
	QPath *b = PG_GETARG_QPATH_PP(1);

	PG_RETURN_QPATH_P(join_paths(QPATH_DATA(a), QPATH_LEN(a), QPATH_DATA(b), QPATH_LEN(b)));
}

/*
 * Appends text as one label. A slash in it is an error rather than a deeper
 * path, so that a label from elsewhere cannot choose its place in the tree.
 */
PG_FUNCTION_INFO_V1(qpath_concat_label);
Datum
qpath_concat_label(PG_FUNCTION_ARGS)
{
	QPath *path = PG_GETARG_QPATH_PP(0);
	text *label = PG_GETARG_TEXT_PP(1);
	const char *data = VARDATA_ANY(label);
	size_t len = VARSIZE_ANY_EXHDR(label);
	const char *slash = memchr(data, '/', len);
	QPath *tail;

	if (slash)
	{
		QPathError err;

		qpath_char_fault(&err, QPATH_BAD_CHAR, 1, (size_t) (slash - data) + 1, '/');
		qpath_report(NULL, "label", &err, data, len);
	}

	tail = qpath_from_text(data, len, NULL);
	PG_RETURN_QPATH_P(
		join_paths(QPATH_DATA(path), QPATH_LEN(path), QPATH_DATA(tail), QPATH_LEN(tail)));
}

/* The longest prefix of both that is a path; 0 if they have no root in common. */
static size_t
common_ancestor(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t common = 0;
	size_t end = 0;

	while ((end = qpath_next_ancestor(a, alen, end)) > 0 && qpath_is_within(b, blen, a, end))
		common = end;
	return common;
}

/*
 * The deepest path that contains them all; NULL if none does. NULLs are passed
 * over. A path contains itself, so lca('a', 'a/b') is 'a' (ltree says '').
 */
PG_FUNCTION_INFO_V1(qpath_lca);
Datum
qpath_lca(PG_FUNCTION_ARGS)
{
	ArrayType *paths = PG_GETARG_ARRAYTYPE_P(0);
	ArrayIterator iterator = array_create_iterator(paths, 0, NULL);
	QPath *first = NULL;
	size_t len = 0;
	Datum value;
	bool isnull;

	while (array_iterate(iterator, &value, &isnull))
	{
		QPath *path;

		if (isnull)
			continue;
		path = DatumGetQPathPP(value);
		if (first == NULL)
		{
			first = path;
			len = QPATH_LEN(path);
		}
		else
			len = common_ancestor(QPATH_DATA(first), len, QPATH_DATA(path), QPATH_LEN(path));
	}
	array_free_iterator(iterator);

	if (len == 0)
		PG_RETURN_NULL();
	PG_RETURN_QPATH_P(qpath_make(QPATH_DATA(first), len));
}
