/*
 * channel.h
 *		Bytes from and to a client, plain or by TLS.
 */
#ifndef GATEWAY_CHANNEL_H
#define GATEWAY_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

typedef struct Channel
{
	int fd;
	struct ssl_st *ssl; /* NULL for plain ones */
} Channel;

/* What reading and writing return besides a number of bytes. */
#define CHANNEL_WAIT (-1) /* not now */
#define CHANNEL_END  0    /* the client sends no more, or is gone */

/* Reads the certificate, if there is one to be used. Ends the process if it cannot be. */
extern void channel_start(void);
extern void channel_stop(void);

extern void channel_open(Channel *channel, int fd);
extern ssize_t channel_read(Channel *channel, char *data, size_t len);
extern ssize_t channel_write(Channel *channel, const struct iovec *part, int nparts);
/* We send no more. */
extern void channel_finish(Channel *channel);
/* Throws away what came; as reading. */
extern ssize_t channel_discard(Channel *channel, char *data, size_t len);
extern void channel_close(Channel *channel);

#endif
