/*
 * qpattern_text.c
 *		Text of a pattern: what is allowed.
 */
#include "postgres.h"

#include "path/qpattern.h"

/*
 * Checks text[start, end): a label in which * may stand for any characters.
 */
static bool
check_glob(const char *text, size_t start, size_t end, int label, QPathError *err)
{
	size_t literal = 0; /* bytes that are no star */
	size_t pos = start;

	while (pos < end)
	{
		QPathFault fault;
		uint32 code_point;
		size_t step;

		if (text[pos] == '*')
		{
			if (pos > start && text[pos - 1] == '*')
				return qpath_fault(err, QPATTERN_BAD_STAR, label, pos,
								   "Label %d contains \"**\" at byte %zu.", label, pos);
			pos++;
			continue;
		}
		if (text[pos] == '{' || text[pos] == '}' || text[pos] == ',')
			return qpath_fault(err, QPATTERN_BAD_BRACE, label, pos + 1,
							   "Label %d contains a misplaced \"%c\" at byte %zu.", label,
							   text[pos], pos + 1);

		step = qpath_scan_char(text + pos, end - pos, &fault, &code_point);
		if (step == 0)
		{
			qpath_char_fault(err, fault, label, pos + 1, code_point);
			return false;
		}
		pos += step;
		literal += step;
	}

	if (start == end)
		return qpath_fault(err, QPATH_EMPTY_LABEL, label, start + 1,
						   "Label %d, at byte %zu, is empty.", label, start + 1);
	if (literal > QPATH_MAX_LABEL_BYTES)
		return qpath_fault(err, QPATH_LABEL_TOO_LONG, label, start + 1,
						   "Label %d, at byte %zu, is %zu bytes long; at most %d are allowed.",
						   label, start + 1, literal, QPATH_MAX_LABEL_BYTES);
	if ((literal == end - start) && text[start] == '.' &&
		(literal == 1 || (literal == 2 && text[start + 1] == '.')))
		return qpath_fault(err, QPATH_DOT_LABEL, label, start + 1,
						   "Label %d, at byte %zu, is \"%s\".", label, start + 1,
						   literal == 1 ? "." : "..");
	return true;
}

/* Checks text[start, end): alternatives in braces. The opening one has been seen. */
static bool
check_choice(const char *text, size_t start, size_t end, int label, QPathError *err)
{
	size_t last = end - 1;

	if (last == start || text[last] != '}')
		return qpath_fault(err, QPATTERN_BAD_BRACE, label, start + 1,
						   "Label %d has a \"{\" at byte %zu but does not end with \"}\".", label,
						   start + 1);

	for (;;)
	{
		const char *comma = memchr(text + start + 1, ',', last - (start + 1));
		size_t stop = comma ? (size_t) (comma - text) : last;

		if (!check_glob(text, start + 1, stop, label, err))
			return false;
		if (stop == last)
			return true;
		start = stop;
	}
}

/* Is this the text of a pattern? If not, *err says which is its first fault. */
bool
qpattern_check(const char *text, size_t len, QPathError *err)
{
	size_t start = 0;
	int nlabels = 1;

	if (len == 0)
		return qpath_fault(err, QPATH_EMPTY, 0, 0, "The pattern is empty.");
	if (len > QPATTERN_MAX_BYTES)
		return qpath_fault(err, QPATH_TOO_LONG, 0, 0,
						   "The pattern is %zu bytes long; at most %d are allowed.", len,
						   QPATTERN_MAX_BYTES);

	for (size_t i = 0; i < len; i++)
		nlabels += (text[i] == '/');
	if (nlabels > QPATTERN_MAX_LABELS)
		return qpath_fault(err, QPATH_TOO_DEEP, QPATTERN_MAX_LABELS + 1, 0,
						   "The pattern has %d labels; at most %d are allowed.", nlabels,
						   QPATTERN_MAX_LABELS);

	for (int label = 1; label <= nlabels; label++)
	{
		const char *slash = memchr(text + start, '/', len - start);
		size_t end = slash ? (size_t) (slash - text) : len;
		bool valid;

		if (start < end && text[start] == '{')
			valid = check_choice(text, start, end, label, err);
		else if (end - start == 2 && memcmp(text + start, "**", 2) == 0)
			valid = true;
		else
			valid = check_glob(text, start, end, label, err);
		if (!valid)
			return false;
		start = end + 1;
	}
	return true;
}
