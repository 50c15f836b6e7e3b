/*
 * options.c
 *		What the operator says.
 */
#include "options.h"
#include "log.h"
#include "text.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
"quotakit-courier delivers QuotaKit's notifications: mails, webhooks, Slack.\n"
"\n"
"  --database CONNINFO       the database, as libpq takes it (default: PGHOST and so on)\n"
"  --smtp URL                smtp://host:587 (STARTTLS) or smtps://host:465; without it no mail is sent\n"
"  --smtp-user NAME          authenticates; the password is in QUOTAKIT_SMTP_PASSWORD or a file\n"
"  --smtp-password-file F    first line: the password\n"
"  --smtp-plain              no TLS to the mail server: only on a network that you trust\n"
"  --from ADDRESS            whom mails are from; needed with --smtp\n"
"  --from-name NAME          shown beside it (default QuotaKit)\n"
"  --ca-file FILE            certificates to trust instead of the system's\n"
"  --allow-private-targets   webhooks may go to private, loopback and link-local addresses\n"
"  --parallel N              messages on their way at a time, 1-64 (default 8)\n"
"  --lease SECONDS           after that another courier takes over, 15-600 (default 60)\n"
"  --poll MILLISECONDS       between looks into an empty outbox, 50-60000 (default 1000)\n"
"  --once                    end when nothing is due\n"
"  --help\n"
"\n"
"Any number of couriers may run. The database role needs membership in quotakit_courier, no more.\n";

static int
number(const char *name, const char *value, int least, int most)
{
	char	   *end;
	long		n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || n < least || n > most)
		fatal("--%s must be %d to %d", name, least, most);
	return (int) n;
}

static char *
first_line(const char *path)
{
	char		line[1024];
	FILE	   *file = fopen(path, "r");

	if (file == NULL)
		fatal("cannot open %s: %s", path, strerror(errno));
	if (fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	return copy(line);
}

static void
check(const Options *o)
{
	if (o->smtp == NULL)
		return;
	if (strncmp(o->smtp, "smtp://", 7) != 0 && strncmp(o->smtp, "smtps://", 8) != 0)
		fatal("--smtp must begin with smtp:// or smtps://");
	if (o->sender.address == NULL || !address_ok(o->sender.address))
		fatal("--from must be an e-mail address");
	if (!header_ok(o->sender.name) || strlen(o->sender.name) > 200)
		fatal("--from-name has a control character, or more than 200 bytes");
	if (o->smtp_user != NULL && o->smtp_password == NULL)
		fatal("--smtp-user needs a password, in QUOTAKIT_SMTP_PASSWORD or --smtp-password-file");
	if (o->smtp_user != NULL && o->smtp_plain && strncmp(o->smtp, "smtps://", 8) != 0)
		fatal("a password does not go without TLS: --smtp-user and --smtp-plain exclude each other");
}

void
options_read(Options *o, int argc, char **argv)
{
	enum
	{
		DATABASE = 1, SMTP, USER, PASSWORD_FILE, PLAIN, FROM, FROM_NAME, CA, PRIVATE, PARALLEL, LEASE, POLL, ONCE, HELP
	};
	static const struct option words[] = {
		{"database", required_argument, NULL, DATABASE}, {"smtp", required_argument, NULL, SMTP},
		{"smtp-user", required_argument, NULL, USER}, {"smtp-password-file", required_argument, NULL, PASSWORD_FILE},
		{"smtp-plain", no_argument, NULL, PLAIN}, {"from", required_argument, NULL, FROM},
		{"from-name", required_argument, NULL, FROM_NAME}, {"ca-file", required_argument, NULL, CA},
		{"allow-private-targets", no_argument, NULL, PRIVATE}, {"parallel", required_argument, NULL, PARALLEL},
		{"lease", required_argument, NULL, LEASE}, {"poll", required_argument, NULL, POLL},
		{"once", no_argument, NULL, ONCE}, {"help", no_argument, NULL, HELP}, {NULL, 0, NULL, 0}
	};
	int			word;

	memset(o, 0, sizeof(*o));
	o->database = "";
	o->sender.name = "QuotaKit";
	o->parallel = 8;
	o->lease = 60;
	o->poll = 1000;
	o->smtp_password = copy(getenv("QUOTAKIT_SMTP_PASSWORD"));
	unsetenv("QUOTAKIT_SMTP_PASSWORD");
	while ((word = getopt_long(argc, argv, "", words, NULL)) != -1)
		switch (word)
		{
			case DATABASE: o->database = optarg; break;
			case SMTP: o->smtp = optarg; break;
			case USER: o->smtp_user = optarg; break;
			case PASSWORD_FILE:
				free(o->smtp_password);
				o->smtp_password = first_line(optarg);
				break;
			case PLAIN: o->smtp_plain = true; break;
			case FROM: o->sender.address = optarg; break;
			case FROM_NAME: o->sender.name = optarg; break;
			case CA: o->ca_file = optarg; break;
			case PRIVATE: o->allow_private = true; break;
			case PARALLEL: o->parallel = number("parallel", optarg, 1, 64); break;
			case LEASE: o->lease = number("lease", optarg, 15, 600); break;
			case POLL: o->poll = number("poll", optarg, 50, 60000); break;
			case ONCE: o->once = true; break;
			case HELP:
				fputs(usage, stdout);
				exit(0);
			default:
				fputs("Try quotakit-courier --help.\n", stderr);
				exit(2);
		}
	if (optind != argc)
		fatal("unexpected argument: %s", argv[optind]);
	check(o);
}
