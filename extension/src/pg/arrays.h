/*
 * arrays.h
 *		Arguments and results that are arrays.
 */
#ifndef QUOTAKIT_ARRAYS_H
#define QUOTAKIT_ARRAYS_H

#include "postgres.h"

#include "utils/array.h"

/* The elements of an array with one dimension and without nulls; how many. Raises for any other. */
extern int qk_array_elements(ArrayType *array, Oid type, Datum **elements);

/* Strings as a text[]. */
extern ArrayType *qk_text_array(const char *const strings[], int n);

#endif
