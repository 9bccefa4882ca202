#include "util/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/text.h"
#include "util/util.h"

#define PLAIN "\033[m"
#define SAFE_LINE_MAX (16 * KiB)

enum kind { ERROR, WARNING, NOTE, INFO, DIALOGUE, RESULT };

static const struct {
	enum log_level from;
	int priority;
	const char *program;
	const char *colour; /* of what stands in front of the words */
} kinds[] = {
	[ERROR] = { LOG_QUIET, LOG_ERR, "haulmail: ", "\033[31m" },
	[WARNING] = { LOG_NORMAL, LOG_WARNING, "haulmail: ", "\033[33m" },
	[NOTE] = { LOG_NORMAL, LOG_INFO, "haulmail: ", "" },
	[INFO] = { LOG_VERBOSE, LOG_INFO, "haulmail: ", "" },
	[DIALOGUE] = { LOG_DIALOGUE, LOG_DEBUG, "", "" },
	[RESULT] = { LOG_QUIET, LOG_INFO, "", "\033[1m" },
};

/* The only state of this file: set once by the command line, then per account. */
static enum log_level the_level = LOG_NORMAL;
static const char *the_account;
static enum { STREAMS, JOURNAL, SYSLOG } the_way = STREAMS;
static bool colour_of_stdout, colour_of_stderr;
static void (*before_line)(void);

static bool
takes_colour(int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fd) && (no == NULL || *no == '\0') && term != NULL && *term != '\0' &&
	       strcmp(term, "dumb") != 0;
}

/* systemd.exec(5): the variable names the file that is the journal; it may be an inherited one. */
static bool
is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char here[64];
	struct stat st;

	if (stream == NULL || fstat(fd, &st) == -1)
		return false;
	(void)snprintf(here, sizeof(here), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, here) == 0;
}

void
log_start(bool to_syslog)
{
	if (to_syslog) {
		openlog("haulmail", LOG_PID | LOG_NDELAY, LOG_MAIL);
		the_way = SYSLOG;
	} else if (is_journal(STDERR_FILENO)) {
		the_way = JOURNAL;
	}
	colour_of_stdout = takes_colour(STDOUT_FILENO);
	colour_of_stderr = takes_colour(STDERR_FILENO);
}

bool
log_is_record(void)
{
	return the_way != STREAMS;
}

void
log_set_level(enum log_level level)
{
	the_level = level;
}

bool
log_at(enum log_level level)
{
	return the_level >= level;
}

void
log_before_line(void (*call)(void))
{
	before_line = call;
}

void
log_set_account(const char *name)
{
	the_account = name;
}

/* In pieces that text_visible() takes whole, so that a long line is not cut. */
static void
add_safe(struct buf *out, const char *line)
{
	char safe[TEXT_SAFE_MAX];
	struct slice rest = slice_str(line);

	while (rest.len > 0) {
		struct slice piece = { rest.p, rest.len < 128 ? rest.len : 128 };

		while (piece.len < rest.len && piece.len > 124 &&
		       ((unsigned char)rest.p[piece.len] & 0xC0) == 0x80)
			piece.len--;
		(void)buf_addstr(out, text_visible(safe, piece));
		rest.p += piece.len;
		rest.len -= piece.len;
	}
}

/* What goes in front of the words. */
static void
add_front(struct buf *out, enum kind kind)
{
	bool colour =
	    (kind == RESULT ? colour_of_stdout : colour_of_stderr) && *kinds[kind].colour != '\0';

	if (the_way == JOURNAL && kind != RESULT)
		(void)buf_addf(out, "<%d>", kinds[kind].priority);
	if (colour)
		(void)buf_addstr(out, kinds[kind].colour);
	if (the_way == STREAMS)
		(void)buf_addstr(out, kinds[kind].program);
	if (the_account != NULL)
		(void)buf_addf(out, "%s: ", the_account);
	if (colour)
		(void)buf_addstr(out, PLAIN);
}

__attribute__((format(printf, 2, 0))) static void
tell(enum kind kind, const char *fmt, va_list ap)
{
	struct buf out = BUF_INIT(SAFE_LINE_MAX);
	FILE *f = kind == RESULT ? stdout : stderr;
	char line[2 * KiB];

	(void)vsnprintf(line, sizeof(line), fmt, ap);
	add_front(&out, kind);
	add_safe(&out, line);
	if (before_line != NULL)
		before_line();
	if (the_way == SYSLOG && kind != RESULT) {
		syslog(kinds[kind].priority, "%.*s", (int)out.len, out.p);
	} else {
		(void)buf_addch(&out, '\n');
		(void)fwrite(out.p, 1, out.len, f);
	}
	buf_free(&out);
}

#define LOG_FUNCTION(name, kind)                                                                   \
	void name(const char *fmt, ...)                                                            \
	{                                                                                          \
		va_list ap;                                                                        \
                                                                                                   \
		if (!log_at(kinds[kind].from))                                                     \
			return;                                                                    \
		va_start(ap, fmt);                                                                 \
		tell(kind, fmt, ap);                                                               \
		va_end(ap);                                                                        \
	}

LOG_FUNCTION(log_error, ERROR)
LOG_FUNCTION(log_warn, WARNING)
LOG_FUNCTION(log_note, NOTE)
LOG_FUNCTION(log_info, INFO)
LOG_FUNCTION(log_dialogue, DIALOGUE)
LOG_FUNCTION(log_say, RESULT)
