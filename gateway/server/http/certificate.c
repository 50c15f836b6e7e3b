/*
 * certificate.c
 *		The certificate and key that TLS is spoken with.
 */
#include "http/certificate.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/text.h"
#include "settings.h"

/* A file, of which a little more than 1 MiB is read at most. */
static char *
read_pem(const char *path)
{
	FILE *f = fopen(path, "r");
	Text t = { 0 };
	char part[4096];
	size_t n;

	if (f == NULL)
		log_fatal("could not open \"%s\": %s", path, strerror(errno));
	text_add_literal(&t, "");
	while ((n = fread(part, 1, sizeof(part), f)) > 0 && t.len < 1024 * 1024)
		text_add(&t, part, n);
	if (ferror(f))
		log_fatal("could not read \"%s\": %s", path, strerror(errno));
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
	X509 *certificate = PEM_read_bio_X509(bio, NULL, no_password, NULL);

	if (certificate == NULL)
		log_fatal("there is no certificate in \"%s\"", settings.tls_certificate);
	if (SSL_CTX_use_certificate(context, certificate) != 1)
		log_fatal("the certificate in \"%s\" cannot be used: %s", settings.tls_certificate,
				  reason());
	X509_free(certificate);
	while ((certificate = PEM_read_bio_X509(bio, NULL, no_password, NULL)) != NULL)
		if (SSL_CTX_add_extra_chain_cert(context, certificate) != 1)
			log_fatal("a certificate in \"%s\" cannot be used: %s", settings.tls_certificate,
					  reason());
	ERR_clear_error();
}

static void
use_key(SSL_CTX *context, BIO *bio)
{
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);

	if (key == NULL)
		log_fatal("there is no private key in \"%s\", or it has a password", settings.tls_key);
	if (X509_check_private_key(SSL_CTX_get0_certificate(context), key) != 1 ||
		SSL_CTX_use_PrivateKey(context, key) != 1)
		log_fatal("the key in \"%s\" is not that of the certificate in \"%s\"", settings.tls_key,
				  settings.tls_certificate);
	EVP_PKEY_free(key);
}

void
certificate_use(SSL_CTX *context)
{
	char *pem[2] = { read_pem(settings.tls_certificate), read_pem(settings.tls_key) };
	BIO *bio[2];

	for (int i = 0; i < 2; i++)
		if ((bio[i] = BIO_new_mem_buf(pem[i], -1)) == NULL)
			log_fatal("out of memory");
	use_certificates(context, bio[0]);
	use_key(context, bio[1]);
	for (int i = 0; i < 2; i++)
	{
		BIO_free(bio[i]);
		OPENSSL_cleanse(pem[i], strlen(pem[i]));
		free(pem[i]);
	}
}
