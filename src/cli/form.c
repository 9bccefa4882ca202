#include "cli/form.h"

#include <stdlib.h>
#include <string.h>

#include "config/options.h"
#include "config/secret.h"
#include "config/values.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/text.h"

#define KEYWORDS_MAX 128

struct form {
	char *values[KEYWORDS_MAX]; /* as options[] has the keywords; NULL: not there */
};

struct form *
form_new(void)
{
	return xcalloc(1, sizeof(struct form));
}

void
form_free(struct form *f)
{
	for (size_t i = 0; f != NULL && i < KEYWORDS_MAX; i++)
		free_secret(f->values[i]);
	free(f);
}

static size_t
index_of(const char *keyword)
{
	return (size_t)(option_find(keyword) - options);
}

bool
form_has(const struct form *f, const char *keyword)
{
	return f->values[index_of(keyword)] != NULL;
}

void
form_unset(struct form *f, const char *keyword)
{
	char **value = &f->values[index_of(keyword)];

	free_secret(*value);
	*value = NULL;
}

void
form_set_words(struct form *f, const char *keyword, const char *words)
{
	form_unset(f, keyword);
	f->values[index_of(keyword)] = xstrdup(words);
}

void
form_set_word(struct form *f, const char *keyword, const char *word)
{
	struct buf out = BUF_INIT(FORM_MAX);

	(void)buf_reserve(&out, 2 * strlen(word) + 3); /* it may be a secret: no copies behind */
	value_quote(&out, word);
	form_unset(f, keyword);
	f->values[index_of(keyword)] = xstrndup(out.p, out.len);
	buf_wipe(&out);
}

/* Keywords with a grammar of their own take words, all others one. */
bool
form_take(struct form *f, const char *argument)
{
	size_t len = strcspn(argument, "=");
	char *keyword = xstrndup(argument, len);
	const struct option *o = option_find(keyword);
	bool ok = o != NULL && !o->secret && argument[len] == '=' &&
		  !text_has_control(slice_str(argument));

	if (o != NULL && o->secret)
		log_error("\"%s\" does not go on a command line, which others can see", keyword);
	else if (!ok)
		log_error("\"%s\" is no KEYWORD=VALUE of haulmail.conf(5)", argument);
	else if (option_takes_words(o))
		form_set_words(f, keyword, argument + len + 1);
	else
		form_set_word(f, keyword, argument + len + 1);
	free(keyword);
	return ok;
}

void
form_print(const struct form *f, const char *account, struct buf *out)
{
	(void)buf_addstr(out, FORM_BEGINNING
	    ", and where to: haulmail.conf(5) tells all that can be said.\n"
	    "# \"haulmail config\" checks it, \"haulmail -n\" tells what a run would do.\n\n"
	    "defaults\n"
	    "    # from cron: say nothing of a trouble that may pass before it has lasted so long\n"
	    "    patience 6h\n\n");
	(void)buf_addf(out, "account %s\n", account);
	for (size_t i = 0; options[i].name != NULL; i++)
		if (f->values[i] != NULL)
			(void)buf_addf(out, "    # %s\n    %s %s\n", options[i].help,
			    options[i].name, f->values[i]);
	(void)buf_addstr(out, "\n    # more that is often of use:\n"
			      "    # max-size 20M\n"
			      "    # filter delete header \"^X-Spam-Flag: *YES\"\n");
}
