#include "config/adhoc.h"

#include <stdlib.h>
#include <string.h>

#include "config/lexer.h"
#include "config/name.h"
#include "config/options.h"
#include "config/url.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/util.h"

#define URL_NAME_MAX 200 /* so that a journal and what lies beside it can be called so */

struct adhoc_setting {
	const struct option *option;
	struct words words;
};

/* All groups of settings that an account's own replace together. */
#define ALL_GROUPS UINT32_MAX

static int
set(struct account *a, const struct option *o, const struct words *w, struct error *e)
{
	size_t bad;

	return o->set(a, o, (const char *const *)w->word, w->n, &bad, e);
}

/* The value as the words that stand behind a keyword. */
static int
read_words(const struct option *o, const char *value, struct words *w, struct error *e)
{
	unsigned column;

	if (option_takes_words(o))
		return lex_line(slice_str(value), w, &column, e);
	*w = (struct words){ .word = xcalloc(1, sizeof(*w->word)), .n = 1 };
	w->word[0] = xstrdup(value);
	return 0;
}

const char *
adhoc_keyword(size_t i)
{
	return options[i].name;
}

int
adhoc_add(struct adhoc *x, const char *keyword, const char *value, struct error *e)
{
	const struct option *o = option_find(keyword);
	struct account *scratch;
	struct error why = { .cls = ERR_OK };
	struct words w;

	if (o->secret)
		return error_set(e, ERR_USAGE,
		    "--%s is refused: other users see it in the list of processes. Use "
		    "--password-command, --password-file or ~/.netrc",
		    o->name);
	if (read_words(o, value, &w, &why) == -1)
		return error_set(e, ERR_USAGE, "--%s: %s", o->name, why.msg);
	scratch = account_new("scratch", "");
	(void)set(scratch, o, &w, &why);
	account_free(scratch);
	if (why.cls != ERR_OK) {
		words_free(&w);
		return error_set(e, ERR_USAGE, "--%s: %s", o->name, why.msg);
	}
	x->settings = xreallocarray(x->settings, x->nsettings + 1, sizeof(*x->settings));
	x->settings[x->nsettings++] = (struct adhoc_setting){ .option = o, .words = w };
	return 0;
}

void
adhoc_free(struct adhoc *x)
{
	for (size_t i = 0; i < x->nsettings; i++)
		words_free(&x->settings[i].words);
	free(x->settings);
	*x = (struct adhoc){ .settings = NULL };
}

static void
apply(const struct adhoc *x, struct account *a)
{
	struct error e = { .cls = ERR_OK };

	a->inherited |= ALL_GROUPS;
	for (size_t i = 0; i < x->nsettings; i++)
		(void)set(a, x->settings[i].option, &x->settings[i].words, &e);
}

bool
adhoc_allows_foreign(const struct adhoc *x)
{
	struct account *scratch = account_new("scratch", "");
	bool allowed;

	apply(x, scratch);
	allowed = scratch->foreign_owner != 0;
	account_free(scratch);
	return allowed;
}

void
adhoc_apply(const struct adhoc *x, struct account *a)
{
	bool meant = x->nnames == 0;

	for (size_t i = 0; i < x->nnames; i++)
		meant = meant || strcmp(x->names[i], a->name) == 0;
	if (meant)
		apply(x, a);
}

/* ---- accounts by URL ---- */

/* Escapes what no name can have, and a dot that this one cannot. */
static void
add_escaped(struct buf *out, const char *text, const char *dot)
{
	for (; *text != '\0'; text++)
		if (name_takes(*text) && (dot == NULL || text != dot))
			(void)buf_addch(out, *text);
		else
			(void)buf_addf(out, "%%%02X", (unsigned char)*text);
}

/* What the account is called, and with it its journal. */
static int
name_account(struct account *a, const struct url *u, struct error *e)
{
	struct buf name = BUF_INIT(2 * URL_NAME_MAX);

	add_escaped(&name, a->user != NULL ? a->user : path_login(), NULL);
	(void)buf_addch(&name, '@');
	add_escaped(&name, u->host, u->port == 0 ? name_ending(u->host) : NULL);
	if (u->port != 0)
		(void)buf_addf(&name, ":%u", u->port);
	if (name.len > URL_NAME_MAX) {
		buf_free(&name);
		return error_set(e, ERR_USAGE, "URL: user and host are too long");
	}
	free(a->name);
	a->name = xstrndup(name.p, name.len);
	buf_free(&name);
	return 0;
}

/* What the URL says, as settings. */
static int
set_from_url(struct account *a, const struct url *u, struct error *e)
{
	char port[8];
	const char *const settings[][2] = { { "tls", u->tls }, { "user", u->user },
		{ "auth", u->auth }, { "host", u->host }, { "port", u->port != 0 ? port : NULL } };

	(void)snprintf(port, sizeof(port), "%u", u->port);
	for (size_t i = 0; i < nitems(settings); i++) {
		const struct option *o = option_find(settings[i][0]);
		struct error why = { .cls = ERR_OK };
		size_t bad;

		if (settings[i][1] != NULL && o->set(a, o, &settings[i][1], 1, &bad, &why) == -1)
			return error_set(e, ERR_USAGE, "URL: %s", why.msg);
	}
	return 0;
}

struct account *
adhoc_account(const struct adhoc *x, const char *url, struct error *e)
{
	struct error why = { .cls = ERR_OK };
	struct account *a;
	struct url u;

	if (url_parse(url, &u, e) == -1)
		return NULL;
	a = account_new("", url);
	if (set_from_url(a, &u, e) == 0) {
		apply(x, a);
		if (name_account(a, &u, e) == 0 && account_finish(a, &why) == -1)
			(void)error_set(e, ERR_USAGE, "%s", why.msg);
	}
	url_free(&u);
	if (e->cls == ERR_OK)
		return a;
	account_free(a);
	return NULL;
}
