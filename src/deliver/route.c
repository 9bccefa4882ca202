#include "deliver/route.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mail/addr.h"
#include "mail/header.h"
#include "util/mem.h"
#include "util/util.h"

#define PLACE_MAX (64 * KiB)
#define BY_HEADER "header"

/* ---- lists ---- */

static void
add_word(struct words_list *l, const char *word)
{
	l->word = xreallocarray(l->word, l->n + 1, sizeof(*l->word));
	l->word[l->n++] = xstrdup(word);
}

static bool
has_word(const struct words_list *l, const char *word)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcasecmp(l->word[i], word) == 0)
			return true;
	return false;
}

void
words_list_free(struct words_list *l)
{
	while (l->n > 0)
		free(l->word[--l->n]);
	free(l->word);
	l->word = NULL;
}

/* ---- from the config ---- */

static bool
is_field_name(const char *word)
{
	for (const char *p = word; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || *p == ':')
			return false;
	return *word != '\0';
}

/* A blank or a comma would part the word that names the target. */
static bool
is_plain(const char *word)
{
	return *word != '\0' && word[strcspn(word, " \t,:\r\n")] == '\0';
}

static int
parse_addresses(struct route *r, const char *const *words, size_t n, size_t *bad, struct error *e)
{
	for (size_t i = 2; i < n; i++) {
		*bad = i;
		if (!addr_is_sendable(words[i]) || strchr(words[i], ',') != NULL)
			return error_set(e, ERR_CONFIG, "this is no address to deliver to");
		if (has_word(&r->to, words[i]))
			return error_set(e, ERR_CONFIG, "the same address stands here twice");
		add_word(&r->to, words[i]);
	}
	return 0;
}

/* "header NAME [strip PREFIX] in DOMAIN..." */
static int
parse_header(struct route *r, const char *const *words, size_t n, size_t *bad, struct error *e)
{
	size_t i = 3;

	*bad = MIN(i, n);
	if (n <= i || !is_field_name(words[i]))
		return error_set(e, ERR_CONFIG,
		    "\"to header\" wants the name of a header field, such as X-Original-To");
	r->header = xstrdup(words[i++]);
	if (i + 1 < n && strcmp(words[i], "strip") == 0) {
		*bad = ++i;
		if (!is_plain(words[i]))
			return error_set(e, ERR_CONFIG, "\"strip\" wants a prefix");
		r->strip = xstrdup(words[i++]);
	}
	*bad = MIN(i, n);
	if (i + 1 >= n || strcmp(words[i], "in") != 0)
		return error_set(e, ERR_CONFIG,
		    "\"to header\" wants \"in\" and the domains that mail may go to");
	for (i++; i < n; i++) {
		*bad = i;
		if (!is_plain(words[i]) || strchr(words[i], '@') != NULL)
			return error_set(e, ERR_CONFIG, "this is no domain");
		add_word(&r->domains, words[i]);
	}
	return 0;
}

struct route *
route_parse(const char *const *words, size_t n, size_t *bad, struct error *e)
{
	struct route *r = xcalloc(1, sizeof(*r));
	int rc;

	*bad = 0;
	if (n == 0 || !is_plain(words[0])) {
		rc = error_set(e, ERR_CONFIG, "a relay is wanted here: %s", ROUTE_WANTS);
	} else if (r->relay = xstrdup(words[0]), n < 3 || strcmp(words[1], "to") != 0) {
		*bad = n < 2 || strcmp(words[1], "to") == 0 ? n : 1;
		rc = error_set(e, ERR_CONFIG,
		    "behind the relay comes \"to\" and for whom it is: %s", ROUTE_WANTS);
	} else if (strcmp(words[2], BY_HEADER) == 0) {
		rc = parse_header(r, words, n, bad, e);
	} else {
		rc = parse_addresses(r, words, n, bad, e);
	}
	if (rc == 0)
		return r;
	route_free(r);
	return NULL;
}

void
route_free(struct route *r)
{
	if (r == NULL)
		return;
	words_list_free(&r->to);
	words_list_free(&r->domains);
	free(r->relay);
	free(r->header);
	free(r->strip);
	free(r);
}

/* ---- as words, as one word ---- */

const char *
route_word(const struct route *r, size_t i)
{
	const char *front[] = { r->relay, "to", BY_HEADER, r->header, "strip", r->strip, "in" };

	if (i < 2)
		return front[i];
	if (r->header == NULL)
		return i - 2 < r->to.n ? r->to.word[i - 2] : NULL;
	if (i >= 4 && r->strip == NULL)
		i += 2;
	if (i < nitems(front))
		return front[i];
	return i - nitems(front) < r->domains.n ? r->domains.word[i - nitems(front)] : NULL;
}

char *
route_format(const struct route *r)
{
	struct buf out = BUF_INIT(PLACE_MAX);
	const char *word;
	char *text;

	(void)buf_addf(&out, "%s:", r->relay);
	for (size_t i = 2; (word = route_word(r, i)) != NULL; i++)
		(void)buf_addf(&out, "%s%s", i > 2 ? "," : "", word);
	text = xstrndup(out.p, out.len);
	buf_free(&out);
	return text;
}

struct route *
route_unformat(const char *word, struct error *e)
{
	struct words_list parts = { .n = 0 };
	size_t len = strcspn(word, ":"), bad;
	char *relay = xstrndup(word, len);
	struct route *r;

	add_word(&parts, relay);
	add_word(&parts, "to");
	for (word += len; *word != '\0'; word += len) {
		char *part;

		len = strcspn(++word, ",");
		part = xstrndup(word, len);
		add_word(&parts, part);
		free(part);
	}
	r = route_parse((const char *const *)parts.word, parts.n, &bad, e);
	words_list_free(&parts);
	free(relay);
	return r;
}

/* ---- recipients ---- */

static bool
is_in_domains(const struct route *r, const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL && has_word(&r->domains, at + 1);
}

int
route_recipients(const struct route *r, const struct words_list *instead, struct slice head,
    struct words_list *out)
{
	const struct words_list *fixed = instead->n > 0 ? instead : &r->to;
	char address[ADDR_MAX];
	const char *bare;
	struct slice value;

	for (size_t i = 0; i < fixed->n; i++)
		add_word(out, fixed->word[i]);
	if (out->n > 0 || r->header == NULL || !header_find(head, r->header, &value))
		return 0;
	while (addr_next(&value, address)) {
		bare = address;
		if (r->strip != NULL && strncasecmp(bare, r->strip, strlen(r->strip)) == 0)
			bare += strlen(r->strip);
		if (!addr_is_sendable(bare) || !is_in_domains(r, bare) || has_word(out, bare))
			continue;
		if (out->n == ROUTE_RECIPIENTS_MAX)
			return -1;
		add_word(out, bare);
	}
	return 0;
}
