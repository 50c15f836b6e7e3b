/*
 * listen.c
 *		The socket that clients come in by, and its certificate.
 */
#include "listen.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

void
listen_certificate(char *pem[2])
{
	BIO		   *bio[2];
	X509	   *certificate;
	EVP_PKEY   *key;

	pem[0] = read_pem(options.tls_certificate);
	pem[1] = read_pem(options.tls_key);
	for (int i = 0; i < 2; i++)
		if ((bio[i] = BIO_new_mem_buf(pem[i], -1)) == NULL)
			fail("out of memory");
	certificate = PEM_read_bio_X509(bio[0], NULL, no_password, NULL);
	if (certificate == NULL)
		fail("there is no certificate in \"%s\"", options.tls_certificate);
	key = PEM_read_bio_PrivateKey(bio[1], NULL, no_password, NULL);
	if (key == NULL)
		fail("there is no private key in \"%s\", or it has a password", options.tls_key);
	if (X509_check_private_key(certificate, key) != 1)
		fail("the key in \"%s\" is not that of the certificate in \"%s\"", options.tls_key, options.tls_certificate);
	EVP_PKEY_free(key);
	X509_free(certificate);
	for (int i = 0; i < 2; i++)
		BIO_free(bio[i]);
}
