/*
 * config_cache.h
 *		What the parts of the cache of configuration share.
 */
#ifndef QUOTAKIT_CONFIG_CACHE_H
#define QUOTAKIT_CONFIG_CACHE_H

#include "quotakit.h"

#include "utils/hsearch.h"

/* What is cached lives here. */
extern MemoryContext qk_config_cache;

/* Before anything is put into the cache, so that an error in between cannot hide it. */
extern void qk_config_note_load(void);

extern HTAB *qk_config_hash(MemoryContext context, const char *name, Size key, Size entry);

/* An empty cache of paths. */
extern void qk_config_paths_start(MemoryContext context);

#endif
