/*
 * lib_log.c
 *		One JSON object a line.
 */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/log.h"

static char said[4096];
static char path[] = "quotakit-unit-XXXXXX";

/* What is said on standard error until hear(). */
static void
listen_to(void)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	dup2(fd, STDERR_FILENO);
	close(fd);
}

static const char *
hear(void)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, said, sizeof(said) - 1);

	said[n > 0 ? n : 0] = '\0';
	close(fd);
	return said;
}

static void
lines(void)
{
	Text members = { 0 };

	listen_to();
	log_message(LOG_WARNING, "a \"word\"\nand %d", 7);
	check("a line has its level, and its message as JSON",
		  strstr(hear(), ",\"level\":\"warning\",\"message\":\"a \\\"word\\\"\\u000aand 7\"}\n") !=
			  NULL);
	check("it begins with its time, in UTC",
		  strncmp(said, "{\"at\":\"20", 9) == 0 && strstr(said, "Z\",") != NULL);
	check("and is one", strchr(said, '\n') == said + strlen(said) - 1);
	listen_to();
	text_add_literal(&members, ",\"status\":200");
	log_line(LOG_INFO, "request", &members);
	check("it can have other members",
		  strstr(hear(), "\"message\":\"request\",\"status\":200}\n") != NULL);
	text_free(&members);
}

static void
levels(void)
{
	check("there are five levels", log_start("error") && log_start("warning") &&
									   log_start("notice") && log_start("info") &&
									   log_start("debug"));
	check("and no others", !log_start("INFO") && !log_start(""));
	log_start("warning");
	check("what is worse is wanted",
		  log_wants(LOG_ERROR) && log_wants(LOG_WARNING) && !log_wants(LOG_NOTICE));
	listen_to();
	log_message(LOG_NOTICE, "nothing");
	equal_texts("what is not wanted is not written", hear(), "");
}

static void
end(void)
{
	int status;
	pid_t child;

	listen_to();
	fflush(stdout);
	child = fork();
	if (child == 0)
		log_fatal("it is %s", "over");
	waitpid(child, &status, 0);
	check("a fatal error is said, and ends the process",
		  WIFEXITED(status) && WEXITSTATUS(status) == 1 &&
			  strstr(hear(), "\"level\":\"error\",\"message\":\"it is over\"}") != NULL);
}

int
main(void)
{
	int before = dup(STDERR_FILENO);
	int fd = mkstemp(path);

	close(fd);
	lines();
	levels();
	end();
	dup2(before, STDERR_FILENO);
	close(before);
	unlink(path);
	return done();
}
