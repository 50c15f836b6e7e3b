/*
 * batch.c
 *		The batch function beside what a plain table takes, over one connection.
 *
 *	batch reserve  SECONDS SIZE...	reservations; beside a multi-row INSERT of the same
 *									batch into a plain table (size 1: a one-row commit)
 *	batch ingest   SECONDS SIZE...	events (ledger, rollups, counters); beside COPY of
 *									the same rows into the same ledger
 *	batch snapshot SECONDS SIZE		reservations while a snapshot is held open
 *									elsewhere; beside the same without
 *
 * Connects as libpq's environment says; QUOTAKIT_ACCOUNT and QUOTAKIT_SECRET are
 * the account's number and the SHA-256 of an API key in hex. What is compared
 * runs in turns of half a second, so that both meet the same machine. Beside
 * rows a second it prints what the backend's CPU took for a row.
 */
#include <libpq-fe.h>

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "array.h"

#define OID_INT4          23
#define OID_INT8          20
#define OID_BYTEA         17
#define OID_TEXT          25
#define OID_UUID          2950
#define OID_TIMESTAMPTZ   1184
#define MAX_SIZE          4096
#define TURN              0.5
#define POSTGRES_EPOCH_US 946684800000000ULL

static PGconn *db;
static int account;
static unsigned char secret[32];

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* CPU seconds of our backend, which runs on this machine; 0 if that cannot be read. */
static double
backend_cpu(void)
{
	char path[64];
	char stat[1024];
	FILE *f;
	char *p;
	long user = 0;
	long system = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", PQbackendPID(db));
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fgets(stat, sizeof(stat), f) != NULL && (p = strrchr(stat, ')')) != NULL)
		sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user, &system);
	fclose(f);
	return (double) (user + system) / sysconf(_SC_CLK_TCK);
}

static void
die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, PQerrorMessage(db));
	exit(1);
}

static void
run(const char *statement, int nparams, Array *params, int rows)
{
	const char *values[16];
	int lengths[16];
	int formats[16];
	PGresult *result;

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
			if (strcmp(PQgetvalue(result, i, 0), "granted") != 0 &&
				strcmp(PQgetvalue(result, i, 0), "recorded") != 0)
			{
				fprintf(stderr, "%s\n", PQgetvalue(result, i, 1));
				exit(1);
			}
	}
	PQclear(result);
}

/* A batch of calls of one kind, on eight paths. */
static void
call_batch(int size, const char *op)
{
	static Array params[3];
	uint32_t number = htonl((uint32_t) account);

	start_array(&params[0], OID_INT4, size);
	start_array(&params[1], OID_BYTEA, size);
	start_array(&params[2], OID_BYTEA, size);
	for (int i = 0; i < size; i++)
	{
		unsigned char id[16];
		uint64_t ms;
		char call[512];
		int len;

		make_uuid7(id, &ms);
		len = snprintf(
			call, sizeof(call),
			"{\"op\":\"%s\",\"id\":\"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x\","
			"\"path\":\"bench/team%d\",\"model\":\"gpt-4o\","
			"\"usage\":{\"input_tokens\":%d,\"output_tokens\":%d}}",
			op, id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7], id[8], id[9], id[10],
			id[11], id[12], id[13], id[14], id[15], i % 8, 1000 + i, 100 + i);
		put_element(&params[0], &number, 4);
		put_element(&params[1], secret, sizeof(secret));
		put_element(&params[2], call, (size_t) len);
	}
	run("batch", 3, params, size);
}

static void
reserve_batch(int size)
{
	call_batch(size, "reserve");
}

static void
log_batch(int size)
{
	call_batch(size, "log");
}

/*
 * The rows that log_batch() would write, by COPY into the same ledger; of another
 * account, so that verify() has nothing to say about ours.
 */
static void
copy_batch(int size)
{
	PGresult *result =
		PQexec(db, "COPY quotakit.event (account_id, at, event_id, node_id, flags, model, tier,"
				   " input_tokens, cached_input_tokens, cache_write_tokens, output_tokens,"
				   " reasoning_tokens, requests, usd, credits, price_version, recorded_at,"
				   " content_hash) FROM STDIN");

	if (PQresultStatus(result) != PGRES_COPY_IN)
		die("COPY");
	PQclear(result);
	for (int i = 0; i < size; i++)
	{
		unsigned char id[16];
		uint64_t ms;
		char row[512];
		char at[32];
		time_t seconds;
		struct tm tm;
		int len;

		make_uuid7(id, &ms);
		seconds = (time_t) (ms / 1000);
		gmtime_r(&seconds, &tm);
		strftime(at, sizeof(at), "%Y-%m-%d %H:%M:%S", &tm);
		len = snprintf(
			row, sizeof(row),
			"%d\t%s.%03d+00\t%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x\t"
			"%d\t0\tgpt-4o\tstandard\t%d\t0\t0\t%d\t0\t1\t%d\t0\t1\t%s.%03d+00\t%d\n",
			account + 1000000, at, (int) (ms % 1000), id[0], id[1], id[2], id[3], id[4], id[5],
			id[6], id[7], id[8], id[9], id[10], id[11], id[12], id[13], id[14], id[15], i % 8,
			1000 + i, 100 + i, 3500000 + i, at, (int) (ms % 1000), i);
		if (PQputCopyData(db, row, len) != 1)
			die("COPY data");
	}
	if (PQputCopyEnd(db, NULL) != 1)
		die("COPY end");
	while ((result = PQgetResult(db)) != NULL)
	{
		if (PQresultStatus(result) != PGRES_COMMAND_OK)
			die("COPY");
		PQclear(result);
	}
}

/* The columns of a reservation, into a table with the same primary key and nothing else. */
static void
insert_batch(int size)
{
	static const int oids[] = { OID_INT4,        OID_TIMESTAMPTZ, OID_UUID, OID_INT4, OID_INT4,
								OID_TEXT,        OID_INT8,        OID_INT8, OID_INT8, OID_INT8,
								OID_TIMESTAMPTZ, OID_TIMESTAMPTZ, OID_INT8 };
	static Array params[13];

	for (int p = 0; p < 13; p++)
		start_array(&params[p], oids[p], size);
	for (int i = 0; i < size; i++)
	{
		unsigned char id[16];
		uint64_t ms;

		make_uuid7(id, &ms);
		for (int p = 0; p < 13; p++)
		{
			if (oids[p] == OID_UUID)
				put_element(&params[p], id, 16);
			else if (oids[p] == OID_TEXT)
				put_element(&params[p], "gpt-4o", 6);
			else if (oids[p] == OID_INT4)
			{
				uint32_t n = htonl(p == 0 ? (uint32_t) account : 0);

				put_element(&params[p], &n, 4);
			}
			else
			{
				uint64_t n = oids[p] == OID_TIMESTAMPTZ ? ms * 1000 - POSTGRES_EPOCH_US :
														  1000 + (uint64_t) i;

				n = htobe64(n);
				put_element(&params[p], &n, 8);
			}
		}
	}
	run("insert", 13, params, 0);
}

typedef struct Score
{
	double rows;
	double seconds;
	double cpu;
} Score;

/* Runs for one turn. */
static void
turn(void (*work)(int), int size, Score *score)
{
	double start = now();
	double cpu = backend_cpu();
	double t = start;

	while (t < start + TURN)
	{
		work(size);
		score->rows += size;
		t = now();
	}
	score->seconds += t - start;
	score->cpu += backend_cpu() - cpu;
}

static double
rate(const Score *score)
{
	return score->rows / score->seconds;
}

static double
cpu_of_row(const Score *score)
{
	return 1e6 * score->cpu / score->rows;
}

static void
compare(const char *what, void (*ours)(int), void (*plain)(int), double seconds, int size)
{
	Score a = { 0 };
	Score b = { 0 };

	while (a.seconds < seconds)
	{
		turn(ours, size, &a);
		turn(plain, size, &b);
	}
	printf("%-10s %6d %12.0f %12.0f %8.2f %10.1f %10.1f\n", what, size, rate(&a), rate(&b),
		   rate(&a) / rate(&b), cpu_of_row(&a), cpu_of_row(&b));
	fflush(stdout);
}

static void
command(PGconn *connection, const char *sql)
{
	PGresult *result = PQexec(connection, sql);

	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
	{
		fprintf(stderr, "%s: %s\n", sql, PQerrorMessage(connection));
		exit(1);
	}
	PQclear(result);
}

static void
run_for(double seconds, int size, Score *score)
{
	double end = now() + seconds;

	while (now() < end)
		turn(reserve_batch, size, score);
}

static void
print_size(const char *when)
{
	PGresult *result = PQexec(db, "SELECT pg_size_pretty(pg_table_size('quotakit.counter'))");

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		die("size");
	printf("size of the counter table %s: %s\n", when, PQgetvalue(result, 0, 0));
	PQclear(result);
}

static void
print_snapshot(const char *when, const Score *score, double without)
{
	printf("%-24s %12.0f %8.2f %10.1f\n", when, rate(score), rate(score) / without,
		   cpu_of_row(score));
}

/* Without, with, and without again: the machine drifts, so the mean of the two is compared. */
static void
snapshot(double seconds, int size)
{
	Score before = { 0 };
	Score during = { 0 };
	Score last_turns = { 0 };
	Score after = { 0 };
	PGconn *analyst = PQconnectdb("");

	if (PQstatus(analyst) != CONNECTION_OK)
		die("connect");
	run_for(seconds / 5, size, &before);
	command(analyst, "BEGIN ISOLATION LEVEL REPEATABLE READ");
	command(analyst, "SELECT count(*) FROM quotakit.account");
	run_for(seconds * 0.9, size, &during);
	run_for(seconds * 0.1, size, &last_turns);
	print_size("while the snapshot was held");
	command(analyst, "COMMIT");
	command(db, "VACUUM quotakit.counter");
	run_for(seconds / 5, size, &after);
	/* The newest rows stand at the table's end; the next vacuum finds them at its beginning. */
	command(db, "VACUUM quotakit.counter");
	reserve_batch(size);
	command(db, "VACUUM quotakit.counter");
	print_size("after it, vacuumed");
	PQfinish(analyst);
	printf("%-24s %12s %8s %10s\n", "snapshot held", "calls/s", "ratio", "CPU us");
	print_snapshot("no", &before, rate(&before));
	print_snapshot("for nine tenths", &during, (rate(&before) + rate(&after)) / 2);
	print_snapshot("in the last tenth", &last_turns, (rate(&before) + rate(&after)) / 2);
	print_snapshot("no more", &after, rate(&before));
}

static void
prepare(const char *name, const char *sql)
{
	PGresult *result = PQprepare(db, name, sql, 0, NULL);

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		die(name);
	PQclear(result);
}

static void
set_up(void)
{
	const char *number = getenv("QUOTAKIT_ACCOUNT");
	const char *hex = getenv("QUOTAKIT_SECRET");

	if (number == NULL || hex == NULL || strlen(hex) != 64)
	{
		fprintf(stderr, "QUOTAKIT_ACCOUNT and QUOTAKIT_SECRET must be set\n");
		exit(2);
	}
	account = atoi(number);
	for (int i = 0; i < 32; i++)
		sscanf(hex + 2 * i, "%2hhx", &secret[i]);
	srandom((unsigned) time(NULL));

	db = PQconnectdb("");
	if (PQstatus(db) != CONNECTION_OK)
		die("connect");
	command(db, "SET client_min_messages = warning");
	command(db, "DROP TABLE IF EXISTS bench_plain");
	command(
		db,
		"CREATE TABLE bench_plain (account_id int4 NOT NULL, at timestamptz NOT NULL, id uuid NOT NULL,"
		" seq int4 NOT NULL, node_id int4 NOT NULL, model text NOT NULL, usd int8 NOT NULL,"
		" credits int8 NOT NULL, requests int8 NOT NULL, tokens int8 NOT NULL,"
		" expires_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL,"
		" content_hash int8 NOT NULL, PRIMARY KEY (account_id, at, id, seq))");
	prepare("batch", "SELECT outcome, answer FROM quotakit.batch($1, $2, $3)");
	prepare(
		"insert",
		"INSERT INTO bench_plain SELECT * FROM unnest($1::int4[], $2::timestamptz[], $3::uuid[],"
		" $4::int4[], $5::int4[], $6::text[], $7::int8[], $8::int8[], $9::int8[], $10::int8[],"
		" $11::timestamptz[], $12::timestamptz[], $13::int8[])");
}

int
main(int argc, char **argv)
{
	const char *mode = argc > 3 ? argv[1] : "";
	double seconds = argc > 3 ? atof(argv[2]) : 0;

	if (argc < 4 || seconds <= 0)
	{
		fprintf(stderr, "usage: batch reserve|ingest|snapshot SECONDS SIZE...\n");
		return 2;
	}
	set_up();
	if (strcmp(mode, "snapshot") == 0)
		snapshot(seconds, atoi(argv[3]));
	else
	{
		bool ingest = strcmp(mode, "ingest") == 0;

		printf("%-10s %6s %12s %12s %8s %10s %10s\n", "", "batch", "calls/s",
			   ingest ? "COPY rows/s" : "INSERT rows/s", "ratio", "CPU us", "CPU us");
		for (int a = 3; a < argc; a++)
		{
			int size = atoi(argv[a]);

			if (size < 1 || size > MAX_SIZE)
				continue;
			if (ingest)
				compare("ingest", log_batch, copy_batch, seconds, size);
			else
				compare("reserve", reserve_batch, insert_batch, seconds, size);
		}
	}
	PQfinish(db);
	return 0;
}
