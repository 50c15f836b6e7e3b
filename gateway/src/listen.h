/*
 * listen.h
 *		The socket that clients come in by, and its certificate.
 */
#ifndef GATEWAY_LISTEN_H
#define GATEWAY_LISTEN_H

/* A socket that listens at options.listen. Port 0: any; the log says which. Ends the process if it cannot. */
extern int	listen_socket(void);
/*
 * The certificate and its key, as PEM, each to be freed. Ends the process if they are no such
 * pair: libmicrohttpd would not say what is wrong with them.
 */
extern void listen_certificate(char *pem[2]);

#endif
