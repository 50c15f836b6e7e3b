/*
 * options.h
 *		What the operator chose: on the command line, else in the environment, else
 *		in the configuration file, else by default.
 *
 * One table says it all: names on the command line (--name=value or --name value),
 * in the environment (QUOTAKIT_NAME) and in the file (name = value), bounds, and help.
 */
#ifndef LIB_OPTIONS_H
#define LIB_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum OptionKind
{
	OPTION_TEXT,   /* target: char * */
	OPTION_SECRET, /* the same; never on the command line, which others can read */
	OPTION_NUMBER, /* int */
	OPTION_FLAG,   /* bool: yes or no; by its name alone, yes */
} OptionKind;

typedef struct Option
{
	const char *name; /* words with "_" between; on the command line "-" is as good */
	OptionKind kind;
	void *target;
	const char *initial;
	int min; /* of a number */
	int max;
	const char *help;
	bool given; /* set while reading: what comes later does not count */
} Option;

/* An option with the name "config" names the file; without one there is none. */
typedef struct Program
{
	const char *name;
	const char *about; /* a sentence */
	Option *options;
	size_t noptions;
} Program;

/* Fills in the targets; ends the process on --help, --version and what is wrong. */
extern void options_read(const Program *program, int argc, char **argv);
/* Ends the process as for an option that is wrong. */
_Noreturn extern void options_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
