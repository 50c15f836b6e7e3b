/*
 * static.c
 *		The dashboard's files, all in memory: what was not there at start is not
 *		there, so no path can lead out of the directory.
 *
 * NAME.br and NAME.gz beside a file are NAME compressed.
 */
#include "routes/static.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "answers/answers.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "settings.h"
#include "sha256.h"

#define MAX_FILES      2000
#define MAX_FILE_BYTES (32 * 1024 * 1024)
#define MAX_DEPTH      8

typedef struct File
{
	char *path; /* of the URL: begins with a slash */
	const char *type;
	char *data;
	size_t len;
	char etag[40];
	/* the same, compressed; NULL for none */
	const struct File *brotli;
	const struct File *gzip;
} File;

static File files[MAX_FILES];
static size_t nfiles;

static const char *
media_type(const char *path)
{
	static const char *const known[][2] = {
		{ ".html", "text/html; charset=utf-8" },
		{ ".js", "text/javascript; charset=utf-8" },
		{ ".css", "text/css; charset=utf-8" },
		{ ".json", "application/json" },
		{ ".svg", "image/svg+xml" },
		{ ".png", "image/png" },
		{ ".ico", "image/x-icon" },
		{ ".woff2", "font/woff2" },
		{ ".map", "application/json" },
		{ ".txt", "text/plain; charset=utf-8" },
		{ ".webmanifest", "application/manifest+json" },
	};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot != NULL && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i][0], dot) == 0)
			return known[i][1];
	return "application/octet-stream";
}

_Noreturn static void
fail(const char *path, const char *why)
{
	log_fatal("static_dir: \"%s\": %s", path, why);
}

static void
read_file(const char *path, const char *url)
{
	FILE *f = fopen(path, "rb");
	File *file = &files[nfiles];
	Text t = { 0 };
	char part[65536];
	uint8_t hash[SHA256_BYTES];
	size_t n;

	if (f == NULL)
		fail(path, strerror(errno));
	if (nfiles == MAX_FILES)
		fail(path, "too many files");
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
	{
		text_add(&t, part, n);
		if (t.len > MAX_FILE_BYTES)
			fail(path, "too large");
	}
	if (ferror(f))
		fail(path, strerror(errno));
	fclose(f);
	sha256(t.data ? t.data : "", t.len, hash);
	for (size_t i = 0; i < 16; i++)
		snprintf(file->etag + 2 * i, 3, "%02x", hash[i]);
	file->path = must_copy(url, strlen(url));
	file->type = media_type(url);
	file->data = t.data ? t.data : must_copy("", 0);
	file->len = t.len;
	nfiles++;
}

static void
read_directory(const char *path, const char *url, int depth)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (dir == NULL)
		fail(path, strerror(errno));
	if (depth > MAX_DEPTH)
		fail(path, "too deep");
	while ((entry = readdir(dir)) != NULL)
	{
		Text inner = { 0 };
		Text address = { 0 };
		struct stat st;

		if (entry->d_name[0] == '.')
			continue;
		text_format(&inner, "%s/%s", path, entry->d_name);
		text_format(&address, "%s/%s", url, entry->d_name);
		if (stat(inner.data, &st) != 0)
			fail(inner.data, strerror(errno));
		if (S_ISDIR(st.st_mode))
			read_directory(inner.data, address.data, depth + 1);
		else if (S_ISREG(st.st_mode))
			read_file(inner.data, address.data);
		text_free(&inner);
		text_free(&address);
	}
	closedir(dir);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(((const File *) a)->path, ((const File *) b)->path);
}

static const File *
find(const char *path)
{
	File wanted = { .path = (char *) path };

	return bsearch(&wanted, files, nfiles, sizeof(File), compare);
}

static const File *
find_compressed(const char *path, const char *ending)
{
	Text t = { 0 };
	const File *file;

	text_format(&t, "%s%s", path, ending);
	file = find(t.data);
	text_free(&t);
	return file;
}

void
static_start(void)
{
	if (!*settings.static_dir)
		return;
	read_directory(settings.static_dir, "", 0);
	qsort(files, nfiles, sizeof(File), compare);
	for (size_t i = 0; i < nfiles; i++)
	{
		files[i].brotli = find_compressed(files[i].path, ".br");
		files[i].gzip = find_compressed(files[i].path, ".gz");
	}
	if (find("/index.html") == NULL)
		fail(settings.static_dir, "there is no index.html in it");
	log_message(LOG_NOTICE, "%zu files of the dashboard", nfiles);
}

void
static_stop(void)
{
	for (size_t i = 0; i < nfiles; i++)
	{
		free(files[i].path);
		free(files[i].data);
	}
}

/* A path that names no file is one of the application's own pages. */
static const File *
find_page(const char *path)
{
	const File *file = find(path);
	const char *last = strrchr(path, '/');

	if (file == NULL && last != NULL && strchr(last, '.') == NULL &&
		strncmp(path, "/assets/", 8) != 0 && strncmp(path, "/v1/", 4) != 0)
		file = find("/index.html");
	return file;
}

bool
static_has(const char *path)
{
	return find_page(path) != NULL;
}

/* Whether an Accept-Encoding names the coding, and not with q=0. */
static bool
accepts(const char *header, const char *coding)
{
	size_t len = strlen(coding);

	for (const char *p = header; p != NULL && *p;)
	{
		size_t n = strcspn(p, ",");
		size_t name;

		while (n > 0 && (*p == ' ' || *p == '\t'))
		{
			p++;
			n--;
		}
		name = strcspn(p, " \t;,");
		if (name == len && strncmp(p, coding, len) == 0)
		{
			const char *q = memchr(p, '=', n);

			return q == NULL || strtod(q + 1, NULL) > 0;
		}
		p += n;
		p += *p == ',';
	}
	return false;
}

void
static_answer(Request *request)
{
	const File *file = find_page(request->path);
	const char *encodings = request_header(request, "Accept-Encoding");
	const File *sent = file;
	const char *coding = NULL;
	Reply *reply = &request->reply;

	if (file == NULL)
	{
		answer_problem(request, PROBLEM_NOT_FOUND, "there is nothing at this address");
		return;
	}
	if (file->brotli != NULL && accepts(encodings, "br"))
	{
		sent = file->brotli;
		coding = "br";
	}
	else if (file->gzip != NULL && accepts(encodings, "gzip"))
	{
		sent = file->gzip;
		coding = "gzip";
	}
	reply->page = true;
	/* A name with a hash in it never means anything else. */
	reply_header(reply, "Cache-Control",
				 strncmp(file->path, "/assets/", 8) == 0 ? "public, max-age=31536000, immutable" :
														   "no-cache");
	if (file->brotli != NULL || file->gzip != NULL)
		reply_header(reply, "Vary", "Accept-Encoding");
	if (answer_etag(request, sent->etag))
		return;
	if (coding != NULL)
		reply_header(reply, "Content-Encoding", "%s", coding);
	answer_text(request, 200, file->type, "", 0);
	reply->constant = sent->data;
	reply->constant_len = sent->len;
}
