/*
 * certificate.h
 *		The certificate and key that TLS is spoken with.
 */
#ifndef GATEWAY_CERTIFICATE_H
#define GATEWAY_CERTIFICATE_H

struct ssl_ctx_st;

/* Gives them to TLS. Ends the process, saying why, if they are no such pair. */
extern void certificate_use(struct ssl_ctx_st *context);

#endif
