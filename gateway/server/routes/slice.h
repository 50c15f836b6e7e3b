/*
 * slice.h
 *		Cuts JSON into its members without reading their values.
 *
 * Calls travel to SQL as the bytes the client sent: numbers keep their digits,
 * and what is wrong inside a call is for SQL to answer (and to keep). So this
 * only follows quotes and brackets.
 */
#ifndef GATEWAY_SLICE_H
#define GATEWAY_SLICE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Slice
{
	const char *data;
	size_t len;
} Slice;

extern Slice slice_of(const char *text);
extern bool slice_equals(Slice s, const char *text);

/* The whole of `json` without surrounding space; whether it is {…} or […]. */
extern Slice slice_trim(const char *json, size_t len);
extern bool slice_is(Slice s, char bracket);

/*
 * Goes through the members of an object. Start with `at` = 0. False at the end,
 * or where it cannot go on; then *broken says which. `name` is without quotes,
 * escapes untouched.
 */
extern bool slice_next_member(Slice object, size_t *at, Slice *name, Slice *value, bool *broken);

/* Likewise the elements of an array. */
extern bool slice_next_element(Slice array, size_t *at, Slice *value, bool *broken);

/* The member of that name; data NULL if there is none. */
extern Slice slice_member(Slice object, const char *name);

/* Whether a member's value is a string without escapes; then `text` is what is inside. */
extern bool slice_string(Slice value, Slice *text);

#endif
