#include "state/trouble.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/io.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/slice.h"
#include "util/trust.h"

#define BEGINNING "since "

struct note {
	int64_t since, told;
};

static bool
read_number(struct slice *line, const char *word, int64_t *out)
{
	uint64_t n;

	if (!slice_equal(slice_word(line), word) || !slice_number(slice_word(line), INT64_MAX, &n))
		return false;
	*out = (int64_t)n;
	return true;
}

/* False for one that is new, torn, or from a clock that was put back since. */
static bool
read_note(int fd, int64_t now, struct note *note)
{
	char text[128];
	ssize_t len = pread_all(fd, text, sizeof(text), 0);
	struct slice rest = { text, len > 0 ? (size_t)len : 0 }, line = slice_line(&rest);

	return read_number(&line, "since", &note->since) &&
	       read_number(&line, "told", &note->told) && note->since <= now && note->told <= now;
}

/* Whether it is a note, which may be written anew, and no other file that has this name. */
static bool
is_note(int fd, const char *path)
{
	struct error unused = { .cls = ERR_OK };

	return trust_file(fd, path, false, &unused) == 0 && trust_begins(fd, BEGINNING);
}

static int
write_note(int fd, const struct note *note)
{
	char text[128];
	int n = snprintf(
	    text, sizeof(text), "since %" PRId64 " told %" PRId64 "\n", note->since, note->told);

	if (ftruncate(fd, 0) == -1 || lseek(fd, 0, SEEK_SET) == -1)
		return -1;
	return write_all(fd, text, (size_t)n);
}

static char *
path_of(const char *journal_path)
{
	return xasprintf("%s.trouble", journal_path);
}

bool
trouble_has_lasted(const char *journal_path, int64_t patience_s, int64_t now, int64_t *since)
{
	struct note note = { .since = now };
	struct error unused = { .cls = ERR_OK };
	char *path = path_of(journal_path);
	bool lasted = true;
	int fd = -1;

	*since = now;
	if (path_make_parents(path, &unused) == 0)
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd != -1 && !is_note(fd, path)) {
		(void)close(fd);
		fd = -1;
	}
	free(path);
	if (fd == -1)
		return true;
	if (!read_note(fd, now, &note))
		note = (struct note){ .since = now };
	lasted = now - note.since >= patience_s && now - note.told >= patience_s;
	if (lasted)
		note.told = now;
	if (write_note(fd, &note) == -1)
		lasted = true;
	*since = note.since;
	(void)close(fd);
	return lasted;
}

void
trouble_is_over(const char *journal_path)
{
	char *path = path_of(journal_path);

	trust_unlink(path, BEGINNING);
	free(path);
}
