/*
 * channel.c
 *		Bytes from and to a client, plain or by TLS.
 */
#include "http/channel.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/certificate.h"
#include "settings.h"

static SSL_CTX *context;

/* Whoever names protocols by ALPN is told that HTTP/1.1 is what is spoken here. */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
				const unsigned char *in, unsigned int in_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	(void) ssl;
	(void) arg;
	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, in, in_len) !=
		OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

void
channel_start(void)
{
	if (!*settings.tls_certificate)
		return;
	context = SSL_CTX_new(TLS_server_method());
	if (context == NULL)
		abort();
	certificate_use(context);
	/* Older ones are to be used no more (RFC 8996). */
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
									 SSL_OP_NO_COMPRESSION);
	/* An idle connection keeps no buffers. */
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
								  SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
}

void
channel_stop(void)
{
	SSL_CTX_free(context);
}

void
channel_open(Channel *channel, int fd)
{
	channel->fd = fd;
	if (context == NULL)
		return;
	channel->ssl = SSL_new(context);
	if (channel->ssl == NULL || SSL_set_fd(channel->ssl, fd) != 1)
		abort();
	/* The first reading shakes hands. */
	SSL_set_accept_state(channel->ssl);
}

static ssize_t
plain_result(ssize_t n)
{
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? CHANNEL_WAIT : CHANNEL_END;
}

static ssize_t
tls_result(Channel *channel, int n)
{
	int error;

	if (n > 0)
		return n;
	error = SSL_get_error(channel->ssl, n);
	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? CHANNEL_WAIT :
																		   CHANNEL_END;
}

ssize_t
channel_read(Channel *channel, char *data, size_t len)
{
	if (channel->ssl == NULL)
		return plain_result(recv(channel->fd, data, len, 0));
	ERR_clear_error();
	return tls_result(channel, SSL_read(channel->ssl, data, len < INT_MAX ? (int) len : INT_MAX));
}

ssize_t
channel_write(Channel *channel, const struct iovec *part, int nparts)
{
	const struct msghdr message = { .msg_iov = (struct iovec *) part,
									.msg_iovlen = (size_t) nparts };

	if (channel->ssl == NULL)
		return plain_result(nparts == 1 ?
								send(channel->fd, part->iov_base, part->iov_len, MSG_NOSIGNAL) :
								sendmsg(channel->fd, &message, MSG_NOSIGNAL));
	ERR_clear_error();
	return tls_result(channel, SSL_write(channel->ssl, part->iov_base,
										 part->iov_len < INT_MAX ? (int) part->iov_len : INT_MAX));
}

void
channel_finish(Channel *channel)
{
	if (channel->ssl != NULL)
	{
		ERR_clear_error();
		(void) SSL_shutdown(channel->ssl);
	}
	(void) shutdown(channel->fd, SHUT_WR);
}

ssize_t
channel_discard(Channel *channel, char *data, size_t len)
{
	return plain_result(recv(channel->fd, data, len, 0));
}

void
channel_close(Channel *channel)
{
	SSL_free(channel->ssl);
	close(channel->fd);
}
