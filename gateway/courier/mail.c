/*
 * mail.c
 *		A message as RFC 5322 and MIME want it.
 */
#include "courier/mail.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "courier/base64.h"
#include "lib/utf8.h"

/* Of a line of a body, and of an encoded word (RFC 2045, RFC 2047). */
#define BODY_LINE  76
#define WORD_BYTES 42 /* 56 in base64, 68 with what stands around it */

/* Length of the UTF-8 character at s: 0 when it is none, or a control character. */
static size_t
character(const char *s)
{
	size_t len = utf8_length(s, strlen(s));
	unsigned char first = (unsigned char) s[0];

	if (len == 1 && (first < ' ' || first == 0x7f))
		return 0;
	/* U+0080 to U+009F are control characters too. */
	if (len == 2 && first == 0xc2 && (unsigned char) s[1] < 0xa0)
		return 0;
	return len;
}

bool
header_ok(const char *text)
{
	while (*text != '\0')
	{
		size_t len = character(text);

		if (len == 0)
			return false;
		text += len;
	}
	return true;
}

bool
address_ok(const char *address)
{
	const char *at = strchr(address, '@');

	return header_ok(address) && strlen(address) <= 254 && at != NULL && at != address &&
		   at[1] != '\0' && at - address <= 64 && strchr(at + 1, '@') == NULL &&
		   strpbrk(address, " <>(),;:\"[]\\") == NULL;
}

/* A text in a header: as it is when it is short and plain, else in encoded words. */
static void
header_words(Text *mail, const char *text)
{
	const char *s = text;
	bool plain = strlen(text) <= 66 && strstr(text, "=?") == NULL;

	for (const char *c = text; *c != '\0'; c++)
		plain = plain && (unsigned char) *c < 0x80;
	if (plain)
	{
		text_add_string(mail, text);
		return;
	}
	while (*s != '\0')
	{
		size_t len = 0;

		/* A word ends between characters. */
		while (s[len] != '\0' && len + character(s + len) <= WORD_BYTES)
		{
			assert(character(s + len) > 0);
			len += character(s + len);
		}
		assert(len > 0);
		text_add_literal(mail, "=?UTF-8?B?");
		text_add_base64(mail, s, len);
		text_add_literal(mail, "?=");
		s += len;
		if (*s != '\0')
			text_add_literal(mail, "\r\n ");
	}
}

/* A body in quoted-printable. */
static void
quoted(Text *mail, const char *body)
{
	size_t column = 0;

	for (const unsigned char *s = (const unsigned char *) body; *s != '\0'; s++)
	{
		bool line_end = *s == '\n' || (*s == '\r' && s[1] == '\n');
		bool last = s[1] == '\0' || s[1] == '\n' || s[1] == '\r';
		/* A blank at the end of a line would be lost on the way. */
		bool as_it_is = (*s > ' ' && *s < 0x7f && *s != '=') || (*s == ' ' && !last);
		size_t width = as_it_is ? 1 : 3;

		if (line_end)
		{
			if (*s == '\r')
				s++;
			text_add_literal(mail, "\r\n");
			column = 0;
			continue;
		}
		if (column + width > BODY_LINE - 1)
		{
			text_add_literal(mail, "=\r\n");
			column = 0;
		}
		if (as_it_is)
			text_add_char(mail, (char) *s);
		else
			text_format(mail, "=%02X", *s);
		column += width;
	}
	if (column > 0)
		text_add_literal(mail, "\r\n");
}

static void
part(Text *mail, const char *boundary, const char *type, const char *body)
{
	text_format(
		mail,
		"--%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
		boundary, type);
	quoted(mail, body);
}

/* Not strftime: its names follow the locale. */
static void
date(Text *mail, int64_t at)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t seconds = (time_t) at;
	struct tm t;

	gmtime_r(&seconds, &t);
	text_format(mail, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\r\n", days + 3 * t.tm_wday,
				t.tm_mday, months + 3 * t.tm_mon, t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

void
mail_write(Text *mail, const Message *message, const Sender *sender)
{
	char boundary[64] = "quotakit-";

	assert(address_ok(sender->address) && address_ok(message->address) &&
		   header_ok(message->subject));
	assert(header_ok(message->message_id) && strlen(message->message_id) < 50);
	/* As unlike anything in a body as the message's own number; "=_" cannot be in quoted-printable. */
	strcat(boundary, "=_");
	strcat(boundary, message->message_id);

	date(mail, message->created);
	text_add_literal(mail, "From: ");
	if (sender->name != NULL && sender->name[0] != '\0')
	{
		bool quote = strpbrk(sender->name, "\"\\()<>[]:;@,.") != NULL;

		if (quote && strpbrk(sender->name, "\"\\") == NULL && strlen(sender->name) <= 60)
			text_format(mail, "\"%s\"", sender->name);
		else
			header_words(mail, sender->name);
		text_add_literal(mail, " ");
	}
	text_format(mail, "<%s>\r\nTo: <%s>\r\nSubject: ", sender->address, message->address);
	header_words(mail, message->subject);
	text_format(mail, "\r\nMessage-ID: <%s%s>\r\n", message->message_id,
				strchr(sender->address, '@'));
	text_add_literal(mail, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
	if (message->uncertain)
		text_add_literal(mail, "X-QuotaKit-Uncertain: yes\r\n");
	text_format(mail, "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n", boundary);
	part(mail, boundary, "text/plain", message->body_text);
	if (message->body_html != NULL)
		part(mail, boundary, "text/html", message->body_html);
	text_format(mail, "--%s--\r\n", boundary);
}
