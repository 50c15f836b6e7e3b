/*
 * batch.c
 *		How many reservations a second the batch function takes, beside a
 *		multi-row INSERT of the same batch into a plain table.
 *
 * Usage: batch ACCOUNT KEY-SHA256-HEX SECONDS SIZE...
 * Connects as libpq's environment says. For each size the two are run in turns
 * of half a second, so that both meet the same machine. Prints one line a size.
 */
#include <libpq-fe.h>

#include <arpa/inet.h>
#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OID_INT4 23
#define OID_INT8 20
#define OID_BYTEA 17
#define OID_TEXT 25
#define OID_UUID 2950
#define OID_TIMESTAMPTZ 1184
#define MAX_SIZE 4096
#define TURN 0.5

static PGconn *db;
static int	account;
static unsigned char secret[32];

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static void
die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, PQerrorMessage(db));
	exit(1);
}

/* A binary array under construction. */
typedef struct Array
{
	char	   *data;
	size_t		len;
	size_t		space;
} Array;

static void
put(Array *a, const void *bytes, size_t len)
{
	if (a->len + len > a->space)
	{
		a->space = (a->len + len) * 2;
		a->data = realloc(a->data, a->space);
	}
	memcpy(a->data + a->len, bytes, len);
	a->len += len;
}

static void
put_int(Array *a, int32_t value)
{
	uint32_t	n = htonl((uint32_t) value);

	put(a, &n, 4);
}

static void
put_element(Array *a, const void *bytes, size_t len)
{
	put_int(a, (int32_t) len);
	put(a, bytes, len);
}

static void
start_array(Array *a, int oid, int n)
{
	a->len = 0;
	put_int(a, 1);				/* dimensions */
	put_int(a, 0);				/* no nulls */
	put_int(a, oid);
	put_int(a, n);
	put_int(a, 1);				/* lower bound */
}

static void
make_uuid7(unsigned char id[16], uint64_t *ms)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	*ms = (uint64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
	for (int i = 0; i < 6; i++)
		id[i] = (unsigned char) (*ms >> (40 - 8 * i));
	for (int i = 6; i < 16; i++)
		id[i] = (unsigned char) random();
	id[6] = 0x70 | (id[6] & 0x0f);
	id[8] = 0x80 | (id[8] & 0x3f);
}

static void
run(const char *statement, int nparams, Array *params, int rows)
{
	const char *values[16];
	int			lengths[16];
	int			formats[16];
	PGresult   *result;

	for (int i = 0; i < nparams; i++)
	{
		values[i] = params[i].data;
		lengths[i] = (int) params[i].len;
		formats[i] = 1;
	}
	result = PQexecPrepared(db, statement, nparams, values, lengths, formats, 0);
	if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
		die(statement);
	if (PQresultStatus(result) == PGRES_TUPLES_OK)
	{
		if (PQntuples(result) != rows)
			die("wrong number of answers");
		for (int i = 0; i < rows; i++)
			if (strcmp(PQgetvalue(result, i, 0), "granted") != 0)
			{
				fprintf(stderr, "%s\n", PQgetvalue(result, i, 1));
				exit(1);
			}
	}
	PQclear(result);
}

static void
reserve_batch(int size)
{
	static Array params[3];

	start_array(&params[0], OID_INT4, size);
	start_array(&params[1], OID_BYTEA, size);
	start_array(&params[2], OID_BYTEA, size);
	for (int i = 0; i < size; i++)
	{
		unsigned char id[16];
		uint64_t	ms;
		char		call[512];
		uint32_t	number = htonl((uint32_t) account);
		int			len;

		make_uuid7(id, &ms);
		len = snprintf(call, sizeof(call),
					   "{\"op\":\"reserve\",\"id\":\"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x\","
					   "\"path\":\"bench/team%d\",\"model\":\"gpt-4o\","
					   "\"usage\":{\"input_tokens\":%d,\"output_tokens\":%d}}",
					   id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7], id[8], id[9], id[10],
					   id[11], id[12], id[13], id[14], id[15], i % 8, 1000 + i, 100 + i);
		put_element(&params[0], &number, 4);
		put_element(&params[1], secret, sizeof(secret));
		put_element(&params[2], call, (size_t) len);
	}
	run("reserve", 3, params, size);
}

/* The columns of a reservation, into a table with the same primary key and nothing else. */
static void
insert_batch(int size)
{
	static const int oids[] = {
		OID_INT4, OID_TIMESTAMPTZ, OID_UUID, OID_INT4, OID_INT4, OID_TEXT, OID_INT8, OID_INT8,
		OID_INT8, OID_INT8, OID_TIMESTAMPTZ, OID_TIMESTAMPTZ, OID_INT8
	};
	static Array params[13];
	const uint64_t epoch = 946684800000000ULL;

	for (int p = 0; p < 13; p++)
		start_array(&params[p], oids[p], size);
	for (int i = 0; i < size; i++)
	{
		unsigned char id[16];
		uint64_t	ms;

		make_uuid7(id, &ms);
		for (int p = 0; p < 13; p++)
		{
			if (oids[p] == OID_UUID)
				put_element(&params[p], id, 16);
			else if (oids[p] == OID_TEXT)
				put_element(&params[p], "gpt-4o", 6);
			else if (oids[p] == OID_INT4)
			{
				uint32_t	n = htonl(p == 0 ? (uint32_t) account : 0);

				put_element(&params[p], &n, 4);
			}
			else
			{
				uint64_t	n = oids[p] == OID_TIMESTAMPTZ ? ms * 1000 - epoch : 1000 + (uint64_t) i;

				n = htobe64(n);
				put_element(&params[p], &n, 8);
			}
		}
	}
	run("insert", 13, params, 0);
}

static void
insert_one(int size)
{
	(void) size;
	insert_batch(1);
}

/* Runs for one turn; adds rows and time. */
static void
turn(void (*work) (int), int size, double *rows, double *seconds)
{
	double		start = now();
	double		t = start;

	while (t < start + TURN)
	{
		work(size);
		*rows += size;
		t = now();
	}
	*seconds += t - start;
}

static void
prepare(const char *name, const char *sql)
{
	PGresult   *result = PQprepare(db, name, sql, 0, NULL);

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		die(name);
	PQclear(result);
}

int
main(int argc, char **argv)
{
	double		seconds;

	if (argc < 5 || strlen(argv[2]) != 64)
	{
		fprintf(stderr, "usage: batch ACCOUNT KEY-SHA256-HEX SECONDS SIZE...\n");
		return 2;
	}
	account = atoi(argv[1]);
	for (int i = 0; i < 32; i++)
		sscanf(argv[2] + 2 * i, "%2hhx", &secret[i]);
	seconds = atof(argv[3]);
	srandom((unsigned) time(NULL));

	db = PQconnectdb("");
	if (PQstatus(db) != CONNECTION_OK)
		die("connect");
	PQclear(PQexec(db, "CREATE TEMP TABLE t (); DROP TABLE t; DROP TABLE IF EXISTS bench_plain;"
				   "CREATE TABLE bench_plain (account_id int4 NOT NULL, at timestamptz NOT NULL, id uuid NOT NULL,"
				   " seq int4 NOT NULL, node_id int4 NOT NULL, model text NOT NULL, usd int8 NOT NULL,"
				   " credits int8 NOT NULL, requests int8 NOT NULL, tokens int8 NOT NULL, expires_at timestamptz NOT NULL,"
				   " recorded_at timestamptz NOT NULL, content_hash int8 NOT NULL, PRIMARY KEY (account_id, at, id, seq))"));
	prepare("reserve", "SELECT outcome, answer FROM quotakit.batch($1, $2, $3)");
	prepare("insert", "INSERT INTO bench_plain SELECT * FROM unnest($1::int4[], $2::timestamptz[], $3::uuid[],"
			" $4::int4[], $5::int4[], $6::text[], $7::int8[], $8::int8[], $9::int8[], $10::int8[],"
			" $11::timestamptz[], $12::timestamptz[], $13::int8[])");

	printf("%6s %16s %16s %8s %16s\n", "batch", "reservations/s", "inserted rows/s", "ratio", "1-row commits/s");
	for (int a = 4; a < argc; a++)
	{
		int			size = atoi(argv[a]);
		double		rows[3] = {0, 0, 0};
		double		time[3] = {0, 0, 0};

		if (size < 1 || size > MAX_SIZE)
			continue;
		while (time[0] < seconds)
		{
			turn(reserve_batch, size, &rows[0], &time[0]);
			turn(insert_batch, size, &rows[1], &time[1]);
		}
		turn(insert_one, 1, &rows[2], &time[2]);
		printf("%6d %16.0f %16.0f %8.2f %16.0f\n", size, rows[0] / time[0], rows[1] / time[1],
			   (rows[0] / time[0]) / (rows[1] / time[1]), rows[2] / time[2]);
		fflush(stdout);
	}
	PQfinish(db);
	return 0;
}
