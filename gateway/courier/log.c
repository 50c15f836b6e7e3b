/*
 * log.c
 *		One line an occurrence, to standard error.
 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void
line(const char *format, va_list args)
{
	char		text[2048];
	char		stamp[32];
	struct timespec now;
	struct tm	parts;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &parts);
	vsnprintf(text, sizeof(text), format, args);
	/* Others have a say in it: a line stays one line. */
	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char) *c < ' ' || *c == 0x7f)
			*c = ' ';
	fprintf(stderr, "%s.%03ldZ courier[%d] %s\n", stamp, now.tv_nsec / 1000000, (int) getpid(), text);
}

void
say(const char *format, ...)
{
	va_list		args;

	va_start(args, format);
	line(format, args);
	va_end(args);
}

void
fatal(const char *format, ...)
{
	va_list		args;

	va_start(args, format);
	line(format, args);
	va_end(args);
	exit(1);
}
