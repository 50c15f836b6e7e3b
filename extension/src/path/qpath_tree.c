/*
 * qpath_tree.c
 *		The tree, on the stored bytes of paths.
 */
#include "postgres.h"

#include "path/qpath.h"

/* The number of labels; 0 if there are no bytes. */
int
qpath_nlevel(const char *stored, size_t len)
{
	int n = len > 0;

	for (size_t i = 0; i < len; i++)
		n += (stored[i] == QPATH_SEP);
	return n;
}

/*
 * Walks from the root to the path itself: returns the length of the prefix that
 * is the next ancestor below the one of length `prev` (0 to begin), or 0 at the
 * end. The path itself is the last.
 */
size_t
qpath_next_ancestor(const char *stored, size_t len, size_t prev)
{
	const char *sep;

	if (prev >= len)
		return 0;
	if (prev > 0)
		prev++; /* the separator that ended the last one */

	sep = prev < len ? memchr(stored + prev, QPATH_SEP, len - prev) : NULL;
	return sep ? (size_t) (sep - stored) : len;
}

/*
 * The lengths of all of these prefixes at once. `lengths` has room for
 * QPATH_MAX_LABELS; returns how many there are.
 */
int
qpath_ancestor_lengths(const char *stored, size_t len, uint16 *lengths)
{
	int n = 0;
	size_t end = 0;

	while (n < QPATH_MAX_LABELS && (end = qpath_next_ancestor(stored, len, end)) > 0)
		lengths[n++] = (uint16) end;
	return n;
}

/* The length of the parent's prefix; 0 for a root. */
size_t
qpath_parent_length(const char *stored, size_t len)
{
	while (len > 0)
	{
		if (stored[--len] == QPATH_SEP)
			return len;
	}
	return 0;
}

/* The order of the tree: depth first, parents before children. */
int
qpath_compare_bytes(const char *a, size_t alen, const char *b, size_t blen)
{
	int cmp = memcmp(a, b, Min(alen, blen));

	if (cmp != 0)
		return cmp;
	return (alen > blen) - (alen < blen);
}

/* Is the path top, or below it? */
bool
qpath_is_within(const char *path, size_t len, const char *top, size_t toplen)
{
	if (len < toplen || memcmp(path, top, toplen) != 0)
		return false;
	return len == toplen || path[toplen] == QPATH_SEP;
}
