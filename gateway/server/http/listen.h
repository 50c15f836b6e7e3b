/*
 * listen.h
 *		The socket that clients come in by.
 */
#ifndef GATEWAY_LISTEN_H
#define GATEWAY_LISTEN_H

/* A socket that listens, as the settings say. Port 0: any; the log says which. Ends the process if it cannot. */
extern int listen_socket(void);
/* Sees to it that there are descriptors for all connections, or that there are no more of those. */
extern void listen_descriptors(void);

#endif
