/*
 * queue.h
 *		Requests in a row, linked by their `next`.
 */
#ifndef GATEWAY_QUEUE_H
#define GATEWAY_QUEUE_H

#include "request.h"

typedef struct Queue
{
	Request *head;
	Request **tail;
} Queue;

static inline void
queue_start(Queue *queue)
{
	queue->head = NULL;
	queue->tail = &queue->head;
}

static inline void
queue_add(Queue *queue, Request *request)
{
	request->next = NULL;
	*queue->tail = request;
	queue->tail = &request->next;
}

static inline Request *
queue_take(Queue *queue)
{
	Request *request = queue->head;

	queue->head = request->next;
	if (queue->head == NULL)
		queue->tail = &queue->head;
	request->next = NULL;
	return request;
}

/* All of `from`, behind what `to` has. */
static inline void
queue_move(Queue *to, Queue *from)
{
	if (from->head == NULL)
		return;
	*to->tail = from->head;
	to->tail = from->tail;
	queue_start(from);
}

#endif
