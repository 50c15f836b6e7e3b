/*
 * webhook.h
 *		The headers of a webhook, signed as Standard Webhooks asks, and where one may go.
 */
#ifndef COURIER_WEBHOOK_H
#define COURIER_WEBHOOK_H

#include "outbox.h"
#include "text.h"

#include <sys/socket.h>

/* "v1,<signature>", and a second one as long as the secret before is valid. */
void		webhook_signature(Text *header, const Message *message, int64_t now);

/* Whether an address is one of the public internet. */
bool		address_is_public(const struct sockaddr *address);

#endif
