/*
 * qpattern.h
 *		Patterns of paths, label by label:
 *
 *		acme		this label
 *		*			any one label
 *		**			any number of labels, also none
 *		gpt-*		a label in which * stands for any characters, also none
 *		{a,b-*}		one of these
 *
 * A pattern is stored as it was written.
 */
#ifndef QPATTERN_H
#define QPATTERN_H

#include "postgres.h"

#include "fmgr.h"

#include "path/qpath.h"

#define QPATTERN_MAX_LABELS 64
#define QPATTERN_MAX_BYTES  2047

typedef struct QPattern
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	char data[FLEXIBLE_ARRAY_MEMBER];
} QPattern;

#define DatumGetQPatternPP(X)    ((QPattern *) PG_DETOAST_DATUM_PACKED(X))
#define PG_GETARG_QPATTERN_PP(n) DatumGetQPatternPP(PG_GETARG_DATUM(n))
#define PG_RETURN_QPATTERN_P(x)  PG_RETURN_POINTER(x)
#define QPATTERN_DATA(p)         VARDATA_ANY(p)
#define QPATTERN_LEN(p)          ((size_t) VARSIZE_ANY_EXHDR(p))

/* What the literal beginning of a pattern says of the paths that match. */
typedef enum QPatternRangeKind
{
	QPATTERN_ALL,     /* nothing: it begins with a wildcard */
	QPATTERN_EQUAL,   /* they are the lower bound, exactly */
	QPATTERN_SUBTREE, /* they are the lower bound and all below it, exactly */
	QPATTERN_SPAN     /* they lie between the bounds, with others */
} QPatternRangeKind;

typedef struct QPatternRange
{
	QPatternRangeKind kind;
	size_t lowerlen;
	size_t upperlen;
	char lower[QPATTERN_MAX_BYTES + 1]; /* as stored; inclusive */
	char upper[QPATTERN_MAX_BYTES + 1]; /* as stored; exclusive */
} QPatternRange;

/* None of these raises or allocates; see qpath.h. */
extern PGDLLEXPORT Datum qpattern_in(PG_FUNCTION_ARGS);
extern bool qpattern_check(const char *text, size_t len, QPathError *err);
extern bool qpattern_matches(const char *text, size_t len, const char *stored, size_t storedlen);
extern void qpattern_range(const char *text, size_t len, QPatternRange *range);

#endif /* QPATTERN_H */
