/*
 * unit.h
 *		Tests of single functions: one line "ok N - name" or "not ok N - name" each (TAP).
 */
#ifndef UNIT_H
#define UNIT_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int unit_count;
static int unit_failures;

static inline bool
check(const char *name, bool good)
{
	unit_count++;
	unit_failures += !good;
	printf("%s %d - %s\n", good ? "ok" : "not ok", unit_count, name);
	return good;
}

static inline void
equal_numbers(const char *name, long long got, long long wanted)
{
	if (!check(name, got == wanted))
		printf("#   got    %lld\n#   wanted %lld\n", got, wanted);
}

/* NULL equals NULL alone. */
static inline void
equal_texts(const char *name, const char *got, const char *wanted)
{
	bool good = got != NULL && wanted != NULL ? strcmp(got, wanted) == 0 : got == wanted;

	if (!check(name, good))
		printf("#   got    %s\n#   wanted %s\n", got ? got : "(none)", wanted ? wanted : "(none)");
}

/* What main() returns. */
static inline int
done(void)
{
	printf("1..%d\n", unit_count);
	return unit_failures > 0 || unit_count == 0;
}

#endif
