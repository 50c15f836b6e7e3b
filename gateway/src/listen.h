/*
 * listen.h
 *		The socket that clients come in by, and its certificate.
 */
#ifndef GATEWAY_LISTEN_H
#define GATEWAY_LISTEN_H

/* A socket that listens at options.listen. Port 0: any; the log says which. Ends the process if it cannot. */
extern int	listen_socket(void);
/* A file of at most 1 MiB, to be freed; ends the process if it cannot be read. */
extern char *listen_pem(const char *path);

#endif
