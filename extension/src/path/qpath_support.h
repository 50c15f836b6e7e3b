/*
 * qpath_support.h
 *		What the planner support of paths and of patterns share.
 */
#ifndef QPATH_SUPPORT_H
#define QPATH_SUPPORT_H

#include "nodes/supportnodes.h"

/* A condition that a b-tree on paths may serve. */
typedef struct QPathMatch
{
	Expr *key;   /* the indexed column, or expression */
	Expr *other; /* what it is compared with; fixed during a scan */
	Oid type;    /* qpath */
	Oid family;  /* the b-tree family of the column, our own */
	Oid schema;  /* where our functions are */
} QPathMatch;

extern bool qpath_match_request(SupportRequestIndexCondition *req, QPathMatch *match);
extern Oid qpath_find_function(const QPathMatch *match, const char *name, Oid argtype);
extern Expr *qpath_make_call(const QPathMatch *match, const char *name);
extern Expr *qpath_make_const(const QPathMatch *match, void *value);
extern List *qpath_make_range(const QPathMatch *match, Expr *lower, Expr *upper);
extern List *qpath_make_equal(const QPathMatch *match, Expr *value);

#endif /* QPATH_SUPPORT_H */
