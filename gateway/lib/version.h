/*
 * version.h
 *		The version, which the Makefile takes from META.json.
 */
#ifndef LIB_VERSION_H
#define LIB_VERSION_H

#ifndef QUOTAKIT_VERSION
#define QUOTAKIT_VERSION "unknown"
#endif

#endif
