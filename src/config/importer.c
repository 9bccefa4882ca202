#include "config/importer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/name.h"
#include "config/values.h"
#include "util/mem.h"
#include "util/text.h"
#include "util/util.h"

/* ---- items ---- */

void
import_items_free(struct import_items *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->item[i].name);
		free_secret(l->item[i].value);
	}
	free(l->item);
	*l = (struct import_items){ .n = 0 };
}

void
import_add(struct import_items *l, const char *name, const char *value, unsigned line, bool secret)
{
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 16 : l->cap * 2;
		l->item = xreallocarray(l->item, l->cap, sizeof(*l->item));
	}
	l->item[l->n++] = (struct import_item){ .name = xstrdup(name),
		.value = value != NULL ? xstrdup(value) : NULL,
		.line = line,
		.secret = secret };
}

static struct import_item *
find_item(struct import_items *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->item[i].name, name) == 0)
			return &l->item[i];
	return NULL;
}

void
import_set(struct import_items *l, const char *name, const char *value, unsigned line, bool secret)
{
	struct import_item *old = find_item(l, name);

	if (old == NULL) {
		import_add(l, name, value, line, secret);
		return;
	}
	free_secret(old->value);
	old->value = value != NULL ? xstrdup(value) : NULL;
	old->line = line;
	old->secret = secret;
}

void
import_merge(struct import_items *to, const struct import_items *from)
{
	for (size_t i = 0; i < from->n; i++)
		import_set(to, from->item[i].name, from->item[i].value, from->item[i].line,
		    from->item[i].secret);
}

struct import_item *
import_take(struct import_items *l, const char *name)
{
	struct import_item *it = find_item(l, name);

	if (it != NULL)
		it->used = true;
	return it;
}

const char *
import_value(struct import_items *l, const char *name)
{
	const struct import_item *it = import_take(l, name);

	if (it == NULL)
		return NULL;
	return it->value != NULL ? it->value : "";
}

/* ---- sections ---- */

struct import_section *
import_section_add(struct import_sections *all, const char *name, unsigned line)
{
	all->list = xreallocarray(all->list, all->n + 1, sizeof(*all->list));
	all->list[all->n] = (struct import_section){ .name = xstrdup(name), .line = line };
	return &all->list[all->n++];
}

struct import_section *
import_section_find(const struct import_sections *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->list[i].name, name) == 0)
			return &all->list[i];
	return NULL;
}

void
import_sections_free(struct import_sections *all)
{
	for (size_t i = 0; i < all->n; i++) {
		free(all->list[i].name);
		import_items_free(&all->list[i].items);
	}
	free(all->list);
}

/* ---- lines ---- */

/* Begins a line; what the account in hand says is indented. */
static void
begin_line(struct importer *im)
{
	if (im->trial != NULL)
		(void)buf_addstr(im->out, "    ");
}

static void
end_line(struct importer *im)
{
	(void)buf_addch(im->out, '\n');
}

__attribute__((format(printf, 2, 0))) static void
write_remark(struct importer *im, const char *fmt, va_list ap)
{
	char text[1024];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	(void)buf_addstr(im->out, text);
	end_line(im);
}

void
import_remark(struct importer *im, const char *fmt, ...)
{
	va_list ap;

	begin_line(im);
	(void)buf_addstr(im->out, "# ");
	va_start(ap, fmt);
	write_remark(im, fmt, ap);
	va_end(ap);
}

void
import_note(struct importer *im, const struct import_item *at, const char *fmt, ...)
{
	char safe[TEXT_SAFE_MAX];
	va_list ap;

	begin_line(im);
	(void)buf_addf(im->out, "# line %u: ", at->line);
	for (const char *p = text_safe(safe, slice_str(at->name)); *p != '\0'; p++)
		if (*p != '[' && *p != ']') /* "proto[col]" */
			(void)buf_addch(im->out, *p);
	if (at->value != NULL && *at->value != '\0' && !at->secret)
		(void)buf_addf(im->out, " %s", text_safe(safe, slice_str(at->value)));
	(void)buf_addstr(im->out, ": ");
	va_start(ap, fmt);
	write_remark(im, fmt, ap);
	va_end(ap);
}

static const char *
reason_for(const struct import_reason *reasons, const char *name)
{
	for (; reasons->name != NULL; reasons++)
		if (strcmp(reasons->name, name) == 0)
			return reasons->why;
	return "haulmail does not know this, and has left it out";
}

void
import_rest(struct importer *im, struct import_items *l, const struct import_reason *reasons)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *why = reason_for(reasons, l->item[i].name);

		if (!l->item[i].used && why != NULL)
			import_note(im, &l->item[i], "%s", why);
	}
}

/* ---- accounts ---- */

static bool
is_name_taken(const struct importer *im, const char *name)
{
	for (size_t i = 0; i < im->nnames; i++)
		if (strcmp(im->names[i], name) == 0)
			return true;
	return false;
}

/* A name that name.h allows and no other account has: a new string. */
static char *
account_name(const struct importer *im, const char *wanted)
{
	char clean[NAME_LEN_MAX - 4], *name;
	const char *ending;
	size_t n = 0;

	if (*wanted == '\0' || *wanted == '.' || *wanted == '-')
		clean[n++] = 'x';
	for (; *wanted != '\0' && n < sizeof(clean) - 1; wanted++)
		clean[n++] = name_takes(*wanted) ? *wanted : '_';
	clean[n] = '\0';
	if ((ending = name_ending(clean)) != NULL)
		clean[ending - clean] = '_';
	name = xstrdup(clean);
	for (unsigned k = 2; is_name_taken(im, name); k++) {
		free(name);
		name = xasprintf("%s-%u", clean, k);
	}
	return name;
}

/* Makes a comment of each line of the account in hand. */
static void
put_to_sleep(struct importer *im)
{
	struct slice all = buf_slice(im->out), line;
	char *copy = xstrndup(all.p + im->start, all.len - im->start);

	im->out->len = im->start;
	for (all = slice_str(copy); all.len > 0;) {
		line = slice_line(&all);
		(void)buf_addf(im->out, "# %.*s\n", (int)line.len, line.p);
	}
	free_secret(copy);
}

/* Each setting was tried; that all of them together make an account is not said with that. */
static void
end_account(struct importer *im)
{
	struct error e = { .cls = ERR_OK };

	if (im->trial == NULL)
		return;
	if (!im->asleep && account_finish(im->trial, &e) == -1) {
		import_remark(im, "this cannot be used as it is: %s", e.msg);
		im->asleep = true;
	}
	if (im->asleep)
		put_to_sleep(im);
	else
		im->res->accounts++;
	account_free(im->trial);
	im->trial = NULL;
}

void
import_account(struct importer *im, const char *name, unsigned line, const char *why)
{
	char *own = account_name(im, name);

	end_account(im);
	im->names = xreallocarray(im->names, im->nnames + 1, sizeof(*im->names));
	im->names[im->nnames++] = own;
	end_line(im);
	if (why != NULL)
		(void)buf_addf(im->out, "# line %u: %s\n", line, why);
	im->asleep = why != NULL;
	im->start = im->out->len;
	(void)buf_addf(im->out, "account %s\n", own);
	im->trial = account_new(own, "import");
}

void
importer_end(struct importer *im)
{
	end_account(im);
	for (size_t i = 0; i < im->nnames; i++)
		free(im->names[i]);
	free(im->names);
}

/* ---- settings ---- */

static bool
has_control(const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text_has_control(slice_str(words[i])))
			return true;
	return false;
}

/* A comment on what could have been a setting; at is NULL where no line of the file asks for it. */
static void
write_refusal(
    struct importer *im, const struct import_item *at, const char *keyword, const char *why)
{
	if (at != NULL)
		import_note(im, at, "as \"%s\": %s", keyword, why);
	else
		import_remark(im, "%s: %s", keyword, why);
}

bool
import_words(struct importer *im, const struct import_item *at, const char *keyword,
    const char *const *words, size_t n)
{
	const struct option *o = option_find(keyword);
	struct error e = { .cls = ERR_OK };
	size_t bad;

	if (o == NULL)
		(void)error_set(&e, ERR_CONFIG, "this haulmail has no such keyword");
	else if (has_control(words, n))
		(void)error_set(&e, ERR_CONFIG, "it has a control character in it");
	else
		(void)o->set(im->trial, o, words, n, &bad, &e);
	if (e.cls != ERR_OK) {
		write_refusal(im, at, keyword, e.msg);
		return false;
	}
	begin_line(im);
	(void)buf_addstr(im->out, keyword);
	for (size_t i = 0; i < n; i++) {
		(void)buf_addch(im->out, ' ');
		value_quote(im->out, words[i]);
	}
	end_line(im);
	return true;
}

bool
import_word(
    struct importer *im, const struct import_item *at, const char *keyword, const char *word)
{
	return import_words(im, at, keyword, &word, 1);
}

bool
import_target(
    struct importer *im, const struct import_item *at, const char *kind, const char *place)
{
	return import_words(im, at, "deliver", (const char *const[]){ kind, place }, 2);
}

bool
import_size_filter(
    struct importer *im, const struct import_item *at, const char *action, const char *size)
{
	return import_words(
	    im, at, "filter", (const char *const[]){ action, "size", ">", size }, 4);
}

void
import_simple(struct importer *im, struct import_items *l, const char *name, const char *keyword)
{
	const struct import_item *it = import_take(l, name);

	if (it != NULL)
		(void)import_word(im, it, keyword, it->value);
}

void
import_amount(struct importer *im, struct import_items *l, const char *name, const char *keyword,
    const char *unit)
{
	const struct import_item *it = import_take(l, name);
	char *word;

	if (it == NULL || strcmp(it->value, "0") == 0)
		return;
	word = xasprintf("%s%s", it->value, unit);
	(void)import_word(im, it, keyword, word);
	free(word);
}

void
import_password(struct importer *im, const struct import_item *at)
{
	if (im->with_passwords && !im->asleep) {
		import_remark(
		    im, "line %u: a password in clear: keep this file at mode 0600, or", at->line);
		import_remark(im, "better, use password-command or password-file");
		(void)import_word(im, at, "password", at->value);
		return;
	}
	im->res->passwords += !im->asleep;
	import_note(im, at, "left out; better than to have it here is one of these:");
	import_remark(im, "password-command \"pass show mail/%s\"", im->names[im->nnames - 1]);
	import_remark(
	    im, "password-file \"~/.config/haulmail/%s.password\"", im->names[im->nnames - 1]);
}

void
import_state_hint(struct importer *im, const char *file, const char *owner)
{
	struct buf words = BUF_INIT(4 * KiB);
	char safe[TEXT_SAFE_MAX];

	if (strncmp(file, "~/", 2) == 0) {
		(void)buf_addstr(&words, "~/");
		file += 2;
	}
	import_shell_word(&words, file);
	(void)buf_addf(&words, " %s", im->names[im->nnames - 1]);
	if (owner != NULL) {
		(void)buf_addch(&words, ' ');
		import_shell_word(&words, owner);
	}
	import_remark(im, "to fetch nothing twice: haulmail import --state %s",
	    text_safe(safe, buf_slice(&words)));
	buf_free(&words);
}

/* ---- words and commands ---- */

bool
import_is_loopback(const char *host)
{
	return strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
	       strncmp(host, "127.", 4) == 0;
}

void
import_shell_word(struct buf *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_@%+=:,./-";

	if (*word != '\0' && word[strspn(word, plain)] == '\0') {
		(void)buf_addstr(out, word);
		return;
	}
	(void)buf_addch(out, '\'');
	for (; *word != '\0'; word++)
		if (*word == '\'')
			(void)buf_addstr(out, "'\\''");
		else
			(void)buf_addch(out, *word);
	(void)buf_addch(out, '\'');
}

static const struct import_placeholder *
find_placeholder(const char *at, const struct import_placeholder *p)
{
	for (; p->name != NULL; p++)
		if (strncmp(at, p->name, strlen(p->name)) == 0)
			return p;
	return NULL;
}

void
import_shell_argument(
    struct buf *out, const char *argument, const struct import_placeholder *placeholders)
{
	while (*argument != '\0') {
		const struct import_placeholder *p = NULL;
		size_t len = 0;
		char *plain;

		while (argument[len] != '\0' &&
		       (p = find_placeholder(argument + len, placeholders)) == NULL)
			len++;
		if (len > 0) {
			plain = xstrndup(argument, len);
			import_shell_word(out, plain);
			free(plain);
			argument += len;
		}
		if (p != NULL) {
			(void)buf_addstr(out, p->variable);
			argument += strlen(p->name);
		}
	}
}

/*
 * Appends a word for between double quotes in the place of a placeholder, and moves *command past
 * that. It may stand in quotes, but alone: within a longer string, which some other shell may be
 * going to read, no quotes of ours would keep a sender's choice of characters harmless.
 */
static bool
replace(struct buf *out, const char *word, char *quote, const char **command)
{
	*command += 2;
	if (*quote != '\0') {
		if (out->p[out->len - 1] != *quote || **command != *quote)
			return false;
		out->len--;
		(*command)++;
		*quote = '\0';
	}
	(void)buf_addf(out, "\"%s\"", word);
	return true;
}

char *
import_command(const char *command, const char *recipient)
{
	struct buf out = BUF_INIT(64 * KiB);
	char quote = '\0', *result;
	bool ok = true;

	while (*command != '\0' && ok) {
		if (command[0] == '%' && command[1] == 'F') {
			ok = replace(&out, "$SENDER", &quote, &command);
			continue;
		}
		if (command[0] == '%' && command[1] == 'T' && recipient != NULL) {
			ok = replace(&out, recipient, &quote, &command);
			continue;
		}
		if (*command == '\\' && quote != '\'' && command[1] != '\0')
			(void)buf_addch(&out, *command++);
		else if (*command == quote)
			quote = '\0';
		else if (quote == '\0' && (*command == '"' || *command == '\''))
			quote = *command;
		(void)buf_addch(&out, *command++);
	}
	result = ok ? xstrndup(out.p != NULL ? out.p : "", out.len) : NULL;
	buf_free(&out);
	return result;
}

void
import_pipe(
    struct importer *im, const struct import_item *at, const char *text, const char *recipient)
{
	char *command = import_command(text, recipient);

	if (command != NULL)
		(void)import_target(im, at, "pipe", command);
	else
		import_note(im, at,
		    "as \"deliver\": within a quoted string the sender is not safe; it "
		    "is in the environment, as SENDER");
	free(command);
}

/* ---- the whole ---- */

int
import_config(enum import_format f, struct slice text, bool with_passwords, struct buf *out,
    struct import_result *res, struct error *e)
{
	struct importer im = { .out = out, .with_passwords = with_passwords, .res = res };

	*res = (struct import_result){ .accounts = 0 };
	(void)buf_addf(out,
	    "# Made by haulmail import from a config of %s. What it could not carry over, or what\n"
	    "# wants a look, stands in the comments, with the line it comes from.\n",
	    import_format_name(f));
	if (f == IMPORT_FETCHMAIL)
		import_fetchmail(&im, text);
	else if (f == IMPORT_MPOP)
		import_mpop(&im, text);
	else if (f == IMPORT_GETMAIL)
		import_getmail(&im, text);
	else
		return error_set(e, ERR_USAGE,
		    "only configs of fetchmail, mpop and getmail can be imported; of %s, the state",
		    import_format_name(f));
	importer_end(&im);
	return 0;
}
