/*
 * callers.c
 *		How many connections each client address has.
 */
#include "http/callers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/memory.h"

#define NBUCKETS 4096

struct Caller
{
	uint64_t address[2];
	atomic_int connections;
	Caller *next; /* of the bucket */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Caller *buckets[NBUCKETS];
static uint64_t seed;

/* Whoever has an IPv6 address has all that begin with the same 64 bits. */
static void
cut_address(const Address *from, uint64_t address[2])
{
	memcpy(address, from, sizeof(*from));
	if (!address_is_v4(from))
		address[1] = 0;
}

/* Nobody can choose addresses that share a bucket without knowing the seed. */
static Caller **
bucket_of(const uint64_t address[2])
{
	uint64_t hash = seed;

	if (seed == 0 && getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = (uint64_t) (uintptr_t) &lock | 1;
	hash = seed;
	for (int i = 0; i < 2; i++)
	{
		hash = (hash ^ address[i]) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	return &buckets[hash % NBUCKETS];
}

Caller *
caller_enter(const Address *from)
{
	uint64_t address[2];
	Caller **bucket;
	Caller *caller;

	cut_address(from, address);
	pthread_mutex_lock(&lock);
	bucket = bucket_of(address);
	for (caller = *bucket; caller != NULL; caller = caller->next)
		if (memcmp(caller->address, address, sizeof(address)) == 0)
			break;
	if (caller == NULL)
	{
		caller = must_alloc(sizeof(*caller));
		memcpy(caller->address, address, sizeof(address));
		caller->next = *bucket;
		*bucket = caller;
	}
	atomic_fetch_add(&caller->connections, 1);
	pthread_mutex_unlock(&lock);
	return caller;
}

void
caller_leave(Caller *caller)
{
	pthread_mutex_lock(&lock);
	if (atomic_fetch_sub(&caller->connections, 1) == 1)
	{
		Caller **link = bucket_of(caller->address);

		while (*link != caller)
			link = &(*link)->next;
		*link = caller->next;
		free(caller);
	}
	pthread_mutex_unlock(&lock);
}

int
caller_connections(const Caller *caller)
{
	return atomic_load(&caller->connections);
}
