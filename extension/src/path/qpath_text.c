/*
 * qpath_text.c
 *		Text of a path: what is allowed, and to and from the stored form.
 *
 * The rules go by code point and are fixed, whatever the locale and the server
 * encoding, so what was once valid remains so.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "path/qpath.h"

/* ASCII bytes that a label may hold. */
static const bool label_byte[128] = {
	['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['0' ... '9'] = true, ['_'] = true, ['-'] = true,
	['.'] = true,         [':'] = true,         ['@'] = true,         ['+'] = true, ['='] = true,
};

/* The least character beyond ASCII: above the C1 controls and the no-break space. */
#define FIRST_WIDE_CHAR 0xA1

/*
 * Records a fault, and returns false so that callers can return that at once.
 */
bool
qpath_fault(QPathError *err, QPathFault code, int label, size_t position, const char *fmt, ...)
{
	va_list args;

	Assert(code != QPATH_OK);

	if (err == NULL)
		return false;

	err->code = code;
	err->label = label;
	err->position = (int) position;
	va_start(args, fmt);
	vsnprintf(err->detail, sizeof(err->detail), fmt, args);
	va_end(args);
	return false;
}

/*
 * Records a fault that qpath_scan_char() found. The character is given by number:
 * in its own form it may be unprintable, or worse, print as something else.
 */
void
qpath_char_fault(QPathError *err, QPathFault code, int label, size_t position, uint32 code_point)
{
	if (code == QPATH_BAD_UTF8)
		qpath_fault(err, code, label, position, "Label %d is not valid UTF-8 at byte %zu: 0x%02x.",
					label, position, code_point);
	else if (code == QPATH_BIDI_CONTROL)
		qpath_fault(err, code, label, position,
					"Label %d contains a bidirectional control at byte %zu: U+%04X.", label,
					position, code_point);
	else if (code_point > 0x20 && code_point < 0x7F)
		qpath_fault(err, code, label, position, "Label %d contains \"%c\" at byte %zu.", label,
					(char) code_point, position);
	else
		qpath_fault(err, code, label, position,
					"Label %d contains the character U+%04X at byte %zu.", label, code_point,
					position);
}

/*
 * Decodes a character beyond ASCII. Returns its length, or 0 if the bytes are
 * not UTF-8: cut short, overlong, a surrogate or above U+10FFFF. All four show
 * in the first two bytes (Unicode 15, table 3-7).
 */
static size_t
decode_utf8(const unsigned char *s, size_t len, uint32 *code_point)
{
	unsigned char low = 0x80;
	unsigned char high = 0xBF;
	size_t size;
	uint32 value;

	if (s[0] >= 0xC2 && s[0] <= 0xDF)
	{
		size = 2;
		value = s[0] & 0x1F;
	}
	else if (s[0] >= 0xE0 && s[0] <= 0xEF)
	{
		size = 3;
		value = s[0] & 0x0F;
		if (s[0] == 0xE0)
			low = 0xA0;
		else if (s[0] == 0xED)
			high = 0x9F;
	}
	else if (s[0] >= 0xF0 && s[0] <= 0xF4)
	{
		size = 4;
		value = s[0] & 0x07;
		if (s[0] == 0xF0)
			low = 0x90;
		else if (s[0] == 0xF4)
			high = 0x8F;
	}
	else
		return 0;

	if (len < size || s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 1; i < size; i++)
	{
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		value = (value << 6) | (s[i] & 0x3F);
	}

	*code_point = value;
	return size;
}

/* Unicode's Bidi_Control: such a character could make one path look like another. */
static bool
is_bidi_control(uint32 c)
{
	return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
		   (c >= 0x2066 && c <= 0x2069);
}

/*
 * Returns the length of the label character at s, or 0 with the fault and the
 * culprit: its code point, or the byte if the bytes are not UTF-8.
 */
size_t
qpath_scan_char(const char *s, size_t len, QPathFault *fault, uint32 *code_point)
{
	unsigned char c = (unsigned char) s[0];
	size_t size;

	Assert(len > 0);

	*code_point = c;
	if (c < 0x80)
	{
		*fault = QPATH_BAD_CHAR;
		return label_byte[c] ? 1 : 0;
	}

	size = decode_utf8((const unsigned char *) s, len, code_point);
	if (size == 0)
		*fault = QPATH_BAD_UTF8;
	else if (*code_point < FIRST_WIDE_CHAR)
	{
		*fault = QPATH_BAD_CHAR;
		return 0;
	}
	else if (is_bidi_control(*code_point))
	{
		*fault = QPATH_BIDI_CONTROL;
		return 0;
	}
	return size;
}

/*
 * Checks the label that starts at *pos and moves *pos to its end.
 */
static bool
check_label(const char *text, size_t len, size_t *pos, int label, QPathError *err)
{
	size_t start = *pos;
	size_t size;

	while (*pos < len && text[*pos] != '/')
	{
		QPathFault fault;
		uint32 code_point;
		size_t step = qpath_scan_char(text + *pos, len - *pos, &fault, &code_point);

		if (step == 0)
		{
			qpath_char_fault(err, fault, label, *pos + 1, code_point);
			return false;
		}
		*pos += step;
	}

	size = *pos - start;
	if (size == 0)
		return qpath_fault(err, QPATH_EMPTY_LABEL, label, start + 1,
						   "Label %d, at byte %zu, is empty.", label, start + 1);
	if (size > QPATH_MAX_LABEL_BYTES)
		return qpath_fault(err, QPATH_LABEL_TOO_LONG, label, start + 1,
						   "Label %d, at byte %zu, is %zu bytes long; at most %d are allowed.",
						   label, start + 1, size, QPATH_MAX_LABEL_BYTES);
	if (text[start] == '.' && (size == 1 || (size == 2 && text[start + 1] == '.')))
		return qpath_fault(err, QPATH_DOT_LABEL, label, start + 1,
						   "Label %d, at byte %zu, is \"%s\".", label, start + 1,
						   size == 1 ? "." : "..");
	return true;
}

/*
 * Is this the text of a path? If not, *err says which is its first fault.
 *
 * The limits on the whole come first: no more than QPATH_MAX_BYTES are ever
 * looked at.
 */
bool
qpath_check(const char *text, size_t len, QPathError *err)
{
	size_t pos = 0;
	int nlabels = 1;
	int label = 1;

	if (len == 0)
		return qpath_fault(err, QPATH_EMPTY, 0, 0, "The path is empty.");
	if (len > QPATH_MAX_BYTES)
		return qpath_fault(err, QPATH_TOO_LONG, 0, 0,
						   "The path is %zu bytes long; at most %d are allowed.", len,
						   QPATH_MAX_BYTES);

	for (size_t i = 0; i < len; i++)
		nlabels += (text[i] == '/');
	if (nlabels > QPATH_MAX_LABELS)
		return qpath_fault(err, QPATH_TOO_DEEP, QPATH_MAX_LABELS + 1, 0,
						   "The path has %d labels; at most %d are allowed.", nlabels,
						   QPATH_MAX_LABELS);

	while (check_label(text, len, &pos, label, err))
	{
		if (pos == len)
		{
			Assert(label == nlabels);
			return true;
		}
		pos++; /* the slash */
		label++;
	}
	return false;
}

/*
 * Labels beyond ASCII are kept as UTF-8. In a database of another encoding the
 * same bytes would read as something else, so there only ASCII is accepted.
 */
bool
qpath_check_encoding(const char *text, size_t len, QPathError *err)
{
	int label = 1;

	if (GetDatabaseEncoding() == PG_UTF8)
		return true;

	for (size_t i = 0; i < len; i++)
	{
		label += (text[i] == '/');
		if (IS_HIGHBIT_SET(text[i]))
			return qpath_fault(err, QPATH_NOT_ASCII, label, i + 1,
							   "Label %d is not ASCII at byte %zu; the database encoding is %s.",
							   label, i + 1, GetDatabaseEncodingName());
	}
	return true;
}

/*
 * Checked text to stored bytes; `out` has room for len bytes. Returns how many
 * were written: one for one.
 */
size_t
qpath_encode(const char *text, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++)
		out[i] = text[i] == '/' ? QPATH_SEP : text[i];
	return len;
}

/* The way back. */
size_t
qpath_decode(const char *stored, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++)
		out[i] = stored[i] == QPATH_SEP ? '/' : stored[i];
	return len;
}
