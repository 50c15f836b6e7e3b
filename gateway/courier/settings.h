/*
 * options.h
 *		What the operator says.
 */
#ifndef COURIER_OPTIONS_H
#define COURIER_OPTIONS_H

#include "mail.h"

#include <stdbool.h>

typedef struct Options
{
	const char *database;		/* libpq's conninfo; empty: its environment */
	const char *smtp;			/* smtp://host:port or smtps://host:port; NULL: no mail goes out */
	const char *smtp_user;		/* NULL: no authentication */
	char	   *smtp_password;
	const char *ca_file;		/* NULL: the system's */
	Sender		sender;
	bool		smtp_plain;		/* without TLS, on a network that is trusted */
	bool		allow_private;	/* webhooks may go to private addresses */
	bool		once;			/* end when nothing is due */
	int			parallel;		/* messages on their way at a time, 1 to 64 */
	int			lease;			/* seconds until another courier takes over, 15 to 600 */
	int			poll;			/* milliseconds between looks into an empty outbox, 50 to 60000 */
} Options;

/* Ends the program when it was asked for help or does not understand. */
void		options_read(Options *options, int argc, char **argv);

#endif
