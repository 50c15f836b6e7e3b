/*
 * qpath_selfuncs.h
 *		Estimates that paths and patterns share.
 */
#ifndef QPATH_SELFUNCS_H
#define QPATH_SELFUNCS_H

#include "utils/selfuncs.h"

extern bool qpath_type_is(Oid type, PGFunction input);
extern double qpath_range_fraction(VariableStatData *vardata, const char *lower, size_t lowerlen,
								   const char *upper, size_t upperlen);

#endif /* QPATH_SELFUNCS_H */
