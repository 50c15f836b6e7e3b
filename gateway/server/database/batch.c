/*
 * batch.c
 *		Calls as arrays in PostgreSQL's binary form.
 *
 * An array: number of dimensions, whether there are nulls, type of the elements;
 * for each dimension its length and first subscript; then each element with its
 * length before it. All int4 in network order.
 */
#include "database/batch.h"

#include <arpa/inet.h>

#define INT4OID  23
#define BYTEAOID 17

static void
add_int4(Text *t, uint32_t value)
{
	uint32_t wire = htonl(value);

	text_add(t, (const char *) &wire, sizeof(wire));
}

static void
begin(Text *t, uint32_t type, int n)
{
	t->len = 0;
	add_int4(t, 1);
	add_int4(t, 0);
	add_int4(t, type);
	add_int4(t, (uint32_t) n);
	add_int4(t, 1);
}

static void
add_bytes(Text *t, const void *data, size_t len)
{
	add_int4(t, (uint32_t) len);
	text_add(t, data, len);
}

void
batch_encode(Batch *batch, const BatchItem *items, int n)
{
	begin(&batch->accounts, INT4OID, n);
	begin(&batch->secrets, BYTEAOID, n);
	begin(&batch->calls, BYTEAOID, n);
	for (int i = 0; i < n; i++)
	{
		const Request *request = items[i].request;
		const Call *call = &request->call[items[i].index];

		add_int4(&batch->accounts, sizeof(int32_t));
		add_int4(&batch->accounts, (uint32_t) request->key.account);
		add_bytes(&batch->secrets, request->key.secret, sizeof(request->key.secret));
		add_bytes(&batch->calls, request->calls.data + call->at, call->len);
	}
}

void
batch_free(Batch *batch)
{
	text_free(&batch->accounts);
	text_free(&batch->secrets);
	text_free(&batch->calls);
}
