/*
 * quotakit.h
 *		What every part of the extension shares.
 */
#ifndef QUOTAKIT_H
#define QUOTAKIT_H

/* All objects live in this schema; the extension cannot be relocated. */
#define QUOTAKIT_SCHEMA "quotakit"

/* Declared by fmgr.h from PostgreSQL 16 on. */
extern PGDLLEXPORT void _PG_init(void);

#endif /* QUOTAKIT_H */
