/*
 * uuid7.h
 *		UUID version 7: an event's time is the time in its id.
 */
#ifndef QUOTAKIT_UUID7_H
#define QUOTAKIT_UUID7_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/uuid.h"

/* False if the UUID is not version 7, RFC variant. */
extern bool qk_uuid7_time(const pg_uuid_t *id, TimestampTz *at);
extern bool qk_uuid_parse(const char *text, size_t len, pg_uuid_t *id);
#define QK_UUID_TEXT 36
extern void qk_uuid_format(const pg_uuid_t *id, char text[QK_UUID_TEXT]);

#endif
