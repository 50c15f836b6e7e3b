/*
 * log.h
 *		One JSON object a line, on standard error. Never a secret, never a body.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <stdbool.h>

#include "lib/text.h"

typedef enum LogLevel
{
	LOG_ERROR,
	LOG_WARNING,
	LOG_NOTICE, /* what happens once: it listens, is connected, stops */
	LOG_INFO,   /* each request */
	LOG_DEBUG,
} LogLevel;

/* False if there is no such level. */
extern bool log_start(const char *level);
extern bool log_wants(LogLevel level);
/* A line with a message and nothing else. */
extern void log_message(LogLevel level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same, as an error that ends the process. */
_Noreturn extern void log_fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A line whose other members, each with a leading comma, are in `members`. */
extern void log_line(LogLevel level, const char *message, const Text *members);

#endif
