/*
 * batch.h
 *		Calls as the three arrays that quotakit.batch() takes, in PostgreSQL's
 *		binary form.
 */
#ifndef GATEWAY_BATCH_H
#define GATEWAY_BATCH_H

#include "request.h"

/* A call of a request, by its place. */
typedef struct BatchItem
{
	Request *request;
	int index;
} BatchItem;

typedef struct Batch
{
	Text accounts; /* int4[] */
	Text secrets;  /* bytea[] */
	Text calls;    /* bytea[] */
} Batch;

extern void batch_encode(Batch *batch, const BatchItem *items, int n);
extern void batch_free(Batch *batch);

#endif
