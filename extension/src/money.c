/*
 * money.c
 *		Exact decimals, without floating point and without raising.
 */
#include "quotakit.h"
#include "money.h"

#include "common/int.h"

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* An exponent has at most three digits; more could only be too large or too fine. */
static bool
parse_exponent(const char *p, const char *end, int *exponent)
{
	bool		negative = false;
	int			value = 0;

	if (p < end && (*p == '+' || *p == '-'))
		negative = *p++ == '-';
	if (p == end || end - p > 3)
		return false;
	for (; p < end; p++)
	{
		if (!is_digit(*p))
			return false;
		value = value * 10 + (*p - '0');
	}
	*exponent = negative ? -value : value;
	return true;
}

QKDecimal
qk_decimal_parse(const char *text, size_t len, int scale, int128 max, int128 *value)
{
	const char *p = text;
	const char *end = text + len;
	bool		negative = false;
	bool		digits = false;
	bool		point = false;
	int			shift = scale;	/* how many places the digits so far are still to move left */
	int			pending = 0;	/* zeros that were read but not yet put into the result */
	int128		result = 0;

	/*
	 * A first pass finds the exponent, so that the second knows which digits are
	 * too fine.
	 */
	for (const char *e = text; e < end; e++)
	{
		if (*e == 'e' || *e == 'E')
		{
			int			exponent;

			if (!parse_exponent(e + 1, end, &exponent))
				return QK_DECIMAL_BAD;
			shift += exponent;
			end = e;
			break;
		}
	}

	if (p < end && (*p == '-' || *p == '+'))
		negative = *p++ == '-';
	for (; p < end; p++)
	{
		if (*p == '.')
		{
			if (point)
				return QK_DECIMAL_BAD;
			point = true;
			continue;
		}
		if (!is_digit(*p))
			return QK_DECIMAL_BAD;
		digits = true;
		if (point)
			shift--;
		if (*p == '0')
		{
			/* Trailing zeros must not count as decimals, so they wait. */
			if (result != 0)
				pending++;
			continue;
		}
		for (; pending >= 0; pending--)
		{
			if (__builtin_mul_overflow(result, (int128) 10, &result))
				return QK_DECIMAL_TOO_LARGE;
		}
		pending = 0;
		if (__builtin_add_overflow(result, (int128) (*p - '0'), &result))
			return QK_DECIMAL_TOO_LARGE;
	}
	if (!digits)
		return QK_DECIMAL_BAD;
	if (result == 0)
	{
		*value = 0;
		return QK_DECIMAL_OK;
	}
	shift += pending;
	if (shift < 0)
		return QK_DECIMAL_TOO_FINE;
	for (; shift > 0; shift--)
	{
		if (__builtin_mul_overflow(result, (int128) 10, &result))
			return QK_DECIMAL_TOO_LARGE;
	}
	if (negative)
		return QK_DECIMAL_NEGATIVE;
	if (result > max)
		return QK_DECIMAL_TOO_LARGE;
	*value = result;
	return QK_DECIMAL_OK;
}

void
qk_append_decimal(StringInfo out, int64 value, int scale)
{
	char		digits[24];
	char	   *end = digits + sizeof(digits);
	char	   *p = end;
	uint64		rest = value < 0 ? -(uint64) value : (uint64) value;
	int			decimals = scale;

	/* From the right; zeros at the end of the decimals are left out. */
	for (int place = 0; place <= scale || rest > 0; place++, rest /= 10)
	{
		char		digit = (char) ('0' + rest % 10);

		if (place == scale && decimals > 0)
			*--p = '.';
		if (place < scale && digit == '0' && p == end)
			decimals--;
		else
			*--p = digit;
	}
	if (value < 0)
		*--p = '-';
	appendBinaryStringInfo(out, p, (int) (end - p));
}

void
qk_append_amount(StringInfo out, QKUnit unit, int64 amount)
{
	qk_append_decimal(out, amount, qk_unit_is_money(unit) ? 9 : 0);
}
