/*
 * meter_guess.h
 *		What a meter that nobody knows was probably meant to be.
 */
#ifndef QUOTAKIT_METER_GUESS_H
#define QUOTAKIT_METER_GUESS_H

#include "quotakit.h"

/* The listed meter that was probably meant; NULL for none, and if the name is listed itself. */
extern const char *qk_meter_guess(const char *name);

/* Whether two names differ by a slip of the hand. */
extern bool qk_meter_is_near(const char *name, const char *other);

#endif
