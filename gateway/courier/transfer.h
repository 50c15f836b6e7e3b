/*
 * transfer.h
 *		Messages on their way: libcurl does the talking, many at a time.
 */
#ifndef COURIER_TRANSFER_H
#define COURIER_TRANSFER_H

#include "courier/outbox.h"

/* Told once for each message started; the message is the receiver's. */
typedef void (*TransferEnd)(Message *message, Outcome outcome, long code, const char *detail);

extern void transfer_open(TransferEnd end);
extern void transfer_close(void);

/* Sends a message; the end may be told at once. */
extern void transfer_start(Message *message);

/* Works for at most so many milliseconds; returns how many are still on their way. */
extern int transfer_work(int milliseconds);

#endif
