/*
 * money.c
 *		Exact decimals, without floating point and without raising.
 */
#include "quotakit.h"
#include "values/money.h"

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
	bool negative = false;
	int value = 0;

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

/* The digits of a decimal, read from the left. */
typedef struct Digits
{
	int128 value; /* zeros at the end left out */
	int zeros;    /* those */
	int decimals; /* digits behind the point */
	bool any;
} Digits;

static bool
times_ten(int128 *value)
{
	return !__builtin_mul_overflow(*value, (int128) 10, value);
}

/* One more digit. A zero waits for the next other one: at the end it is no decimal. */
static bool
add_digit(Digits *digits, int digit)
{
	digits->any = true;
	if (digit == 0)
	{
		digits->zeros += digits->value != 0;
		return true;
	}
	for (; digits->zeros >= 0; digits->zeros--)
	{
		if (!times_ten(&digits->value))
			return false;
	}
	digits->zeros = 0;
	return !__builtin_add_overflow(digits->value, (int128) digit, &digits->value);
}

static QKDecimal
read_digits(const char *p, const char *end, Digits *digits)
{
	bool point = false;

	for (; p < end; p++)
	{
		if (*p == '.' && !point)
			point = true;
		else if (!is_digit(*p))
			return QK_DECIMAL_BAD;
		else
		{
			digits->decimals += point;
			if (!add_digit(digits, *p - '0'))
				return QK_DECIMAL_TOO_LARGE;
		}
	}
	return digits->any ? QK_DECIMAL_OK : QK_DECIMAL_BAD;
}

QKDecimal
qk_decimal_parse(const char *text, size_t len, int scale, int128 max, int128 *value)
{
	const char *end = text + len;
	const char *e = text;
	Digits digits = { 0 };
	bool negative = false;
	int exponent = 0;
	int shift; /* places that the digits are to move left */
	QKDecimal result;

	while (e < end && *e != 'e' && *e != 'E')
		e++;
	if (e < end && !parse_exponent(e + 1, end, &exponent))
		return QK_DECIMAL_BAD;
	if (text < e && (*text == '-' || *text == '+'))
		negative = *text++ == '-';
	result = read_digits(text, e, &digits);
	if (result != QK_DECIMAL_OK)
		return result;

	shift = scale + exponent + digits.zeros - digits.decimals;
	if (digits.value != 0 && shift < 0)
		return QK_DECIMAL_TOO_FINE;
	for (; digits.value != 0 && shift > 0; shift--)
	{
		if (!times_ten(&digits.value))
			return QK_DECIMAL_TOO_LARGE;
	}
	if (negative && digits.value != 0)
		return QK_DECIMAL_NEGATIVE;
	if (digits.value > max)
		return QK_DECIMAL_TOO_LARGE;
	*value = digits.value;
	return QK_DECIMAL_OK;
}

void
qk_append_decimal(StringInfo out, int64 value, int scale)
{
	char digits[24];
	char *end = digits + sizeof(digits);
	char *p = end;
	uint64 rest = value < 0 ? -(uint64) value : (uint64) value;
	int decimals = scale;

	/* From the right; zeros at the end of the decimals are left out. */
	for (int place = 0; place <= scale || rest > 0; place++, rest /= 10)
	{
		char digit = (char) ('0' + rest % 10);

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
