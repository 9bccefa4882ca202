/* mpop's config: a command and its argument on each line; sections begin with "account". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/importer.h"
#include "util/mem.h"
#include "util/text.h"
#include "util/util.h"

static const struct import_reason reasons[] = {
	{ "proxy_host", "haulmail speaks to no proxy; a connect-command such as nc(1) can" },
	{ "proxy_port", "see connect-command" },
	{ "ntlmdomain", "haulmail has no NTLM" },
	{ "tls_crl_file", "haulmail reads no lists of revoked certificates" },
	{ "tls_priorities", "haulmail leaves ciphers to OpenSSL's own configuration" },
	{ "tls_host_override", "haulmail wants the certificate to be that of the host; pin it with "
			       "tls-fingerprint" },
	{ "tls_min_dh_prime_bits", "haulmail leaves this to OpenSSL's own configuration" },
	{ "only_new", "haulmail fetches what it has not fetched yet, and nothing else" },
	{ "filter", "haulmail asks no program; its own filters match sizes and header lines, see "
		    "haulmail.conf(5)" },
	{ "received_header", "haulmail adds no header of its own" },
	{ "uidls_file", NULL },
	{ "eval", "haulmail runs no commands for its config: put here what the command prints" },
	{ .name = NULL },
};

/* ---- reading ---- */

/* Whether the accounts say the same: one is another name for the other then. */
static bool
is_same(const struct import_items *a, const struct import_items *b)
{
	if (a->n == 0 || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->item[i].name, b->item[i].name) != 0 ||
		    strcmp(a->item[i].value, b->item[i].value) != 0)
			return false;
	return true;
}

static void
inherit(const struct import_sections *all, struct import_section *heir, struct slice from)
{
	char *name = xstrndup(from.p, from.len);
	const struct import_section *other = import_section_find(all, name);

	if (other != NULL && other != heir)
		import_merge(&heir->items, &other->items);
	free(name);
}

/* "name" or "name : other, other"; the settings of the others come after the defaults. */
static void
start_section(struct import_sections *all, const struct import_items *defaults,
    struct slice argument, unsigned line)
{
	const char *colon = memchr(argument.p, ':', argument.len);
	struct slice name = argument, others = { argument.p, 0 };
	struct import_section *next;
	char *word;

	if (colon != NULL) {
		name.len = (size_t)(colon - argument.p);
		others = (struct slice){ colon + 1, argument.len - name.len - 1 };
	}
	name = slice_trim(name);
	word = xstrndup(name.p, name.len);
	next = import_section_add(all, word, line);
	free(word);
	import_merge(&next->items, defaults);
	while (others.len > 0) {
		struct slice one = others;
		const char *comma = memchr(others.p, ',', others.len);

		if (comma != NULL)
			one.len = (size_t)(comma - others.p);
		others.p += MIN(one.len + 1, others.len);
		others.len -= MIN(one.len + 1, others.len);
		inherit(all, next, slice_trim(one));
	}
}

/* The argument without the quotes around it. */
static struct slice
unquote(struct slice s)
{
	if (s.len >= 2 && *s.p == '"' && s.p[s.len - 1] == '"')
		return (struct slice){ s.p + 1, s.len - 2 };
	return s;
}

static void
read_sections(struct slice text, struct import_sections *all)
{
	struct import_items defaults = { .n = 0 };
	struct import_items *now = &defaults;

	for (unsigned line = 1; text.len > 0; line++) {
		struct slice rest = slice_trim(slice_line(&text)), word;
		char *name, *value;

		if (rest.len > 0 && rest.p[rest.len - 1] == '\r')
			rest.len--;
		if (rest.len == 0 || *rest.p == '#')
			continue;
		word = slice_word(&rest);
		rest = unquote(slice_trim(rest));
		if (slice_equal(word, "account")) {
			start_section(all, &defaults, rest, line);
			now = &all->list[all->n - 1].items;
			continue;
		}
		if (slice_equal(word, "defaults")) {
			now = &defaults;
			continue;
		}
		name = xstrndup(word.p, word.len);
		value = xstrndup(rest.p, rest.len);
		import_set(now, name, value, line,
		    strcmp(name, "password") == 0 || strcmp(name, "eval") == 0);
		free(name);
		free_secret(value);
	}
	import_items_free(&defaults);
}

/* ---- translating ---- */

static bool
is_on(struct import_items *l, const char *name, bool standard)
{
	const char *value = import_value(l, name);

	if (value == NULL)
		return standard;
	return *value == '\0' || strcmp(value, "on") == 0;
}

/* What haulmail does by itself, it needs not be told. */
static void
is_ours(struct import_items *l, const char *name, bool on)
{
	struct import_item *it = import_take(l, name);

	if (it != NULL)
		it->used = is_on(l, name, on) == on;
}

/* Takes an item; NULL if there is none, or if it is empty or off. */
static const struct import_item *
take_set(struct import_items *l, const char *name)
{
	const struct import_item *it = import_take(l, name);

	return it == NULL || *it->value == '\0' || strcmp(it->value, "off") == 0 ? NULL : it;
}

static void
simple(struct importer *im, struct import_items *l, const char *name, const char *keyword)
{
	const struct import_item *it = take_set(l, name);

	if (it != NULL)
		(void)import_word(im, it, keyword, it->value);
}

/*
 * Without TLS mpop does not send a password in clear unless "auth" asks for it, but haulmail's
 * "tls off" would.
 */
static void
translate_tls(struct importer *im, struct import_items *l, const char *host, const char *auth)
{
	const struct import_item *it = import_take(l, "tls");
	bool starttls = is_on(l, "tls_starttls", true);

	if (is_on(l, "tls", false)) {
		(void)import_word(im, it, "tls", starttls ? "stls" : "pop3s");
	} else if (import_is_loopback(host) || strcmp(auth, "user") == 0 ||
		   strcmp(auth, "plain") == 0 || strcmp(auth, "login") == 0 ||
		   strcmp(auth, "apop") == 0) {
		(void)import_word(im, it, "tls", "off");
	} else {
		import_remark(
		    im, "tls: mpop has it off here, and then sends no password in clear.");
		import_remark(im, "haulmail's \"tls off\" would, so it is STLS; if the server has "
				  "none: tls off");
		(void)import_word(im, it, "tls", "stls");
	}
}

static void
translate_certificates(struct importer *im, struct import_items *l)
{
	const struct import_item *trust = take_set(l, "tls_trust_file");
	const struct import_item *print = take_set(l, "tls_fingerprint");
	const struct import_item *it;

	if (!is_on(l, "tls_certcheck", true))
		(void)import_word(im, import_take(l, "tls_certcheck"), "tls-verify", "no");
	else if (print != NULL)
		(void)import_word(im, print, "tls-fingerprint", print->value);
	else if (trust != NULL && strcmp(trust->value, "system") != 0)
		(void)import_word(im, trust, "tls-ca", trust->value);
	if ((it = take_set(l, "tls_cert_file")) != NULL)
		(void)import_word(im, it, "tls-cert", it->value);
	if ((it = take_set(l, "tls_key_file")) != NULL)
		(void)import_word(im, it, "tls-key", it->value);
}

/* Where mpop looks for a password that its config does not tell. */
static void
tell_of_key_ring(struct importer *im, const char *host, const char *user)
{
	char safe_host[TEXT_SAFE_MAX], safe_user[TEXT_SAFE_MAX];

	import_remark(im, "if the password is in the key ring, where mpop finds it:");
	import_remark(im, "password-command \"secret-tool lookup host %s service pop3 user %s\"",
	    text_safe(safe_host, slice_str(host)), text_safe(safe_user, slice_str(user)));
}

static void
translate_login(struct importer *im, struct import_items *l, const char *host, const char *auth)
{
	const struct import_item *it, *user = import_take(l, "user");

	simple(im, l, "user", "user");
	if ((it = take_set(l, "password")) != NULL)
		import_password(im, it);
	else if (take_set(l, "passwordeval") != NULL)
		simple(im, l, "passwordeval", "password-command");
	else if (user != NULL)
		tell_of_key_ring(im, host, user->value);
	(void)import_take(l, "passwordeval"); /* a password makes it idle */
	if ((it = take_set(l, "auth")) != NULL && strcmp(it->value, "on") != 0)
		(void)import_word(im, it, "auth", auth);
}

static void
translate_limits(struct importer *im, struct import_items *l)
{
	const struct import_item *keep = import_take(l, "keep"), *it;
	bool kept = is_on(l, "keep", false);

	if (kept)
		(void)import_word(im, keep, "keep", "yes");
	else if (keep != NULL && strcmp(keep->value, "off") != 0)
		(void)import_word(im, keep, "keep", keep->value); /* "30d", of later versions */
	if ((it = take_set(l, "killsize")) != NULL)
		(void)import_size_filter(im, it, kept ? "skip" : "delete", it->value);
	if ((it = take_set(l, "skipsize")) != NULL)
		(void)import_size_filter(im, it, "skip", it->value);
}

static void
translate_timeout(struct importer *im, struct import_items *l)
{
	const struct import_item *it = import_take(l, "timeout");
	char *seconds;

	if (it == NULL)
		return;
	if (strcmp(it->value, "off") == 0) {
		import_note(im, it, "haulmail always has one");
		return;
	}
	seconds = xasprintf("%ss", it->value);
	(void)import_word(im, it, "timeout", seconds);
	free(seconds);
}

static void
translate_delivery(struct importer *im, struct import_items *l)
{
	const struct import_item *it = take_set(l, "delivery");
	struct slice rest, kind;
	char *place;

	if (it == NULL)
		return;
	rest = slice_str(it->value);
	kind = slice_word(&rest);
	rest = unquote(slice_trim(rest));
	place = xstrndup(rest.p, rest.len);
	if (slice_equal(kind, "mda")) {
		import_pipe(im, it, place, NULL);
	} else if (strchr(place, '$') != NULL) {
		import_note(
		    im, it, "the \"$\" is part of a name; haulmail takes it for a variable");
	} else if (slice_equal(kind, "maildir")) {
		(void)import_target(im, it, "maildir", place);
	} else if (slice_equal(kind, "mbox")) {
		(void)import_target(im, it, "mbox", place);
	} else {
		import_note(im, it, "haulmail has no such target, see deliver");
	}
	free(place);
}

/* The file of the account's UIDs, with %U and %H replaced. */
static void
translate_state(struct importer *im, struct import_items *l, const char *host)
{
	const char *pattern = import_value(l, "uidls_file"), *user = import_value(l, "user");
	struct buf path = BUF_INIT(4 * KiB);
	char *file;

	if (pattern == NULL)
		pattern = "~/.mpop_uidls/%U_at_%H";
	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '%' && pattern[1] == 'U')
			(void)buf_addstr(&path, user != NULL ? user : "");
		else if (*pattern == '%' && pattern[1] == 'H')
			(void)buf_addstr(&path, host);
		else {
			(void)buf_addch(&path, *pattern);
			continue;
		}
		pattern++;
	}
	file = xstrndup(path.p != NULL ? path.p : "", path.len);
	import_state_hint(im, file, NULL);
	free(file);
	buf_free(&path);
}

static void
translate(struct importer *im, struct import_section *s)
{
	struct import_items *l = &s->items;
	const char *host = import_value(l, "host"), *auth = import_value(l, "auth");

	if (auth == NULL)
		auth = "";
	import_account(im, s->name, s->line, host == NULL ? "an account without a host" : NULL);
	if (host == NULL)
		host = "";
	else
		simple(im, l, "host", "host");
	simple(im, l, "port", "port");
	simple(im, l, "socket", "socket");
	simple(im, l, "source_ip", "source-address");
	translate_tls(im, l, host, auth);
	translate_certificates(im, l);
	translate_login(im, l, host, auth);
	translate_timeout(im, l);
	simple(im, l, "pipelining", "pipelining");
	translate_limits(im, l);
	translate_delivery(im, l);
	is_ours(l, "only_new", true);
	is_ours(l, "received_header", false);
	import_rest(im, l, reasons);
	translate_state(im, l, host);
}

/* An account above that says the same: all of this one would be fetched twice. */
static const struct import_section *
find_twin(const struct import_sections *all, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (is_same(&all->list[k].items, &all->list[i].items))
			return &all->list[k];
	return NULL;
}

void
import_mpop(struct importer *im, struct slice text)
{
	struct import_sections all = { .n = 0 };

	read_sections(text, &all);
	import_remark(im, "mpop fetches from the account \"default\" if none is named, haulmail "
			  "from all of them.");
	for (size_t i = 0; i < all.n; i++) {
		const struct import_section *twin = find_twin(&all, i);

		if (twin == NULL)
			translate(im, &all.list[i]);
		else
			import_account(im, all.list[i].name, all.list[i].line,
			    "another name for an account above: left out");
	}
	import_sections_free(&all);
}
