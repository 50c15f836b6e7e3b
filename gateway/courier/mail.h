/*
 * mail.h
 *		A message as RFC 5322 and MIME want it.
 */
#ifndef COURIER_MAIL_H
#define COURIER_MAIL_H

#include <stdbool.h>

#include "courier/outbox.h"
#include "lib/text.h"

typedef struct Sender
{
	const char *address; /* of the From header and the envelope */
	const char *name;    /* shown beside it; NULL for none */
} Sender;

/* Whether a text can stand in a header: UTF-8, no control character. */
extern bool header_ok(const char *text);

/* Whether a text can stand in an envelope and in a header as one address. */
extern bool address_ok(const char *address);

/* The whole mail, lines ending in CRLF. The addresses and the subject are ok. */
extern void mail_write(Text *mail, const Message *message, const Sender *sender);

#endif
