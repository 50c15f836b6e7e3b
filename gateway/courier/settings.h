/*
 * settings.h
 *		What the operator of the courier chose.
 */
#ifndef COURIER_SETTINGS_H
#define COURIER_SETTINGS_H

#include <stdbool.h>

typedef struct Settings
{
	char *database;  /* libpq's conninfo; empty: its environment */
	char *smtp;      /* smtp://host:port or smtps://host:port; empty: no mail goes out */
	char *smtp_user; /* empty: no authentication */
	char *smtp_password;
	char *smtp_password_file; /* read into smtp_password */
	bool smtp_plain;          /* without TLS, on a network that is trusted */
	char *from;               /* of the From header and the envelope */
	char *from_name;          /* shown beside it; empty for none */
	char *ca_file;            /* empty: the system's */
	bool allow_private_targets;
	int parallel; /* messages on their way at a time */
	int lease;    /* seconds until another courier takes over */
	int poll;     /* milliseconds between looks into an empty outbox */
	bool once;    /* end when nothing is due */
} Settings;

#define MAX_PARALLEL 64

extern Settings settings;

/* Fills in `settings`; ends the process on --help, --version and what is wrong. */
extern void settings_read(int argc, char **argv);
extern void settings_free(void);

#endif
