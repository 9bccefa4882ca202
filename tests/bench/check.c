/*
 * check - did a client deliver the mail that pop3serve has, each message whole and once?
 *
 *     check [-n MESSAGES] [-f FIRST] [-s BYTES | -m] [-x TIMES] FORM FILE...
 *
 * The first options are those of pop3serve; with -x each message has to be there so many times.
 * FORM says what the files are: "mbox" (quoted as mboxrd), "raw" (what the server sent, behind
 * "+OK" lines) or "bsmtp" (an SMTP session). Clients add header fields of their own and rewrite
 * others, so the header only says by its Message-ID which message it is; every line of the body is
 * compared. Says what is wrong in one line and exits with 1, else says nothing.
 */
#include "mail.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum form { FORM_MBOX, FORM_RAW, FORM_BSMTP };
enum part { BETWEEN, HEADER, BODY };

static struct mail_set set = { .n = 1000, .first = 1, .size = 2048 };
static uint32_t *seen; /* how often, by number */

static struct {
	enum part part;
	bool known;
	uint32_t id;
	uint64_t line, blanks; /* of the body; empty lines since then */
} at;

__attribute__((format(printf, 1, 2), noreturn)) static void
wrong(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	(void)putchar('\n');
	exit(1);
}

static void
begin_message(void)
{
	at.part = HEADER;
	at.known = false;
}

/* Blank lines at a message's end are a matter of the mailbox's form. */
static void
end_message(void)
{
	if (at.part == BETWEEN)
		return;
	if (at.part != BODY)
		wrong("a message without a body");
	if (at.line != mail_lines(&set, at.id))
		wrong("message %u is cut short", at.id);
	if (at.blanks > 2)
		wrong("message %u has grown", at.id);
	seen[at.id - set.first]++;
	at.part = BETWEEN;
}

static void
header_line(const char *p, size_t len)
{
	static const char name[] = "Message-ID: <";

	if (len == 0) {
		if (!at.known)
			wrong("a message without its Message-ID");
		at.part = BODY;
		at.line = at.blanks = 0;
	} else if (len > sizeof(name) && strncasecmp(p, name, sizeof(name) - 1) == 0) {
		at.id = (uint32_t)strtoul(p + sizeof(name) - 1, NULL, 10);
		at.known = true;
		if (at.id < set.first || at.id - set.first >= set.n)
			wrong("message %u is not on the server", at.id);
	}
}

/* A line of the body, with dots doubled if stuffed. */
static void
body_line(const char *p, size_t len, bool stuffed)
{
	const char *want = mail_line(at.id, at.line);
	size_t want_len = MAIL_LINE - 2;

	if (!stuffed && want[0] == '.') {
		want++;
		want_len--;
	}
	if (len == 0) {
		at.blanks++;
	} else if (at.blanks > 0 || at.line >= mail_lines(&set, at.id)) {
		wrong("message %u has grown", at.id);
	} else {
		if (len != want_len || memcmp(p, want, len) != 0)
			wrong("message %u differs in line %llu of its body", at.id,
			    (unsigned long long)at.line + 1);
		at.line++;
	}
}

static void
line_of_message(const char *p, size_t len, bool stuffed)
{
	if (at.part == HEADER)
		header_line(p, len);
	else if (at.part == BODY)
		body_line(p, len, stuffed);
}

static void
mbox_line(const char *p, size_t len)
{
	size_t quotes = 0;

	if (len >= 5 && memcmp(p, "From ", 5) == 0) {
		end_message();
		begin_message();
		return;
	}
	while (quotes < len && p[quotes] == '>')
		quotes++;
	if (quotes > 0 && len - quotes >= 5 && memcmp(p + quotes, "From ", 5) == 0) {
		p++;
		len--;
	}
	line_of_message(p, len, false);
}

static void
wire_line(const char *p, size_t len, const char *before)
{
	if (at.part != BETWEEN && len == 1 && *p == '.')
		end_message();
	else if (at.part != BETWEEN)
		line_of_message(p, len, true);
	else if (len >= strlen(before) && memcmp(p, before, strlen(before)) == 0)
		begin_message();
}

static void
check_file(const char *name, enum form form)
{
	int fd = open(name, O_RDONLY);
	const char *p, *end, *nl;
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		wrong("no file %s", name);
	if (st.st_size == 0)
		return;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		wrong("cannot read %s", name);
	for (end = p + st.st_size; p < end; p = nl + 1) {
		size_t len;

		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			wrong("%s ends within a line", name);
		len = (size_t)(nl - p);
		if (len > 0 && p[len - 1] == '\r')
			len--;
		if (form == FORM_MBOX)
			mbox_line(p, len);
		else
			wire_line(p, len, form == FORM_RAW ? "+OK" : "DATA");
	}
	if (form == FORM_MBOX)
		end_message();
	else if (at.part != BETWEEN)
		wrong("message %u is cut short", at.id);
	(void)close(fd);
}

int
main(int argc, char **argv)
{
	static const char *const forms[] = { "mbox", "raw", "bsmtp" };
	uint32_t times = 1, fewer = 0, more = 0;
	size_t form = 0;
	int c;

	while ((c = getopt(argc, argv, MAIL_OPTIONS "x:")) != -1)
		if (c == 'x')
			times = (uint32_t)strtoul(optarg, NULL, 10);
		else if (!mail_option(&set, c, optarg))
			return 2;
	if (optind >= argc || (seen = calloc(set.n + 1, sizeof(*seen))) == NULL)
		return 2;
	while (form < 3 && strcmp(argv[optind], forms[form]) != 0)
		form++;
	if (form == 3)
		return 2;
	mail_begin();
	for (int i = optind + 1; i < argc; i++)
		check_file(argv[i], (enum form)form);
	for (uint32_t i = 0; i < set.n; i++) {
		fewer += seen[i] < times;
		more += seen[i] > times;
	}
	if (fewer > 0)
		wrong("%u of %u messages are missing", fewer, set.n);
	if (more > 0)
		wrong("%u of %u messages are there too often", more, set.n);
	return 0;
}
