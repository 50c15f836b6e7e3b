/*
 * ratelimit.c
 *		The headers of a refusal that waiting helps.
 */
#include "ratelimit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Seconds from one ISO 8601 time in UTC to another; 0 if either is not there. */
static int64_t
seconds_between(const char *from, const char *to)
{
	struct tm	tm[2] = {0};
	const char *text[2] = {from, to};

	for (int i = 0; i < 2; i++)
	{
		if (text[i] == NULL ||
			sscanf(text[i], "%d-%d-%dT%d:%d:%d", &tm[i].tm_year, &tm[i].tm_mon, &tm[i].tm_mday,
				   &tm[i].tm_hour, &tm[i].tm_min, &tm[i].tm_sec) != 6)
			return 0;
		tm[i].tm_year -= 1900;
		tm[i].tm_mon--;
	}
	return (int64_t) (timegm(&tm[1]) - timegm(&tm[0]));
}

/* The whole units of a decimal, at most what fits into a structured field. */
static long long
whole(const char *decimal)
{
	long long	n = decimal ? strtoll(decimal, NULL, 10) : 0;

	return n < 0 ? 0 : n > 999999999999999LL ? 999999999999999LL : n;
}

/* Draft "RateLimit header fields for HTTP": the policy that refused, and what is left of it. */
void
ratelimit_headers(Reply *reply, json_t *answer)
{
	static const struct
	{
		const char *period;
		int64_t		seconds;
	}			rolling[] = {
		{"minute", 60}, {"hour", 3600}, {"day", 86400}, {"week", 604800}, {"month", 2592000},
		{"quarter", 7776000}, {"year", 31536000},
	};
	json_int_t	policy = json_integer_value(json_object_get(answer, "policy"));
	json_int_t	retry = json_integer_value(json_object_get(answer, "retry_after"));
	const char *unit = json_string_value(json_object_get(answer, "unit"));
	const char *period = json_string_value(json_object_get(answer, "period"));
	const char *limit = json_string_value(json_object_get(answer, "limit"));
	int64_t		window = seconds_between(json_string_value(json_object_get(answer, "window_start")),
										 json_string_value(json_object_get(answer, "resets_at")));
	long long	left = whole(limit) -
		whole(json_string_value(json_object_get(answer, "used"))) -
		whole(json_string_value(json_object_get(answer, "held")));

	if (json_is_true(json_object_get(answer, "rolling")) && period != NULL)
		for (size_t i = 0; i < sizeof(rolling) / sizeof(rolling[0]); i++)
			if (strcmp(period, rolling[i].period) == 0)
				window = rolling[i].seconds;
	/* Waiting does not help: a window that ends would only mislead. */
	if (retry <= 0)
		return;
	reply_header(reply, "Retry-After", "%lld", (long long) retry);
	if (policy > 0 && window > 0 && unit != NULL)
	{
		reply_header(reply, "RateLimit-Policy", "\"policy-%lld\";q=%lld;qu=\"%s\";w=%lld",
					 (long long) policy, whole(limit), unit, (long long) window);
		reply_header(reply, "RateLimit", "\"policy-%lld\";r=%lld;t=%lld", (long long) policy,
					 left > 0 ? left : 0, (long long) retry);
	}
}
