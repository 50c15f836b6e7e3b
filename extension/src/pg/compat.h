/*
 * compat.h
 *		What differs between the versions of PostgreSQL, 15 and up.
 *
 * The one place that asks for the version. The macros need the headers of what
 * they stand for where they are used.
 */
#ifndef QUOTAKIT_COMPAT_H
#define QUOTAKIT_COMPAT_H

#include "postgres.h"

/* 16: macros of varlena have a header of their own. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* 16: a type's input may report an error softly. Before, every error is raised. */
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#else
#define errsave(context, ...) ereport(ERROR, __VA_ARGS__)
#endif

/* 16: another name. */
#if PG_VERSION_NUM >= 160000
#define qk_begin_set(fcinfo) InitMaterializedSRF(fcinfo, 0)
#else
#define qk_begin_set(fcinfo) SetSingleFuncCall(fcinfo, 0)
#endif

/* 16: making a range may report an error softly, too. */
#if PG_VERSION_NUM >= 160000
#define qk_make_range(type, lower, upper) make_range(type, lower, upper, false, NULL)
#else
#define qk_make_range(type, lower, upper) make_range(type, lower, upper, false)
#endif

/* 16: indexes that only summarize can be updated alone. */
#if PG_VERSION_NUM >= 160000
#define qk_insert_index_tuples(target, slot, estate) \
	ExecInsertIndexTuples(target, slot, estate, false, false, NULL, NIL, false)
#else
#define qk_insert_index_tuples(target, slot, estate) \
	ExecInsertIndexTuples(target, slot, estate, false, false, NULL, NIL)
#endif

/* 16: the actions of the JSON parser return whether to go on. */
#if PG_VERSION_NUM >= 160000
#define QK_JSON_ACTION static JsonParseErrorType
#define QK_JSON_GO_ON  return JSON_SUCCESS
#else
#define QK_JSON_ACTION static void
#define QK_JSON_GO_ON  return
#endif

/* 17: the caller may bring the lexer's memory. */
#if PG_VERSION_NUM >= 170000
#define qk_json_lexer(text, len) makeJsonLexContextCstringLen(NULL, text, len, PG_UTF8, true)
#else
#define qk_json_lexer(text, len) \
	makeJsonLexContextCstringLen(unconstify(char *, text), (int) (len), PG_UTF8, true)
#endif

/* 17: a library that is loaded late can have shared memory of its own. */
#if PG_VERSION_NUM >= 170000
#include "storage/dsm_registry.h"
#define QK_HAS_DSM_REGISTRY 1
#endif

/* 17: a scan of a b-tree for the elements of an array keeps the index's order. */
#define QK_ARRAY_SCANS_KEEP_ORDER (PG_VERSION_NUM >= 170000)

/* 18: scans of indexes are counted for EXPLAIN. */
#if PG_VERSION_NUM >= 180000
#define qk_index_beginscan(rel, index, snapshot, nkeys) \
	index_beginscan(rel, index, snapshot, NULL, nkeys, 0)
#else
#define qk_index_beginscan(rel, index, snapshot, nkeys) \
	index_beginscan(rel, index, snapshot, nkeys, 0)
#endif

/* 18: a primary key may be deferrable. */
#if PG_VERSION_NUM >= 180000
#define qk_primary_key(rel) RelationGetPrimaryKeyIndex(rel, false)
#else
#define qk_primary_key(rel) RelationGetPrimaryKeyIndex(rel)
#endif

#endif
