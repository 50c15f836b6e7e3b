/*
 * settings.c
 *		What the operator of the courier chose.
 */
#include "courier/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "courier/mail.h"
#include "lib/memory.h"
#include "lib/options.h"

Settings settings;

#define TEXT(name, initial, help) { #name, OPTION_TEXT, &settings.name, initial, 0, 0, help, false }
#define NUMBER(name, initial, min, max, help) \
	{ #name, OPTION_NUMBER, &settings.name, initial, min, max, help, false }
#define FLAG(name, initial, help) { #name, OPTION_FLAG, &settings.name, initial, 0, 0, help, false }

static Option table[] = {
	TEXT(database, "",
		 "the database, as libpq takes it; what is missing comes from PGHOST, PGDATABASE, …"),
	TEXT(smtp, "", "smtp://host:587 (STARTTLS) or smtps://host:465; without it no mail is sent"),
	TEXT(smtp_user, "", "authenticates; the password is in the file or the environment"),
	TEXT(smtp_password_file, "", "first line: the password"),
	{ "smtp_password", OPTION_SECRET, &settings.smtp_password, "", 0, 0, "the same", false },
	FLAG(smtp_plain, "no", "no TLS to the mail server: only on a network that you trust"),
	TEXT(from, "", "address that mails are from; needed with smtp"),
	TEXT(from_name, "QuotaKit", "shown beside it"),
	TEXT(ca_file, "", "certificates to trust instead of the system's"),
	FLAG(allow_private_targets, "no",
		 "webhooks may go to private, loopback and link-local addresses"),
	NUMBER(parallel, "8", 1, MAX_PARALLEL, "messages on their way at a time"),
	NUMBER(lease, "60", 15, 600, "seconds after which another courier takes over"),
	NUMBER(poll, "1000", 50, 60000, "milliseconds between looks into an empty outbox"),
	FLAG(once, "no", "end when nothing is due"),
};

static const Program program = {
	.name = "quotakit-courier",
	.about =
		"delivers QuotaKit's notifications: mails, webhooks, Slack.\n\n"
		"Any number of couriers may run. The database role needs membership in quotakit_courier, no more.",
	.options = table,
	.noptions = sizeof(table) / sizeof(table[0])
};

static char *
first_line(const char *path)
{
	char line[1024];
	FILE *file = fopen(path, "r");

	if (file == NULL)
		options_fail("could not open \"%s\": %s", path, strerror(errno));
	if (fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	fclose(file);
	return must_copy(line, strcspn(line, "\r\n"));
}

static void
check_mail(void)
{
	bool implicit_tls = strncmp(settings.smtp, "smtps://", 8) == 0;

	if (!implicit_tls && strncmp(settings.smtp, "smtp://", 7) != 0)
		options_fail("smtp must begin with smtp:// or smtps://");
	if (!address_ok(settings.from))
		options_fail("from must be an e-mail address");
	if (!header_ok(settings.from_name) || strlen(settings.from_name) > 200)
		options_fail("from_name has a control character, or more than 200 bytes");
	if (!*settings.smtp_user)
		return;
	if (!*settings.smtp_password)
		options_fail("smtp_user needs a password, in smtp_password_file or QUOTAKIT_SMTP_PASSWORD");
	if (settings.smtp_plain && !implicit_tls)
		options_fail(
			"a password does not go without TLS: smtp_user and smtp_plain exclude each other");
}

void
settings_read(int argc, char **argv)
{
	options_read(&program, argc, argv);
	if (*settings.smtp_password_file)
	{
		free(settings.smtp_password);
		settings.smtp_password = first_line(settings.smtp_password_file);
	}
	if (*settings.smtp)
		check_mail();
}

void
settings_free(void)
{
	explicit_bzero(settings.smtp_password, strlen(settings.smtp_password));
	for (size_t i = 0; i < program.noptions; i++)
		if (table[i].kind == OPTION_TEXT || table[i].kind == OPTION_SECRET)
			free(*(char **) table[i].target);
}
