#include "filter/pattern.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "mail/header.h"
#include "mail/rfc2047.h"
#include "util/buf.h"
#include "util/mem.h"
#include "util/util.h"

#define LINE_MAX_SEEN (32 * KiB) /* what an expression gets to see of one line */
#define LONG_LINE KiB            /* above this it is asked for in a way that takes linear time */

struct pattern {
	char *text; /* as the user wrote it */
	regex_t regex;
	regex_t anywhere; /* the same behind "^.*", for long lines */
	bool has_anywhere;
};

/* Whether there may be a \1 in it, which another pair of parentheses would change. */
static bool
refers_back(const char *text)
{
	for (const char *at = text; (at = strchr(at, '\\')) != NULL && at[1] != '\0'; at += 2)
		if (at[1] >= '1' && at[1] <= '9')
			return true;
	return false;
}

/* A ")" without its "(" is an ordinary character, and would be ours. */
static bool
closes_what_is_not_open(const char *text)
{
	char *opened = xasprintf("(%s", text);
	regex_t regex;
	bool closes = regcomp(&regex, opened, REG_EXTENDED | REG_NOSUB) == 0;

	if (closes)
		regfree(&regex);
	free(opened);
	return closes;
}

/*
 * regexec(3) tries an expression at each character in turn, and one with ".*" in it reads to the
 * end of the line each time: seconds for a line of 64 KiB. Tied to the beginning it reads the line
 * once.
 */
static void
prepare_for_long_lines(struct pattern *p)
{
	char *anywhere = xasprintf("^.*(%s)", p->text);

	p->has_anywhere =
	    !refers_back(p->text) && !closes_what_is_not_open(p->text) &&
	    regcomp(&p->anywhere, anywhere, REG_EXTENDED | REG_ICASE | REG_NOSUB) == 0;
	free(anywhere);
}

struct pattern *
pattern_new(const char *text, struct error *e)
{
	struct pattern *p = xcalloc(1, sizeof(*p));
	int rc = regcomp(&p->regex, text, REG_EXTENDED | REG_ICASE | REG_NOSUB);
	char why[128];

	if (rc != 0) {
		(void)regerror(rc, &p->regex, why, sizeof(why));
		(void)error_set(e, ERR_CONFIG, "the regular expression is wrong: %s", why);
		free(p);
		return NULL;
	}
	p->text = xstrdup(text);
	prepare_for_long_lines(p);
	return p;
}

void
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	regfree(&p->regex);
	if (p->has_anywhere)
		regfree(&p->anywhere);
	free(p->text);
	free(p);
}

const char *
pattern_text(const struct pattern *p)
{
	return p->text;
}

/* Bytes that are no characters of the locale, which "." does not match, become "?". */
static void
make_characters(struct buf *line)
{
	for (size_t i = 0, n; i < line->len; i += n) {
		mbstate_t fresh = { 0 };

		n = mbrtowc(NULL, line->p + i, line->len - i, &fresh);
		if (n == 0 || n > line->len - i) {
			line->p[i] = '?';
			n = 1;
		}
	}
}

/* line has a NUL behind its end. */
static bool
text_matches(const struct pattern *p, struct buf *line)
{
	if (!p->has_anywhere || line->len <= LONG_LINE)
		return regexec(&p->regex, line->p, 0, NULL, 0) == 0;
	make_characters(line);
	return regexec(&p->anywhere, line->p, 0, NULL, 0) == 0;
}

/* Puts a NUL behind its end, and none before it: regexec(3) would stop there. */
static void
end_line(struct buf *line)
{
	for (size_t i = 0; i < line->len; i++)
		if (line->p[i] == '\0')
			line->p[i] = ' ';
	line->max++;
	(void)buf_addch(line, '\0');
	line->max--;
	line->len--;
}

static bool
line_matches(const struct pattern *p, struct slice raw, struct buf *line, struct buf *decoded)
{
	line->len = decoded->len = 0;
	(void)header_unfold(line, raw);
	end_line(line);
	(void)rfc2047_decode(decoded, buf_slice(line));
	end_line(decoded);
	return text_matches(p, line) ||
	       (!slice_same(buf_slice(line), buf_slice(decoded)) && text_matches(p, decoded));
}

bool
pattern_matches(const struct pattern *p, struct slice head)
{
	struct buf line = BUF_INIT(LINE_MAX_SEEN), decoded = BUF_INIT(LINE_MAX_SEEN);
	struct header h;
	bool found = false;

	while (!found && header_next(&head, &h))
		found = line_matches(p, h.raw, &line, &decoded);
	buf_free(&line);
	buf_free(&decoded);
	return found;
}
