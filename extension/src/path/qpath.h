/*
 * qpath.h
 *		The path type: labels in a tree, such as acme/search/query-rewrite.
 *
 * A path is stored without its slashes: labels are joined by QPATH_SEP, a byte
 * below every byte that a label may hold. So the order of memcmp() is the order
 * of the tree, parents first, and a node and all below it are one contiguous
 * range of a b-tree.
 */
#ifndef QPATH_H
#define QPATH_H

#include "postgres.h"

#include "fmgr.h"
#include "pg/compat.h"
#include "utils/array.h"

#define QPATH_MAX_LABELS      32
#define QPATH_MAX_LABEL_BYTES 63
#define QPATH_MAX_BYTES       1023

/* Between labels, as stored. */
#define QPATH_SEP '\001'

/*
 * The least byte of a label. Appended to a path it gives the end of the path's
 * subtree: above all that continues with QPATH_SEP, not above anything else.
 */
#define QPATH_FIRST_BYTE '+'

typedef struct QPath
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	char data[FLEXIBLE_ARRAY_MEMBER];
} QPath;

/*
 * Stored values mostly have a one-byte header and are used as they are, without
 * a copy. Sorting asks so often that even the call would show.
 */
static inline QPath *
DatumGetQPathPP(Datum d)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(d);

	if (unlikely(VARATT_IS_COMPRESSED(value) || VARATT_IS_EXTERNAL(value)))
		value = pg_detoast_datum_packed(value);
	return (QPath *) value;
}

#define QPathPGetDatum(X)           PointerGetDatum(X)
#define PG_GETARG_QPATH_PP(n)       DatumGetQPathPP(PG_GETARG_DATUM(n))
#define PG_RETURN_QPATH_P(x)        PG_RETURN_POINTER(x)
#define QPATH_DATA(p)               VARDATA_ANY(p)
#define QPATH_LEN(p)                ((size_t) VARSIZE_ANY_EXHDR(p))
#define PG_FREE_QPATH_IF_COPY(p, n) PG_FREE_IF_COPY(p, n)

/* What can be wrong with the text of a path or of a pattern. */
typedef enum QPathFault
{
	QPATH_OK = 0,
	QPATH_EMPTY,          /* no text at all */
	QPATH_TOO_LONG,       /* too many bytes */
	QPATH_TOO_DEEP,       /* too many labels */
	QPATH_EMPTY_LABEL,    /* a leading, trailing or double slash */
	QPATH_LABEL_TOO_LONG, /* too many bytes in one label */
	QPATH_DOT_LABEL,      /* a label that is "." or ".." */
	QPATH_BAD_CHAR,       /* a character that no label may hold */
	QPATH_BIDI_CONTROL,   /* a character that reorders what is shown */
	QPATH_BAD_UTF8,       /* bytes that are not UTF-8 */
	QPATH_NOT_ASCII,      /* beyond ASCII, in a database that is not UTF-8 */
	QPATTERN_BAD_STAR,    /* "**" inside a label */
	QPATTERN_BAD_BRACE    /* braces that do not make up a whole label */
} QPathFault;

#define QPATH_DETAIL_BYTES 128

typedef struct QPathError
{
	QPathFault code;
	int label;                       /* number of the faulty label, from 1; 0 = the whole */
	int position;                    /* its first faulty byte, from 1; 0 = the whole */
	char detail[QPATH_DETAIL_BYTES]; /* a sentence that says it, always ASCII */
} QPathError;

/*
 * qpath_text.c: bytes, no Datums. None of these raises, allocates, needs a
 * terminator or reads past the length that it is given, so they may be used on
 * whatever a client sent. `err` may be NULL.
 */
extern bool qpath_check(const char *text, size_t len, QPathError *err);
extern bool qpath_check_encoding(const char *text, size_t len, QPathError *err);
extern size_t qpath_encode(const char *text, size_t len, char *out);
extern size_t qpath_decode(const char *stored, size_t len, char *out);
extern size_t qpath_scan_char(const char *s, size_t len, QPathFault *fault, uint32 *code_point);
/* Not pg_attribute_printf: clang does not know the format that a server built by gcc names. */
extern bool qpath_fault(QPathError *err, QPathFault code, int label, size_t position,
						const char *fmt, ...) __attribute__((format(printf, 5, 6)));
extern void qpath_char_fault(QPathError *err, QPathFault code, int label, size_t position,
							 uint32 code_point);

/* qpath_tree.c: the tree, on stored bytes; the same rules. */
extern int qpath_nlevel(const char *stored, size_t len);
extern size_t qpath_next_ancestor(const char *stored, size_t len, size_t prev);
extern int qpath_ancestor_lengths(const char *stored, size_t len, uint16 *lengths);
extern size_t qpath_parent_length(const char *stored, size_t len);
extern int qpath_compare_bytes(const char *a, size_t alen, const char *b, size_t blen);
extern bool qpath_is_within(const char *path, size_t len, const char *top, size_t toplen);

/* qpath_io.c: values. These raise, or report softly to escontext where it is given. */
extern PGDLLEXPORT Datum qpath_in(PG_FUNCTION_ARGS);
extern QPath *qpath_make(const char *stored, size_t len);
extern QPath *qpath_from_text(const char *text, size_t len, struct Node *escontext);
extern void qpath_report(struct Node *escontext, const char *type, const QPathError *err,
						 const char *text, size_t len);

/* qpath_bounds.c: ends of ranges, for the planner and the executor. */
extern QPath *qpath_make_subtree_end(const char *stored, size_t len);
extern ArrayType *qpath_make_ancestors(const char *stored, size_t len, Oid qpath_type);

#endif /* QPATH_H */
