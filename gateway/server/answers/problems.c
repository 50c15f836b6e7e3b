/*
 * problems.c
 *		What can be wrong with a request.
 */
#include "answers/problems.h"

#include <string.h>

const Problem problems[NPROBLEMS] = {
	[PROBLEM_MALFORMED] = { "malformed", 400, "Malformed request" },
	[PROBLEM_UNAUTHORIZED] = { "unauthorized", 401, "Not authorized" },
	[PROBLEM_FROZEN] = { "frozen", 403, "Path is frozen" },
	[PROBLEM_UNKNOWN_PATH] = { "unknown_path", 404, "Unknown path" },
	[PROBLEM_UNKNOWN_RESERVATION] = { "unknown_reservation", 404, "Unknown reservation" },
	[PROBLEM_NOT_FOUND] = { "not_found", 404, "Not found" },
	[PROBLEM_METHOD_NOT_ALLOWED] = { "method_not_allowed", 405, "Method not allowed" },
	[PROBLEM_CONFLICT] = { "conflict", 409, "Conflict" },
	[PROBLEM_WINDOW_ENDED] = { "window_ended", 409, "Window has ended" },
	[PROBLEM_TOO_LARGE] = { "too_large", 413, "Body too large" },
	[PROBLEM_URI_TOO_LONG] = { "uri_too_long", 414, "URI too long" },
	[PROBLEM_UNSUPPORTED_MEDIA_TYPE] = { "unsupported_media_type", 415, "Unsupported media type" },
	[PROBLEM_EXPECTATION_FAILED] = { "expectation_failed", 417, "Expectation cannot be met" },
	[PROBLEM_HEADERS_TOO_LARGE] = { "headers_too_large", 431, "Headers too large" },
	[PROBLEM_QUOTA] = { "quota", 429, "Quota reached" },
	[PROBLEM_UNPRICED] = { "unpriced", 429, "Cost is not known" },
	[PROBLEM_UNMEASURED] = { "unmeasured", 429, "Usage is not given" },
	[PROBLEM_ARCHIVED_PATH] = { "archived_path", 422, "Path is archived" },
	[PROBLEM_SERVICE_MISMATCH] = { "service_mismatch", 422, "Service does not match" },
	[PROBLEM_UMBRELLA_PATH] = { "umbrella_path", 422, "Path has no service" },
	[PROBLEM_BAD_ID_TIME] = { "bad_id_time", 422, "Time in the id is out of range" },
	[PROBLEM_OUT_OF_RANGE] = { "out_of_range", 422, "Out of range" },
	[PROBLEM_REJECTED] = { "rejected", 422, "Call is wrong" },
	[PROBLEM_INTERNAL] = { "internal", 500, "Internal error" },
	[PROBLEM_NOT_IMPLEMENTED] = { "not_implemented", 501, "Not implemented" },
	[PROBLEM_BUSY] = { "busy", 503, "Project is locked" },
	[PROBLEM_OVERLOADED] = { "overloaded", 503, "Overloaded" },
	[PROBLEM_UNAVAILABLE] = { "unavailable", 503, "Database is away" },
	[PROBLEM_UNKNOWN_OUTCOME] = { "unknown_outcome", 503, "Outcome is not known" },
	[PROBLEM_STOPPING] = { "stopping", 503, "Gateway is stopping" },
	[PROBLEM_VERSION_NOT_SUPPORTED] = { "version_not_supported", 505,
										"HTTP version not supported" },
};

const Problem *
problem_named(const char *code)
{
	for (const Problem *problem = problems; problem < problems + NPROBLEMS; problem++)
		if (strcmp(problem->code, code) == 0)
			return problem;
	return &problems[PROBLEM_REJECTED];
}
