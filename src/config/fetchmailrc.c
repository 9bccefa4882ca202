#include "config/fetchmailrc.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "util/mem.h"
#include "util/util.h"

/* ---- words ---- */

struct word {
	char *text; /* NULL: the end */
	bool quoted;
	unsigned line;
};

struct lexer {
	struct slice rest;
	unsigned line;
	struct word word; /* the next one; owned */
};

/* Takes the number of an escape sequence: \nnn is decimal, \0ooo octal, \xhh hexadecimal. */
static char
escaped_number(struct slice *in)
{
	unsigned base = 10, value = 0, digits = 0;

	if (slice_skip(in, "x"))
		base = 16;
	else if (slice_skip(in, "0"))
		base = 8;
	while (in->len > 0 && digits++ < 3 && isxdigit((unsigned char)*in->p)) {
		int c = tolower((unsigned char)*in->p);
		unsigned digit = (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);

		if (digit >= base)
			break;
		value = value * base + digit;
		in->p++;
		in->len--;
	}
	return (char)value;
}

/* Takes what stands behind a backslash; false when it stands for nothing. */
static bool
escape(struct slice *in, char *out)
{
	static const char from[] = "nrtb", to[] = "\n\r\t\b";
	const char *at;

	if (in->len == 0)
		return false;
	if (isdigit((unsigned char)*in->p) || *in->p == 'x') {
		*out = escaped_number(in);
		return *out != '\0';
	}
	at = strchr(from, *in->p);
	*out = at != NULL && *at != '\0' ? to[at - from] : *in->p;
	in->p++;
	in->len--;
	return *out != '\n' && *out != '\0';
}

/* Reads a word up to the quote, or, with none, to what ends a plain one. */
static void
read_word(struct lexer *lx, char quote)
{
	struct slice *in = &lx->rest;
	char *to = xmalloc(in->len + 1), c;
	size_t n = 0;

	lx->word.quoted = quote != '\0';
	while (in->len > 0 &&
	       (quote != '\0' ? *in->p != quote : strchr(" \t\r\n,;:=\"'", *in->p) == NULL)) {
		c = *in->p++;
		in->len--;
		lx->line += c == '\n';
		if (c == '\\' && quote != '\'') {
			lx->line += in->len > 0 && *in->p == '\n';
			if (!escape(in, &c))
				continue;
		}
		to[n++] = c;
	}
	to[n] = '\0';
	if (quote != '\0' && in->len > 0) {
		in->p++;
		in->len--;
	}
	lx->word.text = xstrdup(to); /* as long as it is, and no longer */
	freezero(to, n + 1);
}

/* Passes blanks, punctuation that means nothing, and comments. */
static void
skip_to_word(struct lexer *lx)
{
	struct slice *in = &lx->rest;
	bool comment = false;

	for (; in->len > 0; in->p++, in->len--) {
		if (*in->p == '\n') {
			comment = false;
			lx->line++;
		} else if (*in->p == '#') {
			comment = true;
		} else if (!comment && strchr(" \t\r,;:", *in->p) == NULL) {
			break;
		}
	}
}

/* Moves on to the next word. */
static void
advance(struct lexer *lx)
{
	struct slice *in = &lx->rest;

	free_secret(lx->word.text);
	lx->word = (struct word){ .text = NULL };
	skip_to_word(lx);
	if (in->len == 0)
		return;
	lx->word.line = lx->line;
	if (slice_skip(in, "="))
		lx->word.text = xstrdup("=");
	else if (slice_skip(in, "\""))
		read_word(lx, '"');
	else if (slice_skip(in, "'"))
		read_word(lx, '\'');
	else
		read_word(lx, '\0');
}

static bool
is_noise(const struct word *w)
{
	static const char *const noise[] = { "and", "with", "has", "wants", "options", "option" };

	for (size_t i = 0; i < nitems(noise); i++)
		if (!w->quoted && strcmp(w->text, noise[i]) == 0)
			return true;
	return false;
}

/* "proto[col]" is proto and protocol. */
static bool
is_spelt(const char *pattern, const char *word)
{
	size_t least = strcspn(pattern, "["), len = strlen(word);

	if (strncmp(word, pattern, least) != 0)
		return false;
	if (len == least)
		return true;
	return pattern[least] == '[' && len == strlen(pattern) - 2 &&
	       strncmp(word + least, pattern + least + 1, len - least) == 0;
}

static const struct keyword *
find_keyword(const struct keyword *list, const struct word *w)
{
	if (w->text == NULL || w->quoted)
		return NULL;
	for (; list->word != NULL; list++)
		if (is_spelt(list->word, w->text))
			return list;
	return NULL;
}

/* ---- entries ---- */

void
fetchmailrc_free(struct rcfile *rc)
{
	for (size_t i = 0; i < rc->n; i++) {
		for (size_t k = 0; k < rc->list[i].nusers; k++)
			import_items_free(&rc->list[i].users[k]);
		free(rc->list[i].users);
		free(rc->list[i].name);
		import_items_free(&rc->list[i].items);
	}
	free(rc->list);
	import_items_free(&rc->globals);
	import_items_free(&rc->defaults);
	import_items_free(&rc->strays);
}

/* Where a setting belongs that comes now. */
static struct import_items *
current_items(struct rcfile *rc)
{
	struct entry *last = rc->n > 0 ? &rc->list[rc->n - 1] : NULL;

	if (rc->in_defaults || last == NULL)
		return rc->in_defaults ? &rc->defaults : &rc->strays;
	return last->nusers > 0 ? &last->users[last->nusers - 1] : &last->items;
}

static void
add_user(struct entry *en)
{
	en->users = xreallocarray(en->users, en->nusers + 1, sizeof(*en->users));
	en->users[en->nusers++] = (struct import_items){ .n = 0 };
}

static void
start_entry(struct rcfile *rc, struct lexer *lx, unsigned line, bool skip)
{
	rc->in_defaults = false;
	rc->list = xreallocarray(rc->list, rc->n + 1, sizeof(*rc->list));
	rc->list[rc->n++] = (struct entry){
		.name = xstrdup(lx->word.text != NULL ? lx->word.text : ""),
		.line = line,
		.skip = skip,
	};
	advance(lx);
}

/* "here" or "there" behind a name; 0 for neither. */
static char
take_side(struct lexer *lx)
{
	char side = '\0';

	if (lx->word.text == NULL || lx->word.quoted)
		return '\0';
	if (strcmp(lx->word.text, "here") == 0)
		side = 'h';
	else if (strcmp(lx->word.text, "there") == 0)
		side = 't';
	if (side != '\0')
		advance(lx);
	return side;
}

/* The words of a list, with blanks between them: a new string. */
static char *
take_list(struct lexer *lx)
{
	struct buf all = BUF_INIT(64 * KiB);
	char *s;

	do {
		if (lx->word.text == NULL)
			break;
		(void)buf_addf(&all, "%s%s", all.len > 0 ? " " : "", lx->word.text);
		advance(lx);
	} while (lx->word.text != NULL && find_keyword(fetchmail_keywords, &lx->word) == NULL &&
		 !is_noise(&lx->word));
	s = xstrndup(all.p != NULL ? all.p : "", all.len);
	buf_free(&all);
	return s;
}

/* "user NAME [there|here]" */
static void
read_user(struct rcfile *rc, struct lexer *lx, unsigned line)
{
	char *name = xstrdup(lx->word.text != NULL ? lx->word.text : "");

	if (!rc->in_defaults && rc->n > 0)
		add_user(&rc->list[rc->n - 1]);
	advance(lx);
	import_set(
	    current_items(rc), take_side(lx) == 'h' ? "is" : "user[name]", name, line, false);
	free(name);
}

/* "is NAME... [here|there]" */
static void
read_is(struct rcfile *rc, struct lexer *lx, unsigned line)
{
	char *names = take_list(lx);

	import_set(
	    current_items(rc), take_side(lx) == 't' ? "user[name]" : "is", names, line, false);
	free(names);
}

/* A keyword that the lexer has just passed, and what belongs to it. */
static void
read_setting(
    struct import_items *to, struct lexer *lx, const struct keyword *k, unsigned line, bool no)
{
	char *value = NULL;

	if (k->argument == LIST) {
		value = take_list(lx);
	} else if (k->argument != FLAG && !no) {
		uint64_t n;

		if (k->argument == HEADER && lx->word.text != NULL &&
		    slice_number(slice_str(lx->word.text), UINT32_MAX, &n))
			advance(lx);
		value = xstrdup(lx->word.text != NULL ? lx->word.text : "");
		advance(lx);
	}
	import_set(to, k->word, no ? "no" : value, line, k->argument == SECRET);
	free_secret(value);
}

static void
read_global(struct rcfile *rc, struct lexer *lx)
{
	bool no = lx->word.text != NULL && strcmp(lx->word.text, "no") == 0;
	const struct keyword *k;
	unsigned line;

	if (no)
		advance(lx);
	line = lx->word.line;
	if ((k = find_keyword(fetchmail_globals, &lx->word)) == NULL)
		return;
	advance(lx);
	read_setting(&rc->globals, lx, k, line, no);
}

/* A word that is none of fetchmail's. It may be part of a password, so it is not shown. */
static void
read_stray(struct rcfile *rc, struct lexer *lx)
{
	import_add(current_items(rc), "a word", lx->word.text, lx->word.line, true);
	advance(lx);
}

/* "nokeep" is "no keep". */
static void
split_no(struct lexer *lx, bool *no)
{
	struct word rest = lx->word;
	const struct keyword *k;

	*no = false;
	if (rest.text == NULL || rest.quoted || strncmp(rest.text, "no", 2) != 0)
		return;
	if (rest.text[2] == '\0') {
		advance(lx);
		*no = true;
		return;
	}
	rest.text += 2;
	if ((k = find_keyword(fetchmail_keywords, &rest)) != NULL &&
	    (k->argument == FLAG || k->argument == HEADER)) {
		memmove(lx->word.text, rest.text, strlen(rest.text) + 1);
		*no = true;
	}
}

static void
read_word_of_entry(struct rcfile *rc, struct lexer *lx)
{
	const struct keyword *k;
	unsigned line;
	bool no;

	split_no(lx, &no);
	if (lx->word.text == NULL)
		return;
	line = lx->word.line;
	if ((k = find_keyword(fetchmail_keywords, &lx->word)) == NULL) {
		read_stray(rc, lx);
		return;
	}
	advance(lx);
	if (strcmp(k->word, "poll") == 0 || strcmp(k->word, "server") == 0)
		start_entry(rc, lx, line, false);
	else if (strcmp(k->word, "skip") == 0)
		start_entry(rc, lx, line, true);
	else if (strcmp(k->word, "defaults") == 0)
		rc->in_defaults = true;
	else if (strcmp(k->word, "set") == 0)
		read_global(rc, lx);
	else if (strcmp(k->word, "user[name]") == 0)
		read_user(rc, lx, line);
	else if (strcmp(k->word, "is") == 0 || strcmp(k->word, "to") == 0)
		read_is(rc, lx, line);
	else if (strcmp(k->word, "here") != 0 && strcmp(k->word, "there") != 0)
		read_setting(current_items(rc), lx, k, line, no);
}

void
fetchmailrc_read(struct slice text, struct rcfile *rc)
{
	struct lexer lx = { .rest = text, .line = 1 };

	advance(&lx);
	while (lx.word.text != NULL) {
		if (is_noise(&lx.word) || (!lx.word.quoted && strcmp(lx.word.text, "=") == 0))
			advance(&lx);
		else
			read_word_of_entry(rc, &lx);
	}
}
