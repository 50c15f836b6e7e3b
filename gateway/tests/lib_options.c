/*
 * lib_options.c
 *		What the operator chose, by command line, environment and file.
 */
#include "unit.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/options.h"

static char *config;
static char *word;
static char *two_words;
static char *secret;
static int number;
static bool flag;

/* Reading marks options as given, so each time begins with a fresh table. */
static void
read_options(const char *const *arguments)
{
	Option table[] = {
		{ "config", OPTION_TEXT, &config, "", 0, 0, "a file", false },
		{ "word", OPTION_TEXT, &word, "initial", 0, 0, "a word", false },
		{ "two_words", OPTION_TEXT, &two_words, "", 0, 0, "two of them", false },
		{ "secret", OPTION_SECRET, &secret, "", 0, 0, "a secret", false },
		{ "number", OPTION_NUMBER, &number, "5", 1, 10, "a number", false },
		{ "flag", OPTION_FLAG, &flag, "no", 0, 0, "yes or no", false },
	};
	Program program = { "test", "a test.", table, sizeof(table) / sizeof(table[0]) };
	char *argv[16] = { (char *) "test" };
	int argc = 1;

	for (; *arguments != NULL; arguments++)
		argv[argc++] = (char *) *arguments;
	options_read(&program, argc, argv);
}

#define READ(...) read_options((const char *const[]){ __VA_ARGS__, NULL })

/* How a process ends that reads these; what it says is thrown away. */
static int
status_of(const char *const *arguments)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0)
	{
		if (freopen("/dev/null", "w", stdout) == NULL || freopen("/dev/null", "w", stderr) == NULL)
			_exit(99);
		read_options(arguments);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define STATUS(...) status_of((const char *const[]){ __VA_ARGS__, NULL })

static void
command_line(void)
{
	READ(NULL);
	equal_texts("by default it is the initial value", word, "initial");
	check("of every kind", number == 5 && !flag && strcmp(two_words, "") == 0);
	READ("--word=a", "--number=10", "--flag");
	equal_texts("the command line says otherwise", word, "a");
	check("for numbers and flags, too", number == 10 && flag);
	READ("--two-words", "b", "--flag=no");
	equal_texts("the value may be the next word, and the name have hyphens", two_words, "b");
	check("a flag may be no", !flag);
	READ("--two_words==x");
	equal_texts("what follows the first = is the value", two_words, "=x");
	READ("--word=");
	equal_texts("even if it is nothing", word, "");
}

static void
environment(void)
{
	setenv("QUOTAKIT_WORD", "b", 1);
	setenv("QUOTAKIT_TWO_WORDS", "c", 1);
	setenv("QUOTAKIT_SECRET", "hush", 1);
	READ("--word=a");
	equal_texts("the command line wins over the environment", word, "a");
	equal_texts("which wins over the default", two_words, "c");
	equal_texts("a secret comes from the environment", secret, "hush");
	check("and does not stay there", getenv("QUOTAKIT_SECRET") == NULL);
	check("what is no secret does", getenv("QUOTAKIT_TWO_WORDS") != NULL);
}

static void
file(void)
{
	char path[] = "quotakit-unit-XXXXXX";
	int fd = mkstemp(path);
	static const char text[] = "# a comment\n\n  word = from file  \ntwo_words = d\nnumber=3\n";

	check("a file is written", fd >= 0 && write(fd, text, sizeof(text) - 1) == sizeof(text) - 1);
	READ("--config", path, "--number=4");
	equal_numbers("the command line wins over the file", number, 4);
	equal_texts("so does the environment", two_words, "c");
	unsetenv("QUOTAKIT_WORD");
	unsetenv("QUOTAKIT_TWO_WORDS");
	READ("--config", path);
	equal_texts("the file wins over the default, blanks around the value are not its own", word,
				"from file");
	equal_texts("and has all else", two_words, "d");
	check("a file in the file is an error",
		  write(fd, "config = x\n", 11) == 11 && STATUS("--config", path) == 2);
	close(fd);
	unlink(path);
	equal_numbers("a file that is not there is an error", STATUS("--config", path), 2);
}

static void
mistakes(void)
{
	equal_numbers("an option that there is not", STATUS("--wrod=a"), 2);
	equal_numbers("the beginning of one", STATUS("--wor=a"), 2);
	equal_numbers("a word that is no option", STATUS("word"), 2);
	equal_numbers("a value that is missing", STATUS("--word"), 2);
	equal_numbers("a secret on the command line", STATUS("--secret=x"), 2);
	equal_numbers("a number that is too small", STATUS("--number=0"), 2);
	equal_numbers("one that is too large", STATUS("--number=11"), 2);
	equal_numbers("one that is none", STATUS("--number=1x"), 2);
	equal_numbers("one beyond all numbers", STATUS("--number=99999999999999999999"), 2);
	equal_numbers("a flag that is neither", STATUS("--flag=true"), 2);
	equal_numbers("help and version are no mistakes", STATUS("--help") + STATUS("--version"), 0);
}

int
main(void)
{
	command_line();
	environment();
	file();
	mistakes();
	free(config);
	free(word);
	free(two_words);
	free(secret);
	return done();
}
