/*
 * courier_mail.c
 *		Mails, signatures of webhooks, and where those may go.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "courier/base64.h"
#include "courier/mail.h"
#include "courier/webhook.h"

static void
texts(void)
{
	check("a text may stand in a header", header_ok("Gr\xc3\xbc\xc3\x9f"
													"e") &&
											  header_ok(""));
	check("no line's end may",
		  !header_ok("a\r\nBcc: b") && !header_ok("a\n") && !header_ok("a\x7f"));
	check("nor a control character of Unicode", !header_ok("a\xc2\x85"));
	check("nor what is not UTF-8",
		  !header_ok("\xff") && !header_ok("\xc0\x80") && !header_ok("\xe2\x82"));
	check("an address", address_ok("a.b+c@example.com") && address_ok("\xc3\xbc@example.com"));
	check("no address", !address_ok("a") && !address_ok("@b") && !address_ok("a@") &&
							!address_ok("a@b@c") && !address_ok("a b@c") && !address_ok("<a@b>") &&
							!address_ok("a@b,c@d") && !address_ok("a@b\r\n"));
	check("nor one that is too long",
		  !address_ok("12345678901234567890123456789012345678901234567890123456789012345@b"));
}

static void
base64(void)
{
	Text t = { 0 };

	text_add_literal(&t, "x");
	text_add_base64(&t, "", 0);
	text_add_base64(&t, "f", 1);
	text_add_base64(&t, "fo", 2);
	text_add_base64(&t, "foo", 3);
	equal_texts("base64 comes behind what is there", t.data, "xZg==Zm8=Zm9v");
	text_free(&t);
}

/* The header "Name: " of a mail, without its line's end. */
static const char *
header_of(const Text *mail, const char *name)
{
	static char value[1024];
	const char *begin = strstr(mail->data, name);
	const char *end;

	if (begin == NULL)
		return NULL;
	begin += strlen(name);
	for (end = strstr(begin, "\r\n"); end[2] == ' '; end = strstr(end + 2, "\r\n"))
		;
	snprintf(value, sizeof(value), "%.*s", (int) (end - begin), begin);
	return value;
}

static void
mails(void)
{
	Message message = { .address = (char *) "b@example.com",
						.subject = (char *) "Gr\xc3\xbc\xc3\x9f"
											"e",
						.body_text = (char *) "a = b \n\xc3\xa4\n",
						.message_id = (char *) "7.1",
						.created = 1793491200 };
	Text mail = { 0 };
	bool lines = true;

	mail_write(&mail, &message, &(Sender){ "a@example.com", "Quota, Kit" });
	equal_texts("the date is not the locale's", header_of(&mail, "Date: "),
				"Sun, 1 Nov 2026 00:00:00 +0000");
	equal_texts("a name with a comma is quoted", header_of(&mail, "From: "),
				"\"Quota, Kit\" <a@example.com>");
	equal_texts("a subject that is not ASCII is encoded", header_of(&mail, "Subject: "),
				"=?UTF-8?B?R3LDvMOfZQ==?=");
	equal_texts("the message's number is its own", header_of(&mail, "Message-ID: "),
				"<7.1@example.com>");
	check("a blank at the end of a line, and = itself, are written out",
		  strstr(mail.data, "\r\n\r\na =3D b=20\r\n=C3=A4\r\n") != NULL);
	check("it is not uncertain", strstr(mail.data, "X-QuotaKit-Uncertain") == NULL);
	mail.len = 0;
	message.uncertain = true;
	message.subject = (char *) "An =?odd?= one";
	message.body_text =
		(char
			 *) "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890";
	message.body_html = (char *) "<p>";
	mail_write(&mail, &message, &(Sender){ "a@example.com", "" });
	equal_texts("without a name there is the address", header_of(&mail, "From: "),
				"<a@example.com>");
	equal_texts("what looks encoded is encoded", header_of(&mail, "Subject: "),
				"=?UTF-8?B?QW4gPT9vZGQ/PSBvbmU=?=");
	check("it says that it is uncertain",
		  strstr(mail.data, "\r\nX-QuotaKit-Uncertain: yes\r\n") != NULL);
	check("it has a page as well", strstr(mail.data, "Content-Type: text/html") != NULL);
	for (const char *line = mail.data; *line; line = strstr(line, "\r\n") + 2)
		lines =
			lines && strcspn(line, "\r") <= 78 && strcspn(line, "\n") == strcspn(line, "\r") + 1;
	check("no line is longer than may be, and each ends with CR LF", lines);
	text_free(&mail);
}

/* The example of the Standard Webhooks specification. */
static void
signatures(void)
{
	Message message = { .channel = CHANNEL_WEBHOOK,
						.message_id = (char *) "msg_p5jXN8AQM9LWM0D4loKWxJek",
						.body_text = (char *) "{\"test\": 2432232314}",
						.secret_len = 24 };
	/* MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw */
	static const unsigned char secret[24] = { 0x31, 0xf2, 0x90, 0xf6, 0xbf, 0x06, 0x29, 0x8a,
											  0xab, 0x4f, 0x08, 0xd4, 0x3c, 0x3f, 0x08, 0x2c,
											  0xf6, 0x48, 0xa3, 0x62, 0xda, 0x2d, 0xa4, 0xb0 };
	Text header = { 0 };

	memcpy(message.secret, secret, sizeof(secret));
	webhook_signature(&header, &message, 1614265330);
	equal_texts("a signature", header.data, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	message.previous_len = 24;
	memcpy(message.previous, secret, sizeof(secret));
	header.len = 0;
	webhook_signature(&header, &message, 1614265330);
	equal_texts(
		"two, while two secrets are valid", header.data,
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	text_free(&header);
}

static bool
is_public(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return address_is_public((struct sockaddr *) &v4);
	return inet_pton(AF_INET6, text, &v6.sin6_addr) == 1 &&
		   address_is_public((struct sockaddr *) &v6);
}

static void
targets(void)
{
	static const char *const open[] = { "8.8.8.8",       "9.255.255.255", "172.32.0.1",
										"192.169.0.1",   "2606:4700::1",  "2001:200::1",
										"::ffff:8.8.8.8" };
	static const char *const closed[] = {
		"0.0.0.0",
		"10.0.0.1",
		"100.64.0.1",
		"127.0.0.1",
		"127.255.255.254",
		"169.254.169.254",
		"172.16.0.1",
		"172.31.255.255",
		"192.0.0.1",
		"192.0.2.1",
		"192.168.1.1",
		"198.18.0.1",
		"198.51.100.1",
		"203.0.113.1",
		"224.0.0.1",
		"255.255.255.255",
		"::",
		"::1",
		"::ffff:127.0.0.1",
		"::ffff:10.0.0.1",
		"fe80::1",
		"fc00::1",
		"fd00::1",
		"ff02::1",
		"2001:db8::1",
		"2001::1",
		"2002::1",
		"3fff::1",
		"64:ff9b::7f00:1",
	};

	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		check(open[i], is_public(open[i]));
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		check(closed[i], !is_public(closed[i]));
}

int
main(void)
{
	texts();
	base64();
	mails();
	signatures();
	targets();
	return done();
}
