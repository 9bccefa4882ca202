#include "config/netrc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "net/hostname.h"
#include "util/mem.h"

struct reader {
	struct slice rest;
	unsigned line;
	const char *host;
	bool here; /* in an entry for that host */
};

void
netrc_entry_free(struct netrc_entry *en)
{
	free_secret(en->login);
	free_secret(en->password);
	*en = (struct netrc_entry){ .login = NULL };
}

/* ---- words ---- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char
take(struct reader *r)
{
	char c = *r->rest.p++;

	r->rest.len--;
	if (c == '\n')
		r->line++;
	return c;
}

/* The rest of the line, false when there is nothing on it. */
static bool
skip_line(struct reader *r)
{
	struct slice line = slice_line(&r->rest);

	r->line++;
	return slice_trim(line).len > 0 && !slice_equal(line, "\r");
}

/* The next word, a new string; NULL at the end, or with *e set. */
static char *
take_word(struct reader *r, struct error *e)
{
	bool quoted;
	size_t n = 0;
	char *word;

	while (r->rest.len > 0 && is_blank(*r->rest.p))
		(void)take(r);
	if (r->rest.len == 0)
		return NULL;
	word = xmalloc(r->rest.len + 1);
	quoted = slice_skip(&r->rest, "\"");
	while (r->rest.len > 0 && *r->rest.p != '\n' &&
	       (quoted ? *r->rest.p != '"' : !is_blank(*r->rest.p))) {
		if (*r->rest.p == '\\' && r->rest.len > 1)
			(void)take(r);
		word[n++] = take(r);
	}
	word[n] = '\0';
	if (!quoted || slice_skip(&r->rest, "\""))
		return word;
	(void)error_set(e, ERR_CONFIG, "line %u: a quote is missing", r->line);
	free_secret(word);
	return NULL;
}

static char *
take_keyword(struct reader *r, struct error *e)
{
	for (;;) {
		while (r->rest.len > 0 && is_blank(*r->rest.p))
			(void)take(r);
		if (r->rest.len == 0 || *r->rest.p != '#')
			return take_word(r, e);
		(void)skip_line(r);
	}
}

/* ---- entries ---- */

static bool
is_host(const char *word, const char *host)
{
	char *ascii = hostname_ascii(word);
	bool same = ascii != NULL && strcasecmp(ascii, host) == 0;

	free(ascii);
	return same;
}

/* What the keyword wants behind it goes into *field, or nowhere. */
static int
take_value(struct reader *r, const char *keyword, char **field, struct error *e)
{
	unsigned line = r->line;
	char *value = take_word(r, e);

	if (value == NULL)
		return error_set(
		    e, ERR_CONFIG, "line %u: nothing stands behind \"%s\"", line, keyword);
	if (field == NULL) {
		free_secret(value);
	} else {
		free_secret(*field);
		*field = value;
	}
	return 0;
}

static int
take_machine(struct reader *r, struct error *e)
{
	char *machine = NULL;

	if (take_value(r, "machine", &machine, e) == -1)
		return -1;
	r->here = is_host(machine, r->host);
	free_secret(machine);
	return 0;
}

static int
take_macro(struct reader *r, struct error *e)
{
	if (take_value(r, "macdef", NULL, e) == -1)
		return -1;
	(void)skip_line(r);
	while (r->rest.len > 0 && skip_line(r))
		;
	return 0;
}

static int
take_setting(struct reader *r, const char *keyword, struct netrc_entry *en, struct error *e)
{
	if (strcmp(keyword, "machine") == 0)
		return take_machine(r, e);
	if (strcmp(keyword, "default") == 0)
		r->here = true;
	else if (strcmp(keyword, "login") == 0)
		return take_value(r, "login", r->here ? &en->login : NULL, e);
	else if (strcmp(keyword, "password") == 0 || strcmp(keyword, "passwd") == 0)
		return take_value(r, "password", r->here ? &en->password : NULL, e);
	else if (strcmp(keyword, "account") == 0)
		return take_value(r, "account", NULL, e);
	else if (strcmp(keyword, "macdef") == 0)
		return take_macro(r, e);
	return 0;
}

/* Whether the entry is over with this keyword; NULL: with the end of the file. */
static bool
ends_entry(const char *keyword)
{
	return keyword == NULL || strcmp(keyword, "machine") == 0 ||
	       strcmp(keyword, "default") == 0;
}

static bool
serves(const struct netrc_entry *en, const char *user)
{
	return en->password != NULL &&
	       (user == NULL || en->login == NULL || strcmp(en->login, user) == 0);
}

int
netrc_find(
    struct slice text, const char *host, const char *user, struct netrc_entry *out, struct error *e)
{
	struct reader r = { .rest = text, .line = 1, .host = host };
	char *keyword;
	int rc = 0;

	*out = (struct netrc_entry){ .login = NULL };
	if (text.len > 0 && memchr(text.p, '\0', text.len) != NULL)
		return error_set(e, ERR_CONFIG, "a NUL character in it");
	while (rc == 0) {
		keyword = take_keyword(&r, e);
		if (ends_entry(keyword)) {
			if (e->cls == ERR_OK && serves(out, user)) {
				free_secret(keyword);
				return 1;
			}
			netrc_entry_free(out);
			r.here = false;
		}
		if (keyword == NULL)
			return e->cls == ERR_OK ? 0 : -1;
		rc = take_setting(&r, keyword, out, e);
		free_secret(keyword);
	}
	netrc_entry_free(out);
	return -1;
}
