/*
 * listen.h
 *		The socket that clients come in by, and its certificate.
 */
#ifndef GATEWAY_LISTEN_H
#define GATEWAY_LISTEN_H

struct ssl_ctx_st;

/* A socket that listens at options.listen. Port 0: any; the log says which. Ends the process if it cannot. */
extern int	listen_socket(void);
/* Sees to it that there are descriptors for all connections, or that there are no more of those. */
extern void listen_descriptors(void);
/* Gives TLS its certificate and key. Ends the process, saying why, if they are no such pair. */
extern void listen_certificate(struct ssl_ctx_st *context);

#endif
