#include "config/values.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mail/addr.h"
#include "net/dial.h"
#include "net/hostname.h"
#include "net/tls.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/text.h"
#include "util/units.h"
#include "util/util.h"

#define FIELD(type, a, o) (*(type *)(void *)((char *)(uintptr_t)(a) + (o)->field))

/* ---- helpers ---- */

static int
want_one(const struct option *o, size_t n, size_t *bad, struct error *e)
{
	if (n == 1)
		return 0;
	*bad = n == 0 ? 0 : 1;
	return error_set(e, ERR_CONFIG,
	    n == 0 ? "\"%s\" wants a value: %s"
		   : "\"%s\" takes one value, %s (quote it if it has blanks)",
	    o->name, o->argument);
}

void
value_quote(struct buf *out, const char *word)
{
	if (*word != '\0' && word[strcspn(word, " \t\"#\\")] == '\0') {
		(void)buf_addstr(out, word);
		return;
	}
	(void)buf_addch(out, '"');
	for (; *word != '\0'; word++) {
		if (*word == '"' || *word == '\\')
			(void)buf_addch(out, '\\');
		(void)buf_addch(out, *word);
	}
	(void)buf_addch(out, '"');
}

char *
value_expand(const struct option *o, const char *word, struct error *e)
{
	char *path = path_expand(word, e);

	if (path != NULL && *path == '\0') {
		(void)error_set(e, ERR_CONFIG, "\"%s\" cannot be empty, as %s is", o->name, word);
		free(path);
		return NULL;
	}
	return path;
}

void
value_replace_inherited(struct account *a, unsigned group, void (*clear)(struct account *a))
{
	if (!a->in_defaults && (a->inherited & group) != 0)
		clear(a);
	if (a->in_defaults)
		a->inherited |= group;
	else
		a->inherited &= ~group;
}

/* ---- strings and paths ---- */

static int
want_string(
    const struct option *o, const char *const *words, size_t n, size_t *bad, struct error *e)
{
	if (want_one(o, n, bad, e) == -1)
		return -1;
	*bad = 0;
	if (*words[0] == '\0')
		return error_set(e, ERR_CONFIG, "\"%s\" cannot be empty", o->name);
	if (text_has_control(slice_str(words[0])))
		return error_set(e, ERR_CONFIG, "\"%s\" has a control character in it", o->name);
	return 0;
}

/* The same for a path, expanded: a new string, or NULL. */
static char *
want_path(const struct option *o, const char *const *words, size_t n, size_t *bad, struct error *e)
{
	return want_string(o, words, n, bad, e) == 0 ? value_expand(o, words[0], e) : NULL;
}

/* Takes the string. Always 0. */
static int
store(struct account *a, const struct option *o, char *value)
{
	free_secret(FIELD(char *, a, o));
	FIELD(char *, a, o) = value;
	return 0;
}

int
value_set_string(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	if (want_string(o, words, n, bad, e) == -1)
		return -1;
	return store(a, o, xstrdup(words[0]));
}

int
value_set_path(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	char *path = want_path(o, words, n, bad, e);

	return path != NULL ? store(a, o, path) : -1;
}

static void
clear_secrets(struct account *a)
{
	free_secret(a->password);
	free(a->password_command);
	free(a->password_file);
	a->password = a->password_command = a->password_file = NULL;
}

int
value_set_secret(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	if (want_string(o, words, n, bad, e) == -1)
		return -1;
	value_replace_inherited(a, INHERITED_SECRET, clear_secrets);
	return store(a, o, xstrdup(words[0]));
}

int
value_set_secret_path(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	char *path = want_path(o, words, n, bad, e);

	if (path == NULL)
		return -1;
	value_replace_inherited(a, INHERITED_SECRET, clear_secrets);
	return store(a, o, path);
}

bool
value_show_string(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	const char *value = FIELD(char *, a, o);

	if (i > 0 || value == NULL)
		return false;
	value_quote(out, o->secret ? "********" : value);
	return true;
}

/* A user's name that was only guessed is nothing to be shown: ~/.netrc may know another. */
bool
value_show_user(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	return !a->user_guessed && value_show_string(a, o, i, out);
}

/* ---- where the server is ---- */

/* Whether it is one, whatever interface stands behind its "%": that may come and go. */
static bool
is_address(const char *word)
{
	char *address = xstrndup(word, strcspn(word, "%"));
	bool is = dial_is_address(address);

	free(address);
	return is;
}

/* IPv6 as URLs write it: a new string without the brackets, or NULL with *e set. */
static char *
unbracket(const char *word, struct error *e)
{
	size_t len = strcspn(word + 1, "]");
	char *address = xstrndup(word + 1, len);

	if (strcmp(word + 1 + len, "]") != 0)
		(void)error_set(e, ERR_CONFIG,
		    "an address that begins with \"[\" ends with \"]\"; the port has a keyword of "
		    "its own");
	else if (!text_is_ascii(slice_str(address)) || !is_address(address))
		(void)error_set(e, ERR_CONFIG, "between \"[\" and \"]\" stands an IPv6 address");
	else
		return address;
	free(address);
	return NULL;
}

int
value_set_host(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	char *host;
	int rc;

	if (want_one(o, n, bad, e) == -1)
		return -1;
	*bad = 0;
	if (*words[0] == '[')
		host = unbracket(words[0], e);
	else if ((host = hostname_ascii(words[0])) == NULL)
		(void)error_set(e, ERR_CONFIG, "\"%s\" is no host name in UTF-8", o->name);
	if (host == NULL)
		return -1;
	rc = value_set_string(a, o, &(const char *){ host }, 1, bad, e);
	free(host);
	return rc;
}

static void
clear_way(struct account *a)
{
	free(a->socket);
	free(a->connect_command);
	a->socket = a->connect_command = NULL;
}

int
value_set_connect_command(struct account *a, const struct option *o, const char *const *words,
    size_t n, size_t *bad, struct error *e)
{
	if (want_string(o, words, n, bad, e) == -1)
		return -1;
	value_replace_inherited(a, INHERITED_WAY, clear_way);
	return store(a, o, xstrdup(words[0]));
}

int
value_set_socket(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	char *path = want_path(o, words, n, bad, e);

	if (path == NULL)
		return -1;
	value_replace_inherited(a, INHERITED_WAY, clear_way);
	return store(a, o, path);
}

int
value_set_source(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	if (want_one(o, n, bad, e) == -1)
		return -1;
	*bad = 0;
	if (!dial_is_address(words[0]))
		return error_set(
		    e, ERR_CONFIG, "\"%s\" wants an IPv4 or IPv6 address of this machine", o->name);
	return value_set_string(a, o, words, n, bad, e);
}

/* ---- numbers ---- */

int
value_set_number(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	uint64_t value;

	if (want_one(o, n, bad, e) == -1)
		return -1;
	*bad = 0;
	/* not by strtonum(3), which takes signs and blanks */
	if (!slice_number(slice_str(words[0]), (uint64_t)o->max, &value) ||
	    value < (uint64_t)o->min)
		return error_set(e, ERR_CONFIG,
		    "\"%s\" wants a number from %" PRId64 " to %" PRId64, o->name, o->min, o->max);
	FIELD(int64_t, a, o) = (int64_t)value;
	return 0;
}

bool
value_show_number(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	int64_t value = FIELD(int64_t, a, o);

	if (i > 0 || value == 0)
		return false;
	(void)buf_addf(out, "%" PRId64, value);
	return true;
}

int
value_set_duration(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	int64_t seconds;

	if (want_one(o, n, bad, e) == -1)
		return -1;
	*bad = 0;
	if (duration_parse(words[0], &seconds) == -1)
		return error_set(
		    e, ERR_CONFIG, "\"%s\" wants a duration like 30s, 5m, 12h or 14d", o->name);
	if (seconds < o->min || seconds > o->max)
		return error_set(e, ERR_CONFIG, "\"%s\" must be from %" PRId64 "s to %" PRId64 "s",
		    o->name, o->min, o->max);
	FIELD(int64_t, a, o) = seconds;
	return 0;
}

bool
value_show_duration(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	char text[UNITS_MAX];

	if (i > 0)
		return false;
	(void)buf_addstr(out, duration_format(text, FIELD(int64_t, a, o)));
	return true;
}

int
value_set_size(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	uint64_t size;

	if (want_one(o, n, bad, e) == -1)
		return -1;
	*bad = 0;
	if (size_parse(words[0], &size) == -1 || size == 0)
		return error_set(e, ERR_CONFIG, "\"%s\" wants a size like 500K or 20M", o->name);
	FIELD(uint64_t, a, o) = size;
	return 0;
}

bool
value_show_size(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	char text[UNITS_MAX];

	if (i > 0 || FIELD(uint64_t, a, o) == 0)
		return false;
	(void)buf_addstr(out, size_format(text, FIELD(uint64_t, a, o)));
	return true;
}

/* ---- choices ---- */

int
value_set_choice(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	struct buf all = BUF_INIT(256);

	if (want_one(o, n, bad, e) == -1)
		return -1;
	*bad = 0;
	for (int i = 0; o->choices[i] != NULL; i++) {
		if (strcmp(words[0], o->choices[i]) == 0) {
			FIELD(int, a, o) = i;
			buf_free(&all);
			return 0;
		}
		(void)buf_addf(&all, "%s%s",
		    i == 0                      ? ""
		    : o->choices[i + 1] == NULL ? " or "
						: ", ",
		    o->choices[i]);
	}
	(void)error_set(e, ERR_CONFIG, "\"%s\" is %.*s", o->name, (int)all.len, all.p);
	buf_free(&all);
	return -1;
}

bool
value_show_choice(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	if (i > 0)
		return false;
	(void)buf_addstr(out, o->choices[FIELD(int, a, o)]);
	return true;
}

/* ---- those with a grammar of their own ---- */

int
value_set_keep(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	if (n == 1 && strcmp(words[0], "no") == 0)
		a->keep_s = KEEP_NO;
	else if (n == 1 && strcmp(words[0], "yes") == 0)
		a->keep_s = KEEP_YES;
	else if (want_one(o, n, bad, e) == -1)
		return -1;
	else if (*bad = 0, duration_parse(words[0], &a->keep_s) == -1)
		return error_set(e, ERR_CONFIG, "\"keep\" is no, yes, or a duration like 14d");
	return 0;
}

bool
value_show_keep(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	if (a->keep_s != KEEP_NO && a->keep_s != KEEP_YES)
		return value_show_duration(a, o, i, out);
	if (i > 0)
		return false;
	(void)buf_addstr(out, a->keep_s == KEEP_YES ? "yes" : "no");
	return true;
}

int
value_set_filter(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	(void)o;
	return ruleset_add(a->rules, words, n, bad, e);
}

bool
value_show_filter(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	struct buf next = BUF_INIT(out->max);
	bool last = !ruleset_format(a->rules, i + 1, &next);

	(void)o;
	buf_free(&next);
	if (last && a->max_size_in_rules) /* it is shown as what it was written as */
		return false;
	return ruleset_format(a->rules, i, out);
}

static void
clear_fingerprints(struct account *a)
{
	while (a->n_tls_fingerprints > 0)
		free(a->tls_fingerprints[--a->n_tls_fingerprints]);
}

int
value_set_fingerprint(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	char digits[TLS_FINGERPRINT_HEX];

	if (want_one(o, n, bad, e) == -1)
		return -1;
	*bad = 0;
	if (!tls_parse_fingerprint(words[0], digits))
		return error_set(
		    e, ERR_CONFIG, "\"tls-fingerprint\" wants sha256: and 64 hexadecimal digits");
	value_replace_inherited(a, INHERITED_FINGERPRINTS, clear_fingerprints);
	a->tls_fingerprints = xreallocarray(
	    a->tls_fingerprints, a->n_tls_fingerprints + 1, sizeof(*a->tls_fingerprints));
	a->tls_fingerprints[a->n_tls_fingerprints++] = xstrdup(digits);
	return 0;
}

bool
value_show_fingerprint(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	(void)o;
	if (i >= a->n_tls_fingerprints)
		return false;
	(void)buf_addf(out, "sha256:%s", a->tls_fingerprints[i]);
	return true;
}

int
value_set_min_version(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	*bad = 0;
	if (n == 1 && (strcmp(words[0], "1.0") == 0 || strcmp(words[0], "1.1") == 0))
		return error_set(e, ERR_CONFIG,
		    "\"%s\" is 1.2 or 1.3: TLS %s protects nothing any more (RFC 8996) and is not "
		    "spoken",
		    o->name, words[0]);
	return value_set_choice(a, o, words, n, bad, e);
}

int
value_set_sender(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	if (want_string(o, words, n, bad, e) == -1)
		return -1;
	if (strcmp(words[0], "<>") != 0 && !addr_is_sendable(words[0]))
		return error_set(e, ERR_CONFIG,
		    "\"%s\" wants an address, or <> for none that answers could go to", o->name);
	return value_set_string(a, o, words, n, bad, e);
}
