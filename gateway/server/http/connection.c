/*
 * connection.c
 *		One client's connection: what it reads next, and what it answers.
 *
 * A request that is not understood for certain ends its connection: where the
 * next one begins is then a matter of opinion. The end is a gentle one. Were the
 * socket closed while the client still sends, the answer would be lost on its way.
 */
#include "http/connection.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "answers/answers.h"
#include "http/head.h"
#include "http/respond.h"
#include "lib/clock.h"
#include "lib/memory.h"
#include "metrics.h"
#include "routes/dispatch.h"
#include "stopping.h"

/* What is read of a connection that may turn out to be the next request's. */
#define READ_AHEAD (16 * 1024)
/* Bodies that are sent in one piece with the head: one packet, and one record of TLS. */
#define SMALL_BODY 4096
/* Steps before others have their turn. */
#define MAX_STEPS 64

typedef enum Step
{
	STEP_ON,
	STEP_WAIT, /* for the client, or for another thread */
	STEP_CLOSE,
} Step;

static size_t
unused(const Worker *w)
{
	return w->end - w->begin;
}

/* Takes what was kept of the connection into the worker's buffer. */
static void
unpack(Connection *c)
{
	Worker *w = c->worker;

	w->begin = 0;
	w->end = c->kept_len;
	if (c->kept != NULL)
		memcpy(w->buffer, c->kept, c->kept_len);
	free(c->kept);
	c->kept = NULL;
	c->kept_len = 0;
}

static void
pack(Connection *c)
{
	Worker *w = c->worker;

	if (unused(w) == 0)
		return;
	c->kept = must_copy(w->buffer + w->begin, unused(w));
	c->kept_len = unused(w);
}

/* More from the client, until `most` bytes are there. */
static Step
read_more(Connection *c, size_t most)
{
	Worker *w = c->worker;
	size_t room;
	ssize_t n;

	if (!c->readable)
		return STEP_WAIT;
	if (w->begin > 0)
	{
		memmove(w->buffer, w->buffer + w->begin, unused(w));
		w->end -= w->begin;
		w->begin = 0;
	}
	assert(w->end < most && most <= sizeof(w->buffer));
	room = most - w->end;
	n = channel_read(&c->channel, w->buffer + w->end, room);
	if (n == CHANNEL_END)
		return STEP_CLOSE;
	if (n == CHANNEL_WAIT)
	{
		c->readable = false;
		return STEP_WAIT;
	}
	w->end += (size_t) n;
	/* That was all there is: who asks the kernel again is told so. */
	if (c->channel.ssl == NULL && (size_t) n < room && !c->hung_up)
		c->readable = false;
	return STEP_ON;
}

static Step
answer(Connection *c)
{
	size_t body_len;
	const char *body = respond_body(c->request, &body_len);

	c->state = CONNECTION_ANSWER;
	c->head = c->worker->spare;
	c->worker->spare = (Text){ 0 };
	c->head.len = 0;
	c->head_sent = 0;
	c->body_sent = 0;
	if (stopping())
		c->last = true;
	respond_head(&c->head, c->request, worker_date(c->worker), c->last);
	if (body_len <= SMALL_BODY)
	{
		text_add(&c->head, body, body_len);
		c->body_sent = body_len;
	}
	return STEP_ON;
}

/* Where the request ends is not known. */
static Step
answer_wrong(Connection *c, ProblemCode code, const char *why)
{
	metrics_protocol_error();
	answer_problem(c->request, code, "%s", why);
	c->last = true;
	return answer(c);
}

/* The request has come in whole. */
static Step
complete(Connection *c)
{
	/* From here on, if it is handed over, the connection may come back at any moment. */
	c->state = CONNECTION_AWAY;
	return dispatch_carry_out(c->request) ? answer(c) : STEP_WAIT;
}

/* Tells a client to send the body, if it waits for that. */
static bool
invite(Connection *c, const Head *head)
{
	static const char invitation[] = "HTTP/1.1 100 Continue\r\n\r\n";
	const struct iovec part = { (void *) invitation, sizeof(invitation) - 1 };

	if (!head->expects || unused(c->worker) > 0 || !(head->chunked || head->length > 0))
		return true;
	/* Whoever has left no room for as little as that takes no answers. */
	return channel_write(&c->channel, &part, 1) == (ssize_t) part.iov_len;
}

static Step
begin_request(Connection *c, const Head *head, const char *data)
{
	c->last = !head->keep_alive;
	c->chunked = head->chunked;
	c->chunks = (Chunked){ 0 };
	c->left = head->length;
	c->request = dispatch_begin(&c->origin, head, data);
	if (dispatch_refuses_body(c->request))
	{
		c->last = true;
		return answer(c);
	}
	c->state = CONNECTION_BODY;
	return invite(c, head) ? STEP_ON : STEP_CLOSE;
}

/* Whether there is more to a head than when it was looked at last. A line's end at least: nobody has it read again for each byte. */
static bool
has_news(const Connection *c, const char *data, size_t len)
{
	return len > 0 && (c->seen == 0 || len > MAX_HEAD_BYTES ||
					   memchr(data + c->seen, '\n', len - c->seen) != NULL);
}

static Step
read_head(Connection *c)
{
	Worker *w = c->worker;
	const char *data = w->buffer + w->begin;
	HeadResult result = HEAD_MORE;
	Head head;

	if (has_news(c, data, unused(w)))
		result = head_read(&head, data, unused(w));
	if (result == HEAD_MORE)
	{
		c->seen = unused(w);
		return read_more(c, READ_AHEAD);
	}
	c->seen = 0;
	worker_wait(c, WAIT_NOTHING);
	if (result == HEAD_WRONG)
	{
		c->request = request_new(&c->origin, "", "");
		return answer_wrong(c, head.code, head.why);
	}
	w->begin += head.len;
	return begin_request(c, &head, data);
}

/* Closes somebody else whose body does not come, and who holds memory for it. False if there is nobody. */
static bool
free_memory(const Connection *needy)
{
	Worker *w = needy->worker;
	Connection *c;

	TAILQ_FOREACH(c, &w->waiting[WAIT_BODY], waiting)
	{
		if (w->now - c->since < WAIT_GRACE)
			break;
		if (c == needy || c->request->body.len == 0)
			continue;
		metrics_reaped();
		connection_close(c);
		return true;
	}
	return false;
}

static void
keep_body(Connection *c, const char *data, size_t len)
{
	Request *request = c->request;

	request->received += len;
	if (!dispatch_keeps_body(request, len))
		return;
	while (!request_keep_body(request, data, len))
		if (!free_memory(c))
		{
			answer_problem(request, PROBLEM_OVERLOADED,
						   "too many bodies are being sent; nothing happened");
			break;
		}
}

/* Hands on what has come of the body. */
static void
take_body(Connection *c)
{
	Worker *w = c->worker;

	while (unused(w) > 0)
	{
		const char *data = w->buffer + w->begin;
		size_t piece = unused(w) < c->left ? unused(w) : (size_t) c->left;
		size_t used = piece;

		if (c->chunked)
			used = chunked_read(&c->chunks, data, unused(w), &piece);
		else
			c->left -= piece;
		if (used == 0)
			break;
		keep_body(c, data + used - piece, piece);
		w->begin += used;
	}
}

static Step
read_body(Connection *c)
{
	take_body(c);
	if (c->chunked && c->chunks.state == CHUNKED_WRONG)
		return answer_wrong(c, PROBLEM_MALFORMED, c->chunks.why);
	if (c->chunked ? c->chunks.state == CHUNKED_WHOLE : c->left == 0)
		return complete(c);
	/* A body that is too large is read to the end for politeness, but not for ever. */
	if (c->request->received > MAX_DISCARDED)
	{
		c->last = true;
		return answer(c);
	}
	/* Of a body whose length is known no byte more is read than it has. */
	return read_more(c, c->chunked              ? READ_AHEAD :
						c->left < WORKER_BUFFER ? (size_t) c->left :
												  WORKER_BUFFER);
}

static Step
finish_answer(Connection *c)
{
	Worker *w = c->worker;

	text_free(&w->spare);
	w->spare = c->head;
	c->head = (Text){ 0 };
	dispatch_end(c->request, false);
	c->request = NULL;
	c->known = true;
	c->state = CONNECTION_HEAD;
	if (c->last)
	{
		c->state = CONNECTION_LINGER;
		c->readable = true;
		channel_finish(&c->channel);
	}
	worker_wait(c, WAIT_NOTHING);
	return STEP_ON;
}

static Step
send_answer(Connection *c)
{
	size_t body_len;
	const char *body = respond_body(c->request, &body_len);
	struct iovec part[2] = { { c->head.data + c->head_sent, c->head.len - c->head_sent },
							 { (void *) (body + c->body_sent), body_len - c->body_sent } };
	int first = part[0].iov_len == 0;
	ssize_t n;

	if (part[0].iov_len + part[1].iov_len == 0)
		return finish_answer(c);
	n = channel_write(&c->channel, part + first, part[1].iov_len > 0 ? 2 - first : 1);
	if (n == CHANNEL_END)
		return STEP_CLOSE;
	if (n == CHANNEL_WAIT)
		return STEP_WAIT;
	c->head_sent += (size_t) n < part[0].iov_len ? (size_t) n : part[0].iov_len;
	c->body_sent += (size_t) n < part[0].iov_len ? 0 : (size_t) n - part[0].iov_len;
	return STEP_ON;
}

/* Until the client has closed its side too: then it has read what was said. */
static Step
linger(Connection *c)
{
	Worker *w = c->worker;
	ssize_t n;

	w->begin = w->end = 0;
	n = channel_discard(&c->channel, w->buffer, sizeof(w->buffer));
	if (n == CHANNEL_WAIT)
		return STEP_WAIT;
	c->discarded += n == CHANNEL_END ? 0 : (size_t) n;
	return n == CHANNEL_END || c->discarded > MAX_DISCARDED ? STEP_CLOSE : STEP_ON;
}

static Step
step(Connection *c)
{
	switch (c->state)
	{
		case CONNECTION_HEAD:
			return read_head(c);
		case CONNECTION_BODY:
			return read_body(c);
		case CONNECTION_ANSWER:
			return send_answer(c);
		case CONNECTION_LINGER:
			return linger(c);
		case CONNECTION_NEW:
		case CONNECTION_AWAY:
		case CONNECTION_CLOSED:
			break;
	}
	return STEP_WAIT;
}

/* What the client is waited for. Waiting for the same goes on: a byte now and then gains no time. */
static Wait
wait_of(const Connection *c)
{
	switch (c->state)
	{
		case CONNECTION_HEAD:
			return c->known && c->kept_len == 0 ? WAIT_IDLE : WAIT_HEAD;
		case CONNECTION_BODY:
			return WAIT_BODY;
		case CONNECTION_ANSWER:
			return WAIT_ANSWER;
		case CONNECTION_LINGER:
			return WAIT_LINGER;
		case CONNECTION_NEW:
		case CONNECTION_AWAY:
		case CONNECTION_CLOSED:
			break;
	}
	return WAIT_NOTHING;
}

void
connection_run(Connection *c)
{
	Step next = STEP_ON;

	unpack(c);
	for (int i = 0; i < MAX_STEPS && next == STEP_ON; i++)
		next = step(c);
	if (next == STEP_CLOSE)
	{
		connection_close(c);
		return;
	}
	pack(c);
	if (next == STEP_ON)
		worker_again(c);
	worker_wait(c, wait_of(c));
}

void
connection_start(Connection *c)
{
	c->state = CONNECTION_HEAD;
	c->readable = true;
	worker_wait(c, WAIT_HEAD);
}

void
connection_refuse(Connection *c)
{
	c->request = request_new(&c->origin, "", "");
	answer_problem(c->request, PROBLEM_OVERLOADED,
				   "there are too many connections; nothing happened");
	c->last = true;
	(void) answer(c);
	worker_wait(c, WAIT_ANSWER);
}

void
connection_resumed(Connection *c)
{
	(void) answer(c);
	connection_run(c);
}

void
connection_close(Connection *c)
{
	assert(c->state != CONNECTION_AWAY && c->state != CONNECTION_CLOSED);
	if (c->request != NULL)
		dispatch_end(c->request, c->state == CONNECTION_BODY);
	c->request = NULL;
	c->state = CONNECTION_CLOSED;
	channel_close(&c->channel);
	worker_forget(c);
}

void
connection_free(Connection *c)
{
	text_free(&c->head);
	free(c->kept);
	free(c);
}
