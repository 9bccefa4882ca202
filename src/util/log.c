#include "util/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "util/slice.h"
#include "util/text.h"

/* The only state of this file: set once by the command line, then per account. */
static enum log_level the_level = LOG_NORMAL;
static const char *the_account;

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
log_set_account(const char *name)
{
	the_account = name;
}

/* Prints in pieces that text_visible() takes whole, so that a long line is not cut. */
static void
print_safe(FILE *f, const char *line)
{
	char safe[TEXT_SAFE_MAX];
	struct slice rest = slice_str(line);

	while (rest.len > 0) {
		struct slice piece = { rest.p, rest.len < 128 ? rest.len : 128 };

		while (piece.len < rest.len && piece.len > 124 &&
		       ((unsigned char)rest.p[piece.len] & 0xC0) == 0x80)
			piece.len--;
		(void)fputs(text_visible(safe, piece), f);
		rest.p += piece.len;
		rest.len -= piece.len;
	}
}

__attribute__((format(printf, 3, 0))) static void
print_line(FILE *f, const char *prefix, const char *fmt, va_list ap)
{
	char line[2048];

	(void)vsnprintf(line, sizeof(line), fmt, ap);
	flockfile(f);
	(void)fputs(prefix, f);
	if (the_account != NULL)
		(void)fprintf(f, "%s: ", the_account);
	print_safe(f, line);
	(void)fputc('\n', f);
	funlockfile(f);
}

#define LOG_FUNCTION(name, level, file, prefix)                                                    \
	void name(const char *fmt, ...)                                                            \
	{                                                                                          \
		va_list ap;                                                                        \
                                                                                                   \
		if (!log_at(level))                                                                \
			return;                                                                    \
		va_start(ap, fmt);                                                                 \
		print_line(file, prefix, fmt, ap);                                                 \
		va_end(ap);                                                                        \
	}

LOG_FUNCTION(log_error, LOG_QUIET, stderr, "haulmail: ")
LOG_FUNCTION(log_warn, LOG_NORMAL, stderr, "haulmail: ")
LOG_FUNCTION(log_info, LOG_VERBOSE, stderr, "haulmail: ")
LOG_FUNCTION(log_dialogue, LOG_DIALOGUE, stderr, "")
LOG_FUNCTION(log_say, LOG_QUIET, stdout, "")
