/*
 * qpattern_match.c
 *		Does a path match a pattern? And where in the tree can such paths be?
 *
 * Both among labels and inside one, a wildcard of any length is tried short
 * first, and only the last one seen is ever lengthened: an earlier one need not
 * be, as what followed it has matched as early as it could. So the work is at
 * most the length of the path times that of the pattern, whatever the pattern.
 */
#include "postgres.h"

#include "path/qpattern.h"

/* Is s matched by a label in which * stands for any bytes? */
static bool
match_glob(const char *glob, size_t globlen, const char *s, size_t len)
{
	size_t g = 0;
	size_t i = 0;
	size_t star = globlen; /* the last star seen; globlen: none yet */
	size_t star_end = 0;   /* what it covers ends here */

	while (i < len)
	{
		if (g < globlen && glob[g] == '*')
		{
			star = g++;
			star_end = i;
		}
		else if (g < globlen && glob[g] == s[i])
		{
			g++;
			i++;
		}
		else if (star < globlen)
		{
			g = star + 1;
			i = ++star_end;
		}
		else
			return false;
	}

	/* What is left must match nothing. No two stars are side by side. */
	return g == globlen || (g + 1 == globlen && glob[g] == '*');
}

/* Is the label matched by an item of the pattern that is not "**"? */
static bool
match_label(const char *item, size_t itemlen, const char *label, size_t len)
{
	const char *end = item + itemlen - 1; /* the closing brace, if any */

	if (item[0] != '{')
		return match_glob(item, itemlen, label, len);

	while (item < end)
	{
		const char *start = item + 1; /* after the brace or the comma */
		const char *comma = memchr(start, ',', end - start);

		item = comma ? comma : end;
		if (match_glob(start, item - start, label, len))
			return true;
	}
	return false;
}

static inline bool
is_any_labels(const char *item, size_t len)
{
	return len == 2 && item[0] == '*' && item[1] == '*';
}

/* The end of the item that starts at `start`. */
static inline size_t
item_end(const char *text, size_t len, size_t start)
{
	const char *slash = memchr(text + start, '/', len - start);

	return slash ? (size_t) (slash - text) : len;
}

/*
 * Does the stored path match the pattern, which has been checked?
 */
bool
qpattern_matches(const char *text, size_t len, const char *stored, size_t storedlen)
{
	uint16 ends[QPATH_MAX_LABELS];
	int nlabels = qpath_ancestor_lengths(stored, storedlen, ends);
	int label = 0;
	size_t pos = 0;       /* of the next item; beyond len: none is left */
	size_t after_any = 0; /* the item after the last "**"; 0: none seen yet */
	int any_end = 0;      /* what that one covers ends before this label */

	for (;;)
	{
		if (pos <= len)
		{
			size_t end = item_end(text, len, pos);

			if (is_any_labels(text + pos, end - pos))
			{
				pos = after_any = end + 1;
				any_end = label;
				continue;
			}
			/* More labels for an earlier "**" would leave even fewer here. */
			if (label == nlabels)
				return false;

			size_t start = label == 0 ? 0 : (size_t) ends[label - 1] + 1;

			if (match_label(text + pos, end - pos, stored + start, ends[label] - start))
			{
				pos = end + 1;
				label++;
				continue;
			}
		}
		else if (label == nlabels)
			return true;

		if (after_any == 0)
			return false;
		label = ++any_end;
		pos = after_any;
	}
}

/*
 * Narrows the range by the beginning of a label up to its first star. It ends at
 * an ASCII byte, as that one is raised by one to get the upper bound, which must
 * still print.
 */
static bool
add_label_prefix(QPatternRange *range, size_t prefixlen, const char *item, size_t itemlen)
{
	const char *star = memchr(item, '*', itemlen);
	size_t head = star - item;

	while (head > 0 && IS_HIGHBIT_SET(item[head - 1]))
		head--;
	if (head == 0)
		return false;

	if (prefixlen > 0)
		range->lower[prefixlen++] = QPATH_SEP;
	memcpy(range->lower + prefixlen, item, head);
	range->lowerlen = range->upperlen = prefixlen + head;
	memcpy(range->upper, range->lower, range->lowerlen);
	range->upper[range->upperlen - 1]++;
	return true;
}

/*
 * Finds the range of the paths that can match the pattern, which has been checked.
 */
void
qpattern_range(const char *text, size_t len, QPatternRange *range)
{
	size_t prefixlen = 0; /* the leading labels that are literal */
	size_t pos = 0;
	size_t end = 0;

	while (pos <= len)
	{
		end = item_end(text, len, pos);
		if (text[pos] == '{' || memchr(text + pos, '*', end - pos))
			break;
		prefixlen = end;
		pos = end + 1;
	}
	qpath_encode(text, prefixlen, range->lower);

	if (pos > len)
		range->kind = QPATTERN_EQUAL;
	else if (end == len && is_any_labels(text + pos, end - pos))
		range->kind = QPATTERN_SUBTREE;
	else
		range->kind = QPATTERN_SPAN;

	if (range->kind == QPATTERN_SPAN && text[pos] != '{' &&
		add_label_prefix(range, prefixlen, text + pos, end - pos))
		return;

	if (prefixlen == 0)
	{
		/* The least path, and what is above the greatest: U+10FFFF, longer than a label. */
		range->kind = QPATTERN_ALL;
		range->lower[0] = QPATH_FIRST_BYTE;
		range->lowerlen = 1;
		for (range->upperlen = 0; range->upperlen <= QPATH_MAX_LABEL_BYTES; range->upperlen += 4)
			memcpy(range->upper + range->upperlen, "\xF4\x8F\xBF\xBF", 4);
		return;
	}

	memcpy(range->upper, range->lower, prefixlen);
	range->upper[prefixlen] = QPATH_FIRST_BYTE;
	range->lowerlen = prefixlen;
	range->upperlen = prefixlen + 1;
}
