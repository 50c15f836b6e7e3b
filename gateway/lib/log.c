/*
 * log.c
 *		One JSON object a line, on standard error.
 */
#include "lib/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = { "error", "warning", "notice", "info", "debug" };
static LogLevel wanted = LOG_INFO;

bool
log_start(const char *level)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		if (strcmp(level, names[i]) == 0)
		{
			wanted = (LogLevel) i;
			return true;
		}
	}
	return false;
}

bool
log_wants(LogLevel level)
{
	return level <= wanted;
}

void
log_line(LogLevel level, const char *message, const Text *members)
{
	Text line = { 0 };
	struct timespec now;
	struct tm tm;
	char when[32];
	ssize_t written;

	if (!log_wants(level))
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	text_format(&line, "{\"at\":\"%s.%03ldZ\",\"level\":\"%s\",\"message\":", when,
				now.tv_nsec / 1000000, names[level]);
	text_add_json(&line, message, strlen(message));
	if (members != NULL && members->len > 0)
		text_add(&line, members->data, members->len);
	text_add_literal(&line, "}\n");
	/* One write, so that lines of several threads do not mix. A log that cannot be written is lost. */
	written = write(STDERR_FILENO, line.data, line.len);
	(void) written;
	text_free(&line);
}

static void
log_formatted(LogLevel level, const char *fmt, va_list args)
{
	char message[1024];

	vsnprintf(message, sizeof(message), fmt, args);
	log_line(level, message, NULL);
}

void
log_message(LogLevel level, const char *fmt, ...)
{
	va_list args;

	if (!log_wants(level))
		return;
	va_start(args, fmt);
	log_formatted(level, fmt, args);
	va_end(args);
}

void
log_fatal(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_formatted(LOG_ERROR, fmt, args);
	va_end(args);
	exit(1);
}
