/*
 * transfer.h
 *		Messages on their way: libcurl does the talking, many at a time.
 */
#ifndef COURIER_TRANSFER_H
#define COURIER_TRANSFER_H

#include "options.h"
#include "outbox.h"

/* Told once for each message started; the message is the receiver's. */
typedef void (*TransferEnd) (Message *message, Outcome outcome, long code, const char *detail);

void		transfer_open(const Options *options, TransferEnd end);
void		transfer_close(void);

/* Sends a message; the end may be told at once. */
void		transfer_start(Message *message);

/* Works for at most so many milliseconds; returns how many are still on their way. */
int			transfer_work(int milliseconds);

#endif
