/*
 * ratelimit.c
 *		The headers of a refusal that waiting helps.
 */
#include "answers/ratelimit.h"

#include <stdlib.h>

/* The whole units of a decimal, at most what fits into a structured field. */
static long long
whole(const json_t *decimal)
{
	long long n = json_is_string(decimal) ? strtoll(json_string_value(decimal), NULL, 10) : 0;

	return n < 0 ? 0 : n > 999999999999999LL ? 999999999999999LL : n;
}

/* Draft "RateLimit header fields for HTTP": the policy that refused, and what is left of it. */
void
ratelimit_headers(Reply *reply, const json_t *answer)
{
	json_int_t policy = json_integer_value(json_object_get(answer, "policy"));
	json_int_t retry = json_integer_value(json_object_get(answer, "retry_after"));
	json_int_t window = json_integer_value(json_object_get(answer, "window_seconds"));
	const char *unit = json_string_value(json_object_get(answer, "unit"));

	/* Waiting does not help: a window that ends would only mislead. */
	if (retry <= 0)
		return;
	reply_header(reply, "Retry-After", "%lld", (long long) retry);
	if (policy <= 0 || window <= 0 || unit == NULL)
		return;
	reply_header(reply, "RateLimit-Policy", "\"policy-%lld\";q=%lld;qu=\"%s\";w=%lld",
				 (long long) policy, whole(json_object_get(answer, "limit")), unit,
				 (long long) window);
	reply_header(reply, "RateLimit", "\"policy-%lld\";r=%lld;t=%lld", (long long) policy,
				 whole(json_object_get(answer, "free")), (long long) retry);
}
