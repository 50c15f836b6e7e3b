/*
 * rfc3339.c
 *		Times as RFC 3339 writes them.
 */
#include "routes/rfc3339.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* Whether a text begins as a pattern does, in which 0 stands for any digit. */
static bool
begins_as(const char *text, const char *pattern)
{
	for (; *pattern; pattern++, text++)
		if (*pattern == '0' ? *text < '0' || *text > '9' : *text != *pattern)
			return false;
	return true;
}

bool
rfc3339_read(const char *text, int64_t *milliseconds)
{
	struct tm tm = { 0 };
	struct tm read;
	int hours;
	int minutes;
	int64_t ms = 0;

	if (!begins_as(text, "0000-00-00") || text[10] == '\0' || strchr("Tt ", text[10]) == NULL ||
		!begins_as(text + 11, "00:00:00") ||
		sscanf(text, "%4d-%2d-%2d%*c%2d:%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
			   &tm.tm_min, &tm.tm_sec) != 6 ||
		tm.tm_year < 1970 || tm.tm_sec > 60)
		return false;
	text += 19;
	if (*text == '.')
	{
		int scale = 100;

		if (*++text < '0' || *text > '9')
			return false;
		for (; *text >= '0' && *text <= '9'; text++, scale /= 10)
			ms += (*text - '0') * scale;
	}
	/* As where Unix time knows no leap seconds, one counts as the second before. */
	if (tm.tm_sec == 60)
		tm.tm_sec = 59;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	read = tm;
	*milliseconds = (int64_t) timegm(&tm) * 1000 + ms;
	/* timegm() makes 2 March of 30 February. */
	if (tm.tm_mon != read.tm_mon || tm.tm_mday != read.tm_mday || tm.tm_hour != read.tm_hour ||
		tm.tm_min != read.tm_min || tm.tm_sec != read.tm_sec)
		return false;
	if (strcasecmp(text, "Z") == 0)
		return true;
	if ((*text != '+' && *text != '-') || !begins_as(text + 1, "00:00") || text[6] != '\0' ||
		sscanf(text + 1, "%2d:%2d", &hours, &minutes) != 2 || hours > 23 || minutes > 59)
		return false;
	*milliseconds -= (*text == '+' ? 1 : -1) * (hours * 60 + minutes) * INT64_C(60000);
	return true;
}
