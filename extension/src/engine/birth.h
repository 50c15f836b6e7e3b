/*
 * birth.h
 *		Paths that are made by the first call on them, where the account says so.
 */
#ifndef QUOTAKIT_BIRTH_H
#define QUOTAKIT_BIRTH_H

#include "engine/engine.h"

/*
 * Before the projects' locks: gives each call whose path has to be made the root
 * of its project, and makes that root if it is missing. A call is left without
 * one if its service does not exist, and busy if others stood in the way.
 */
extern void qk_births_find_projects(QKBatch *batch, int lock_wait);

/*
 * Under the locks: makes the paths, and what is missing above them as umbrellas;
 * none below an archived one. Returns whether there were any to be made.
 */
extern bool qk_births_make(QKBatch *batch);

#endif
