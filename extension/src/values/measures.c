/*
 * measures.c
 *		The type quotakit.measures: sums of events that are added, subtracted and
 *		summed as one value, so that SQL says what it sums and not how.
 */
#include "quotakit.h"
#include "pg/arrays.h"
#include "values/measures.h"
#include "values/money.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(quotakit_units);
PG_FUNCTION_INFO_V1(quotakit_measures_in);
PG_FUNCTION_INFO_V1(quotakit_measures_out);
PG_FUNCTION_INFO_V1(quotakit_measures_make);
PG_FUNCTION_INFO_V1(quotakit_measures_of_row);
PG_FUNCTION_INFO_V1(quotakit_measures_add);
PG_FUNCTION_INFO_V1(quotakit_measures_subtract);
PG_FUNCTION_INFO_V1(quotakit_measures_negate);
PG_FUNCTION_INFO_V1(quotakit_measures_times);
PG_FUNCTION_INFO_V1(quotakit_measures_equal);
PG_FUNCTION_INFO_V1(quotakit_measures_is_zero);
PG_FUNCTION_INFO_V1(quotakit_measures_accumulate);
PG_FUNCTION_INFO_V1(quotakit_measures_amount_of);
PG_FUNCTION_INFO_V1(quotakit_measures_row);
PG_FUNCTION_INFO_V1(quotakit_measures_totals);

static const char *const names[] = {
	[QK_M_EVENTS] = "events",
	[QK_M_FAILED] = "failed",
	[QK_M_UNPRICED] = "unpriced",
	[QK_M_REQUESTS] = "requests",
	[QK_M_INPUT] = "input_tokens",
	[QK_M_CACHED_INPUT] = "cached_input_tokens",
	[QK_M_CACHE_WRITE] = "cache_write_tokens",
	[QK_M_OUTPUT] = "output_tokens",
	[QK_M_REASONING] = "reasoning_tokens",
	[QK_M_USD] = "usd",
	[QK_M_CREDITS] = "credits",
};

StaticAssertDecl(lengthof(names) == QK_MEASURES, "each measure has a name");

/* More digits than any sum has: 10^37 fits into 128 bits. */
#define MAX_DIGITS 37

static QKMeasures *
measures_arg(FunctionCallInfo fcinfo, int n)
{
	return (QKMeasures *) PG_GETARG_POINTER(n);
}

static void
check_sum(bool overflow)
{
	if (unlikely(overflow))
		ereport(ERROR, errcode(ERRCODE_QK_OUT_OF_RANGE), errmsg("a sum is out of range"));
}

static int128
add(int128 a, int128 b)
{
	int128 sum;

	check_sum(__builtin_add_overflow(a, b, &sum));
	return sum;
}

int128
qk_measures_amount(const QKMeasures *m, QKUnit unit)
{
	int128 sum = 0;

	switch (unit)
	{
		case QK_USD:
			return m->sum[QK_M_USD];
		case QK_CREDITS:
			return m->sum[QK_M_CREDITS];
		case QK_REQUESTS:
			return m->sum[QK_M_REQUESTS];
		case QK_TOKENS:
			for (int i = QK_M_INPUT; i <= QK_M_REASONING; i++)
				sum = add(sum, m->sum[i]);
			return sum;
	}
	elog(ERROR, "unexpected unit %d", (int) unit);
}

static void
append_int128(StringInfo out, int128 value)
{
	char digits[MAX_DIGITS + 3];
	char *p = digits + sizeof(digits);
	unsigned __int128 rest = value < 0 ? -(unsigned __int128) value : (unsigned __int128) value;

	*--p = '\0';
	do
		*--p = (char) ('0' + (int) (rest % 10));
	while ((rest /= 10) > 0);
	if (value < 0)
		*--p = '-';
	appendStringInfoString(out, p);
}

static Datum
numeric_of(int128 value)
{
	StringInfoData text;

	if (value >= PG_INT64_MIN && value <= PG_INT64_MAX)
		return NumericGetDatum(int64_to_numeric((int64) value));
	initStringInfo(&text);
	append_int128(&text, value);
	return DirectFunctionCall3(numeric_in, CStringGetDatum(text.data), ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
}

static QKMeasure
measure_by_name(const char *name, size_t len)
{
	for (int i = 0; i < QK_MEASURES; i++)
		if (strlen(names[i]) == len && strncmp(names[i], name, len) == 0)
			return (QKMeasure) i;
	ereport(ERROR, errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			errmsg("measure \"%.*s\" does not exist", (int) Min(len, 63), name));
}

/* Reads name=number; returns where it ends, or NULL if it is not that. */
static const char *
read_measure(const char *p, QKMeasures *m)
{
	size_t len = strcspn(p, "=,}");
	QKMeasure measure = measure_by_name(p, len);
	bool negative;
	int128 value;

	p += len;
	if (*p++ != '=')
		return NULL;
	negative = *p == '-';
	p += negative;
	len = strspn(p, "0123456789");
	if (len == 0 || qk_decimal_parse(p, len, 0, (int128) 1 << 126, &value) != QK_DECIMAL_OK)
		return NULL;
	m->sum[measure] = negative ? -value : value;
	return p + len;
}

/* As in {events=3,usd=1200}; what is not named is 0. */
Datum
quotakit_measures_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	const char *p = text;
	QKMeasures *m = palloc0(sizeof(*m));
	bool good = strcmp(text, "{}") == 0;

	if (!good && *p == '{')
	{
		do
			p = read_measure(p + 1, m);
		while (p != NULL && *p == ',');
		good = p != NULL && strcmp(p, "}") == 0;
	}
	if (!good)
		ereport(ERROR, errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				errmsg("invalid input syntax for type quotakit.measures: \"%s\"", text),
				errhint("Write it as in {events=3,usd=1200}."));
	PG_RETURN_POINTER(m);
}

Datum
quotakit_measures_out(PG_FUNCTION_ARGS)
{
	const QKMeasures *m = measures_arg(fcinfo, 0);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	for (int i = 0; i < QK_MEASURES; i++)
	{
		if (m->sum[i] == 0)
			continue;
		appendStringInfo(&out, "%s%s=", out.len > 1 ? "," : "", names[i]);
		append_int128(&out, m->sum[i]);
	}
	appendStringInfoChar(&out, '}');
	PG_RETURN_CSTRING(out.data);
}

/* (events int8, failed int8, …): as many as there are measures, in their order. */
Datum
quotakit_measures_make(PG_FUNCTION_ARGS)
{
	QKMeasures *m = palloc(sizeof(*m));

	if (PG_NARGS() != QK_MEASURES)
		elog(ERROR, "measures() takes %d arguments", QK_MEASURES);
	for (int i = 0; i < QK_MEASURES; i++)
		m->sum[i] = PG_GETARG_INT64(i);
	PG_RETURN_POINTER(m);
}

/* Where a row type has the measures; remembered from call to call. */
typedef struct RowMap
{
	Oid type;
	int32 typmod;
	int natts;
	int attribute[QK_MEASURES]; /* from 0 */
} RowMap;

static void
map_row(RowMap *map, Oid type, int32 typmod, TupleDesc desc)
{
	map->type = InvalidOid;
	for (int i = 0; i < QK_MEASURES; i++)
	{
		int a = 0;

		while (a < desc->natts && (TupleDescAttr(desc, a)->attisdropped ||
								   strcmp(NameStr(TupleDescAttr(desc, a)->attname), names[i]) != 0))
			a++;
		if (a == desc->natts || TupleDescAttr(desc, a)->atttypid != INT8OID)
			ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("row has no column \"%s\" of type bigint", names[i]));
		map->attribute[i] = a;
	}
	map->natts = desc->natts;
	map->type = type;
	map->typmod = typmod;
}

/* (record): a row that has the columns of a rollup, wherever they are. */
Datum
quotakit_measures_of_row(PG_FUNCTION_ARGS)
{
	HeapTupleHeader header = PG_GETARG_HEAPTUPLEHEADER(0);
	RowMap *map = fcinfo->flinfo->fn_extra;
	TupleDesc desc =
		lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header), HeapTupleHeaderGetTypMod(header));
	QKMeasures *m = palloc(sizeof(*m));
	HeapTupleData tuple = { .t_len = HeapTupleHeaderGetDatumLength(header), .t_data = header };
	Datum *values = palloc(desc->natts * sizeof(Datum));
	bool *nulls = palloc(desc->natts * sizeof(bool));

	if (map == NULL)
		map = fcinfo->flinfo->fn_extra =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(*map));
	if (map->type != desc->tdtypeid || map->typmod != desc->tdtypmod || map->natts != desc->natts)
		map_row(map, desc->tdtypeid, desc->tdtypmod, desc);
	heap_deform_tuple(&tuple, desc, values, nulls);
	for (int i = 0; i < QK_MEASURES; i++)
		m->sum[i] = nulls[map->attribute[i]] ? 0 : DatumGetInt64(values[map->attribute[i]]);
	ReleaseTupleDesc(desc);
	pfree(values);
	pfree(nulls);
	PG_RETURN_POINTER(m);
}

Datum
quotakit_measures_add(PG_FUNCTION_ARGS)
{
	const QKMeasures *a = measures_arg(fcinfo, 0);
	const QKMeasures *b = measures_arg(fcinfo, 1);
	QKMeasures *m = palloc(sizeof(*m));

	for (int i = 0; i < QK_MEASURES; i++)
		m->sum[i] = add(a->sum[i], b->sum[i]);
	PG_RETURN_POINTER(m);
}

Datum
quotakit_measures_negate(PG_FUNCTION_ARGS)
{
	const QKMeasures *a = measures_arg(fcinfo, 0);
	QKMeasures *m = palloc(sizeof(*m));

	for (int i = 0; i < QK_MEASURES; i++)
		check_sum(__builtin_sub_overflow((int128) 0, a->sum[i], &m->sum[i]));
	PG_RETURN_POINTER(m);
}

Datum
quotakit_measures_subtract(PG_FUNCTION_ARGS)
{
	Datum negated = DirectFunctionCall1(quotakit_measures_negate, PG_GETARG_DATUM(1));

	return DirectFunctionCall2(quotakit_measures_add, PG_GETARG_DATUM(0), negated);
}

/* (int4, measures) */
Datum
quotakit_measures_times(PG_FUNCTION_ARGS)
{
	int32 factor = PG_GETARG_INT32(0);
	const QKMeasures *a = measures_arg(fcinfo, 1);
	QKMeasures *m = palloc(sizeof(*m));

	for (int i = 0; i < QK_MEASURES; i++)
		check_sum(__builtin_mul_overflow(a->sum[i], (int128) factor, &m->sum[i]));
	PG_RETURN_POINTER(m);
}

Datum
quotakit_measures_equal(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(memcmp(measures_arg(fcinfo, 0), measures_arg(fcinfo, 1), sizeof(QKMeasures)) ==
				   0);
}

Datum
quotakit_measures_is_zero(PG_FUNCTION_ARGS)
{
	const QKMeasures *m = measures_arg(fcinfo, 0);

	for (int i = 0; i < QK_MEASURES; i++)
		if (m->sum[i] != 0)
			PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(true);
}

/* The step of sum(): adds to its state in place. */
Datum
quotakit_measures_accumulate(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	QKMeasures *state;
	const QKMeasures *m;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "called outside of an aggregate");
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	m = measures_arg(fcinfo, 1);
	if (PG_ARGISNULL(0))
	{
		state = MemoryContextAlloc(context, sizeof(*state));
		memcpy(state, m, sizeof(*state));
		PG_RETURN_POINTER(state);
	}
	state = measures_arg(fcinfo, 0);
	for (int i = 0; i < QK_MEASURES; i++)
		state->sum[i] = add(state->sum[i], m->sum[i]);
	PG_RETURN_POINTER(state);
}

/* _units(): their names. */
Datum
quotakit_units(PG_FUNCTION_ARGS)
{
	PG_RETURN_ARRAYTYPE_P(qk_text_array(qk_unit_names, QK_UNITS));
}

static const char *
known_units(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (QKUnit u = 0; u < QK_UNITS; u++)
		appendStringInfo(&names, "%s%s", u > 0 ? ", " : "", qk_unit_names[u]);
	return names.data;
}

/* (measures, unit text) → numeric */
Datum
quotakit_measures_amount_of(PG_FUNCTION_ARGS)
{
	const QKMeasures *m = measures_arg(fcinfo, 0);
	const text *unit = PG_GETARG_TEXT_PP(1);

	for (QKUnit u = 0; u < QK_UNITS; u++)
	{
		const char *name = qk_unit_names[u];

		if (strlen(name) == VARSIZE_ANY_EXHDR(unit) &&
			memcmp(name, VARDATA_ANY(unit), VARSIZE_ANY_EXHDR(unit)) == 0)
			PG_RETURN_DATUM(numeric_of(qk_measures_amount(m, u)));
	}
	ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("unit \"%s\" does not exist", text_to_cstring(unit)),
			errhint("One of: %s.", known_units()));
}

static Datum
row_of(FunctionCallInfo fcinfo, Datum (*value)(int128), int more)
{
	const QKMeasures *m = measures_arg(fcinfo, 0);
	TupleDesc desc;
	Datum values[QK_MEASURES + 1];
	bool nulls[QK_MEASURES + 1] = { false };

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE ||
		desc->natts != QK_MEASURES + more)
		elog(ERROR, "return type must be a row of %d columns", QK_MEASURES + more);
	for (int i = 0; i < QK_MEASURES; i++)
		values[i] = value(m->sum[i]);
	if (more)
		values[QK_MEASURES] = numeric_of(qk_measures_amount(m, QK_TOKENS));
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

static Datum
int64_of(int128 value)
{
	if (value < PG_INT64_MIN || value > PG_INT64_MAX)
		ereport(ERROR, errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("bigint out of range"));
	return Int64GetDatum((int64) value);
}

/* The measures as the columns of a rollup, checked to fit. */
Datum
quotakit_measures_row(PG_FUNCTION_ARGS)
{
	return row_of(fcinfo, int64_of, 0);
}

/* The measures, and all tokens, as numbers of any size. */
Datum
quotakit_measures_totals(PG_FUNCTION_ARGS)
{
	return row_of(fcinfo, numeric_of, 1);
}
