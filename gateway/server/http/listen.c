/*
 * listen.c
 *		The socket that clients come in by, and its certificate.
 */
#include "listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "log.h"
#include "options.h"
#include "text.h"

__attribute__((noreturn, format(printf, 1, 2)))
static void
fail(const char *fmt,...)
{
	char		message[512];
	va_list		args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	log_message(LOG_ERROR, "%s", message);
	exit(1);
}

int
listen_socket(void)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *found;
	struct sockaddr_storage bound;
	socklen_t	len = sizeof(bound);
	char	   *address = must_copy(options.listen, strlen(options.listen));
	char	   *host = address;
	char	   *port = strrchr(address, ':');
	char		name[128];
	char		service[16];
	int			on = 1;
	/* Of an answer that is not taken the kernel keeps no more than that, and what is on its way. */
	int			unsent = 64 * 1024;
	int			error;
	int			fd;

	if (port == NULL)
		fail("could not listen at \"%s\": there is no port", options.listen);
	*port++ = '\0';
	if (*host == '[' && port - host >= 3 && port[-2] == ']')
	{
		host++;
		port[-2] = '\0';
	}
	error = getaddrinfo(*host ? host : NULL, port, &hints, &found);
	if (error != 0)
		fail("could not listen at \"%s\": %s", options.listen, gai_strerror(error));
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
		setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent)) != 0 ||
		bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, 4096) != 0 ||
		getsockname(fd, (struct sockaddr *) &bound, &len) != 0 ||
		getnameinfo((struct sockaddr *) &bound, len, name, sizeof(name), service, sizeof(service),
					NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		fail("could not listen at \"%s\": %s", options.listen, strerror(errno));
	freeaddrinfo(found);
	free(address);
	log_message(LOG_NOTICE, strchr(name, ':') ? "listening at [%s]:%s" : "listening at %s:%s", name, service);
	return fd;
}

void
listen_descriptors(void)
{
	/* Connections to the database, what the threads wait with, files, and some to spare. */
	const int	others = 2 * options.lanes + options.readers + options.dashboard_connections + 2 * options.threads + 64;
	const rlim_t needed = (rlim_t) (options.connections + others);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
		return;
	/* Where there is nothing to be had, asking for it may be forbidden. */
	if (limit.rlim_cur < limit.rlim_max)
	{
		limit.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			(void) getrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur >= needed)
		return;
	if (limit.rlim_cur < (rlim_t) others + 2)
		fail("%llu open files are not enough: raise the limit (ulimit -Hn, LimitNOFILE) to %llu",
			 (unsigned long long) limit.rlim_cur, (unsigned long long) needed);
	log_message(LOG_WARNING, "at most %llu connections instead of %d: raise the limit of open files (ulimit -Hn, LimitNOFILE) from %llu to %llu",
				(unsigned long long) limit.rlim_cur - (unsigned long long) others, options.connections,
				(unsigned long long) limit.rlim_cur, (unsigned long long) needed);
	options.connections = (int) limit.rlim_cur - others;
}

/* A file, of which a little more than 1 MiB is read at most. */
static char *
read_pem(const char *path)
{
	FILE	   *f = fopen(path, "r");
	Text		t = {0};
	char		part[4096];
	size_t		n;

	if (f == NULL)
		fail("could not open \"%s\": %s", path, strerror(errno));
	text_add_literal(&t, "");
	while ((n = fread(part, 1, sizeof(part), f)) > 0 && t.len < 1024 * 1024)
		text_add(&t, part, n);
	if (ferror(f))
		fail("could not read \"%s\": %s", path, strerror(errno));
	fclose(f);
	return t.data;
}

/* Nobody is asked for one. */
static int
no_password(char *buffer, int size, int writing, void *cls)
{
	(void) buffer;
	(void) size;
	(void) writing;
	(void) cls;
	return -1;
}

static const char *
reason(void)
{
	const char *said = ERR_reason_error_string(ERR_peek_last_error());

	return said ? said : "unknown error";
}

/* The server's own certificate comes first, then those between it and the root. */
static void
use_certificates(SSL_CTX *context, BIO *bio)
{
	X509	   *certificate = PEM_read_bio_X509(bio, NULL, no_password, NULL);

	if (certificate == NULL)
		fail("there is no certificate in \"%s\"", options.tls_certificate);
	if (SSL_CTX_use_certificate(context, certificate) != 1)
		fail("the certificate in \"%s\" cannot be used: %s", options.tls_certificate, reason());
	X509_free(certificate);
	while ((certificate = PEM_read_bio_X509(bio, NULL, no_password, NULL)) != NULL)
		if (SSL_CTX_add_extra_chain_cert(context, certificate) != 1)
			fail("a certificate in \"%s\" cannot be used: %s", options.tls_certificate, reason());
	ERR_clear_error();
}

static void
use_key(SSL_CTX *context, BIO *bio)
{
	EVP_PKEY   *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);

	if (key == NULL)
		fail("there is no private key in \"%s\", or it has a password", options.tls_key);
	if (X509_check_private_key(SSL_CTX_get0_certificate(context), key) != 1 || SSL_CTX_use_PrivateKey(context, key) != 1)
		fail("the key in \"%s\" is not that of the certificate in \"%s\"", options.tls_key, options.tls_certificate);
	EVP_PKEY_free(key);
}

void
listen_certificate(SSL_CTX *context)
{
	char	   *pem[2] = {read_pem(options.tls_certificate), read_pem(options.tls_key)};
	BIO		   *bio[2];

	for (int i = 0; i < 2; i++)
		if ((bio[i] = BIO_new_mem_buf(pem[i], -1)) == NULL)
			fail("out of memory");
	use_certificates(context, bio[0]);
	use_key(context, bio[1]);
	for (int i = 0; i < 2; i++)
	{
		BIO_free(bio[i]);
		OPENSSL_cleanse(pem[i], strlen(pem[i]));
		free(pem[i]);
	}
}
