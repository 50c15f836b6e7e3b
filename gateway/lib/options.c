/*
 * options.c
 *		What the operator chose.
 */
#include "lib/options.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/memory.h"
#include "lib/version.h"

static const Program *program;

void
options_fail(const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program->name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

/* The name as one says it on the command line. */
static void
spell(const char *name, char *spelt, size_t size)
{
	size_t n = 0;

	for (; name[n] && n < size - 1; n++)
		spelt[n] = name[n] == '_' ? '-' : name[n];
	spelt[n] = '\0';
}

/* The name as it is in the environment. */
static void
spell_variable(const char *name, char *spelt, size_t size)
{
	size_t n = (size_t) snprintf(spelt, size, "QUOTAKIT_");

	for (; *name && n < size - 1; name++)
		spelt[n++] = (char) toupper((unsigned char) *name);
	spelt[n] = '\0';
}

static Option *
find(const char *name, size_t len)
{
	for (size_t i = 0; i < program->noptions; i++)
	{
		const char *n = program->options[i].name;
		size_t j = 0;

		while (j < len && n[j] && (n[j] == name[j] || (n[j] == '_' && name[j] == '-')))
			j++;
		if (j == len && n[j] == '\0')
			return &program->options[i];
	}
	return NULL;
}

/* The option that names the configuration file. */
static Option *
config(void)
{
	return find("config", strlen("config"));
}

static void
describe(const Option *o)
{
	char name[64];

	if (o->kind == OPTION_SECRET)
	{
		spell_variable(o->name, name, sizeof(name));
		printf("  %-26s %s", name, o->help);
	}
	else
	{
		spell(o->name, name, sizeof(name));
		printf("  --%-24s %s", name, o->help);
	}
	if (o->kind == OPTION_NUMBER)
		printf(" [%s; %d to %d]\n", o->initial, o->min, o->max);
	else if (*o->initial)
		printf(" [%s]\n", o->initial);
	else
		putchar('\n');
}

static void
help(void)
{
	printf("%s: %s\n\nUsage: %s [--name=value …]\n\n"
		   "Each option can also be given as QUOTAKIT_NAME in the environment%s.\n\n",
		   program->name, program->about, program->name,
		   config() != NULL ? ", and all but\nconfig as name = value in the configuration file" :
							  "");
	for (size_t i = 0; i < program->noptions; i++)
		describe(&program->options[i]);
	exit(0);
}

static int
read_number(const Option *o, const char *value, const char *where)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(value, &end, 10);
	if (end == value || *end || errno || number < o->min || number > o->max)
		options_fail("%s: \"%s\" must be a whole number from %d to %d", where, o->name, o->min,
					 o->max);
	return (int) number;
}

static void
set(Option *o, const char *value, const char *where)
{
	switch (o->kind)
	{
		case OPTION_TEXT:
		case OPTION_SECRET:
			free(*(char **) o->target);
			*(char **) o->target = must_copy_string(value);
			break;
		case OPTION_NUMBER:
			*(int *) o->target = read_number(o, value, where);
			break;
		case OPTION_FLAG:
			if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
				options_fail("%s: \"%s\" must be yes or no", where, o->name);
			*(bool *) o->target = strcmp(value, "yes") == 0;
			break;
	}
}

/* The one at argv[*i], which is left at the last word that belongs to it. */
static void
read_argument(int argc, char **argv, int *i)
{
	const char *name = argv[*i];
	const char *value = strchr(name, '=');
	Option *o = NULL;

	if (strncmp(name, "--", 2) == 0)
		o = find(name + 2, value ? (size_t) (value - name - 2) : strlen(name + 2));
	if (o == NULL)
		options_fail("there is no option \"%s\"; see --help", name);
	if (o->kind == OPTION_SECRET)
		options_fail("\"%s\" is not for the command line, which others can read; see --help",
					 o->name);
	if (value != NULL)
		value++;
	else if (o->kind == OPTION_FLAG)
		value = "yes";
	else if (++*i < argc)
		value = argv[*i];
	else
		options_fail("\"%s\" needs a value: %s=…", name, name);
	set(o, value, "command line");
	o->given = true;
}

static void
read_command_line(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
	{
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			help();
		if (strcmp(argv[i], "--version") == 0)
		{
			printf("%s %s\n", program->name, QUOTAKIT_VERSION);
			exit(0);
		}
		read_argument(argc, argv, &i);
	}
}

static void
read_environment(void)
{
	for (size_t i = 0; i < program->noptions; i++)
	{
		Option *o = &program->options[i];
		char name[80];
		const char *value;

		spell_variable(o->name, name, sizeof(name));
		value = getenv(name);
		if (value == NULL)
			continue;
		if (!o->given)
			set(o, value, name);
		o->given = true;
		if (o->kind == OPTION_SECRET)
			unsetenv(name);
	}
}

static char *
strip(char *s)
{
	char *end;

	while (isspace((unsigned char) *s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char) end[-1]))
		*--end = '\0';
	return s;
}

static void
read_line(char *line, const char *where)
{
	char *name = strip(line);
	char *value = strchr(name, '=');
	Option *o;

	if (*name == '\0' || *name == '#')
		return;
	if (value == NULL)
		options_fail("%s: there is no \"=\"", where);
	*value++ = '\0';
	name = strip(name);
	o = find(name, strlen(name));
	if (o == NULL || o == config())
		options_fail("%s: there is no option \"%s\"", where, name);
	if (!o->given)
		set(o, strip(value), where);
}

static void
read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[4096];
	char where[PATH_MAX + 32];
	int number = 0;

	if (f == NULL)
		options_fail("could not open \"%s\": %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f) != NULL)
	{
		snprintf(where, sizeof(where), "%s, line %d", path, ++number);
		read_line(line, where);
	}
	fclose(f);
}

void
options_read(const Program *p, int argc, char **argv)
{
	program = p;
	for (size_t i = 0; i < program->noptions; i++)
		set(&program->options[i], program->options[i].initial, "default");
	read_command_line(argc, argv);
	read_environment();
	if (config() != NULL && **(char **) config()->target)
		read_file(*(char **) config()->target);
}
