/*
 * outbox.h
 *		The outbox in the database: take messages, say how it went.
 */
#ifndef COURIER_OUTBOX_H
#define COURIER_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_MAX 64

typedef enum Channel
{
	CHANNEL_EMAIL,   /* a mail to the address */
	CHANNEL_WEBHOOK, /* a signed POST to the address */
	CHANNEL_SLACK    /* a POST to the address, which is the secret */
} Channel;

/* How an attempt ended; what each means stands at quotakit.courier_done. */
typedef enum Outcome
{
	OUTCOME_SENT,   /* the other side has accepted it */
	OUTCOME_RETRY,  /* it has not; later perhaps */
	OUTCOME_UNSURE, /* all was sent, and no answer came */
	OUTCOME_DEAD,   /* it never will */
	OUTCOME_GONE    /* the endpoint says that it is no more */
} Outcome;

typedef struct Message
{
	int32_t account_id;
	int64_t notification_id;
	int32_t attempt; /* from 1 */
	Channel channel;
	char *address; /* e-mail address or URL */
	char *subject;
	char *body_text;
	char *body_html;  /* NULL but for a mail */
	char *message_id; /* the same at every attempt */
	int64_t created;  /* seconds since 1970 */
	bool uncertain;   /* it may have been delivered before */
	size_t secret_len;
	unsigned char secret[SECRET_MAX];
	size_t previous_len; /* 0: only one secret signs */
	unsigned char previous[SECRET_MAX];
} Message;

extern void outbox_open(const char *conninfo);
extern void outbox_close(void);

/* Up to so many messages; fewer, or none, when the database cannot be reached. */
extern int outbox_take(Message **messages, int most, int lease_seconds);

/* Tells the outcome. False when the database could not be reached: try again. */
extern bool outbox_done(const Message *message, Outcome outcome, long code, const char *detail);

extern void message_free(Message *message);

#endif
