/*
 * transfer.c
 *		Messages on their way: libcurl does the talking, many at a time.
 */
#include "courier/transfer.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "courier/mail.h"
#include "courier/settings.h"
#include "courier/webhook.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/text.h"

/* What an endpoint answers is not wanted; more of it ends the transfer. */
#define ANSWER_MAX 65536
/* Left of the lease when a transfer is given up, seconds. */
#define LEASE_MARGIN 5

typedef struct Transfer
{
	Message *message;
	CURL *curl;
	struct curl_slist *list; /* headers, or the one recipient */
	Text mail;               /* what is sent by mail */
	size_t sent;             /* bytes of it that libcurl has taken */
	size_t answered;         /* bytes of the answer */
	bool refused;            /* the target is not public */
	char error[CURL_ERROR_SIZE];
} Transfer;

static TransferEnd tell;
static CURLM *multi;
static int under_way;

void
transfer_open(TransferEnd end)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (multi = curl_multi_init()) == NULL)
		log_fatal("libcurl does not start");
	tell = end;
}

void
transfer_close(void)
{
	assert(under_way == 0);
	curl_multi_cleanup(multi);
	curl_global_cleanup();
}

static size_t
read_mail(char *into, size_t size, size_t count, void *arg)
{
	Transfer *t = arg;
	size_t n = size * count;

	assert(t->sent <= t->mail.len);
	if (n > t->mail.len - t->sent)
		n = t->mail.len - t->sent;
	memcpy(into, t->mail.data + t->sent, n);
	t->sent += n;
	return n;
}

static size_t
read_answer(char *bytes, size_t size, size_t count, void *arg)
{
	Transfer *t = arg;

	(void) bytes;
	t->answered += size * count;
	return t->answered > ANSWER_MAX ? 0 : size * count;
}

/*
 * Every connection is made here, to the very address that was resolved: a name
 * that turns into a private address the second time gains nothing.
 */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	Transfer *t = arg;

	(void) purpose;
	if (!settings.allow_private_targets && !address_is_public(&address->addr))
	{
		t->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void
add(Transfer *t, const char *line)
{
	struct curl_slist *list = curl_slist_append(t->list, line);

	if (list == NULL)
		log_fatal("out of memory");
	t->list = list;
}

/* An option that libcurl does not take would be a hole: that ends the program. */
#define SET(t, option, value) \
	do \
	{ \
		if (curl_easy_setopt((t)->curl, (option), (value)) != CURLE_OK) \
			log_fatal("libcurl does not take %s", #option); \
	} while (0)

static void
set_mail(Transfer *t)
{
	Text line = { 0 };

	mail_write(&t->mail, t->message, &(Sender){ settings.from, settings.from_name });
	text_format(&line, "<%s>", settings.from);
	SET(t, CURLOPT_MAIL_FROM, line.data);
	text_free(&line);
	text_format(&line, "<%s>", t->message->address);
	add(t, line.data);
	text_free(&line);
	SET(t, CURLOPT_URL, settings.smtp);
	SET(t, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	SET(t, CURLOPT_MAIL_RCPT, t->list);
	SET(t, CURLOPT_UPLOAD, 1L);
	SET(t, CURLOPT_READFUNCTION, read_mail);
	SET(t, CURLOPT_READDATA, t);
	SET(t, CURLOPT_INFILESIZE_LARGE, (curl_off_t) t->mail.len);
	SET(t, CURLOPT_USE_SSL, settings.smtp_plain ? (long) CURLUSESSL_NONE : (long) CURLUSESSL_ALL);
	if (*settings.smtp_user)
	{
		SET(t, CURLOPT_USERNAME, settings.smtp_user);
		SET(t, CURLOPT_PASSWORD, settings.smtp_password);
	}
}

static void
set_post(Transfer *t)
{
	const Message *m = t->message;
	Text line = { 0 };

	add(t, "Content-Type: application/json");
	add(t, "Expect:");
	if (m->channel == CHANNEL_WEBHOOK)
	{
		int64_t now = (int64_t) time(NULL);
		Text signature = { 0 };

		text_format(&line, "webhook-id: %s", m->message_id);
		add(t, line.data);
		text_free(&line);
		text_format(&line, "webhook-timestamp: %lld", (long long) now);
		add(t, line.data);
		text_free(&line);
		webhook_signature(&signature, m, now);
		text_format(&line, "webhook-signature: %s", signature.data);
		add(t, line.data);
		text_free(&line);
		text_free(&signature);
		if (m->uncertain)
			add(t, "quotakit-uncertain: yes");
	}
	SET(t, CURLOPT_URL, m->address);
	SET(t, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(t, CURLOPT_HTTPHEADER, t->list);
	SET(t, CURLOPT_POST, 1L);
	SET(t, CURLOPT_POSTFIELDS, m->body_text);
	SET(t, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) strlen(m->body_text));
	SET(t, CURLOPT_FOLLOWLOCATION, 0L);
	SET(t, CURLOPT_USERAGENT, "QuotaKit");
	SET(t, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(t, CURLOPT_OPENSOCKETDATA, t);
	/* A connection that is kept was checked for another message, not for this one. */
	SET(t, CURLOPT_FORBID_REUSE, 1L);
	SET(t, CURLOPT_FRESH_CONNECT, 1L);
}

/* Why a message cannot even be tried; NULL when it can. */
static const char *
hopeless(const Message *m, Outcome *outcome)
{
	*outcome = OUTCOME_DEAD;
	if (m->channel == CHANNEL_EMAIL)
	{
		if (!address_ok(m->address))
			return "the address cannot stand in a mail";
		if (!header_ok(m->subject))
			return "the subject has a control character";
		*outcome = OUTCOME_RETRY;
		return !*settings.smtp ? "this courier has no mail server (--smtp)" : NULL;
	}
	if (!header_ok(m->address) || strchr(m->address, ' ') != NULL)
		return "the URL has a control character";
	return m->channel == CHANNEL_WEBHOOK && m->secret_len == 0 ? "the webhook has no secret" : NULL;
}

static void
end(Transfer *t, Outcome outcome, long code, const char *detail)
{
	Message *message = t->message;

	curl_easy_cleanup(t->curl);
	curl_slist_free_all(t->list);
	text_free(&t->mail);
	free(t);
	tell(message, outcome, code, detail);
}

void
transfer_start(Message *message)
{
	Transfer *t = must_alloc(sizeof(*t));
	Outcome outcome;
	const char *why;

	t->message = message;
	why = hopeless(message, &outcome);
	if (why != NULL)
	{
		end(t, outcome, 0, why);
		return;
	}
	t->curl = curl_easy_init();
	if (t->curl == NULL)
		log_fatal("out of memory");
	SET(t, CURLOPT_PRIVATE, t);
	SET(t, CURLOPT_ERRORBUFFER, t->error);
	SET(t, CURLOPT_NOSIGNAL, 1L);
	SET(t, CURLOPT_CONNECTTIMEOUT, 10L);
	SET(t, CURLOPT_TIMEOUT, (long) (settings.lease - LEASE_MARGIN));
	SET(t, CURLOPT_WRITEFUNCTION, read_answer);
	SET(t, CURLOPT_WRITEDATA, t);
	/* No proxy from the environment: it would resolve and connect in our place. */
	SET(t, CURLOPT_PROXY, "");
	SET(t, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
	SET(t, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	SET(t, CURLOPT_SSL_VERIFYPEER, 1L);
	SET(t, CURLOPT_SSL_VERIFYHOST, 2L);
	if (*settings.ca_file)
		SET(t, CURLOPT_CAINFO, settings.ca_file);
	if (message->channel == CHANNEL_EMAIL)
		set_mail(t);
	else
		set_post(t);
	if (curl_multi_add_handle(multi, t->curl) != CURLM_OK)
		log_fatal("libcurl does not take a transfer");
	under_way++;
}

/* How an attempt at a mail ended. */
static Outcome
judge_mail(const Transfer *t, CURLcode result, long code)
{
	if (result == CURLE_OK)
		return OUTCOME_SENT;
	/* All of it went out, and no answer came back. */
	if (t->sent == t->mail.len && code < 400)
		return OUTCOME_UNSURE;
	/* For good, unless what was refused is us: sender, password, TLS. */
	if (code >= 500 && code < 600 && (strstr(t->error, "RCPT") != NULL || t->sent == t->mail.len))
		return OUTCOME_DEAD;
	return OUTCOME_RETRY;
}

static Outcome
judge_post(const Transfer *t, CURLcode result, long code)
{
	curl_off_t up = 0;

	if (code >= 200 && code < 300)
		return OUTCOME_SENT;
	if (code == 410 && t->message->channel == CHANNEL_WEBHOOK)
		return OUTCOME_GONE;
	/* Slack says so of a webhook that was removed. */
	if ((code == 404 || code == 410) && t->message->channel == CHANNEL_SLACK)
		return OUTCOME_GONE;
	curl_easy_getinfo(t->curl, CURLINFO_SIZE_UPLOAD_T, &up);
	if (code == 0 && result != CURLE_OK && up == (curl_off_t) strlen(t->message->body_text))
		return OUTCOME_UNSURE;
	return OUTCOME_RETRY;
}

static void
finish(Transfer *t, CURLcode result)
{
	long code = 0;
	bool mail = t->message->channel == CHANNEL_EMAIL;
	Outcome outcome;
	char detail[CURL_ERROR_SIZE + 64];

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &code);
	outcome = mail ? judge_mail(t, result, code) : judge_post(t, result, code);
	if (t->refused)
		snprintf(detail, sizeof(detail), "the target is a private address");
	else if (result != CURLE_OK)
		snprintf(detail, sizeof(detail), "%s",
				 t->error[0] != '\0' ? t->error : curl_easy_strerror(result));
	else
		snprintf(detail, sizeof(detail), mail ? "accepted" : "answered %ld", code);
	/* It goes to the database as UTF-8, and may quote the other side. */
	for (char *c = detail; *c != '\0'; c++)
		if ((unsigned char) *c < ' ' || (unsigned char) *c > '~')
			*c = '?';
	curl_multi_remove_handle(multi, t->curl);
	under_way--;
	end(t, outcome, code, detail);
}

int
transfer_work(int milliseconds)
{
	int running;
	int left;
	CURLMsg *m;

	if (curl_multi_perform(multi, &running) != CURLM_OK ||
		curl_multi_poll(multi, NULL, 0, milliseconds, NULL) != CURLM_OK ||
		curl_multi_perform(multi, &running) != CURLM_OK)
		log_fatal("libcurl has failed");
	while ((m = curl_multi_info_read(multi, &left)) != NULL)
	{
		Transfer *t;
		CURLcode result = m->data.result;

		assert(m->msg == CURLMSG_DONE);
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
		finish(t, result);
	}
	return under_way;
}
