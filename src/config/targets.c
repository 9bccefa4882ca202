#include "config/targets.h"

#include <stdlib.h>
#include <string.h>

#include "config/values.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/util.h"

static void
clear_dests(struct account *a)
{
	struct dest *d;

	while ((d = TAILQ_FIRST(&a->dests)) != NULL) {
		TAILQ_REMOVE(&a->dests, d, link);
		dest_free(d);
	}
}

static struct dest *
parse_route(const struct deliver_kind *kind, const char *const *words, size_t n, size_t *bad,
    struct error *e)
{
	struct route *route = route_parse(words, n, bad, e);

	++*bad; /* behind the kind */
	return route != NULL ? dest_new_route(kind, route) : NULL;
}

/* A target from the words of the config; NULL with *e and *bad set as for an option. */
static struct dest *
parse_dest(const struct option *o, const char *const *words, size_t n, size_t *bad, struct error *e)
{
	const struct deliver_kind *kind = n > 0 ? deliver_kind_find(words[0]) : NULL;
	size_t want = kind != NULL && kind->argument != NULL ? 2 : 1;
	char *place, *absolute;
	struct dest *d;

	*bad = 0;
	if (kind == NULL) {
		(void)error_set(e, ERR_CONFIG, "\"%s\" wants a target: %s", o->name, o->argument);
		return NULL;
	}
	if (kind->takes_route)
		return parse_route(kind, words + 1, n - 1, bad, e);
	*bad = n > want ? want : want - 1;
	if (n > want)
		(void)error_set(e, ERR_CONFIG, "\"%s %s\" takes no more than that%s", o->name,
		    kind->name, want == 2 ? " (quote it if it has blanks)" : "");
	else if (n < want || (want == 2 && *words[1] == '\0'))
		(void)error_set(e, ERR_CONFIG, "\"%s %s\" wants %s behind it", o->name, kind->name,
		    kind->argument);
	if (e->cls != ERR_OK)
		return NULL;
	*bad = 1;
	if (!kind->takes_path)
		return dest_new(kind, want == 2 ? words[1] : "");
	if ((place = value_expand(o, words[1], e)) == NULL)
		return NULL;
	absolute = path_absolute(place);
	d = dest_new(kind, absolute);
	free(absolute);
	free(place);
	return d;
}

int
target_set_deliver(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	struct dest *d = parse_dest(o, words, n, bad, e), *other;

	if (d == NULL)
		return -1;
	value_replace_inherited(a, INHERITED_DESTS, clear_dests);
	TAILQ_FOREACH(other, &a->dests, link)
		if (strcmp(other->name, d->name) == 0) {
			dest_free(d);
			return error_set(e, ERR_CONFIG, "the same target stands here twice");
		}
	TAILQ_INSERT_TAIL(&a->dests, d, link);
	return 0;
}

/* A target from "KIND" or "KIND:PLACE"; NULL with *e set. */
static struct dest *
parse_target(const char *target, struct error *e)
{
	const struct option *o = option_find("deliver");
	size_t len = strcspn(target, ":"), bad;
	char *kind = xstrndup(target, len);
	const char *words[] = { kind, target + len + 1 };
	const struct deliver_kind *k = deliver_kind_find(kind);
	struct route *route;
	struct dest *d = NULL;

	if (k == NULL || !k->takes_route || target[len] != ':')
		d = parse_dest(o, words, target[len] == ':' ? 2 : 1, &bad, e);
	else if ((route = route_unformat(words[1], e)) != NULL)
		d = dest_new_route(k, route);
	free(kind);
	return d;
}

int
account_deliver_to(struct account *a, const char *target, struct error *e)
{
	struct dest *d = parse_target(target, e);

	if (d == NULL)
		return -1;
	clear_dests(a);
	TAILQ_INSERT_TAIL(&a->dests, d, link);
	return 0;
}

static void
show_dest(const struct dest *d, struct buf *out)
{
	(void)buf_addstr(out, d->kind->name);
	if (d->route != NULL) {
		const char *word;

		for (size_t i = 0; (word = route_word(d->route, i)) != NULL; i++) {
			(void)buf_addch(out, ' ');
			value_quote(out, word);
		}
	} else if (d->kind->argument != NULL) {
		(void)buf_addch(out, ' ');
		value_quote(out, d->place);
	}
}

bool
target_show_deliver(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	const struct dest *d = TAILQ_FIRST(&a->dests);

	(void)o;
	while (d != NULL && i-- > 0)
		d = TAILQ_NEXT(d, link);
	if (d == NULL)
		return false;
	show_dest(d, out);
	return true;
}

int
target_set_refused(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	struct dest *d = NULL;
	int kind = REFUSED_MBOX;

	if (n == 1 && strcmp(words[0], "keep") == 0)
		kind = REFUSED_KEEP;
	else if (n == 1 && strcmp(words[0], "drop") == 0)
		kind = REFUSED_DROP;
	else if (*bad = 0, n == 0 || strcmp(words[0], "mbox") != 0)
		return error_set(e, ERR_CONFIG, "\"refused\" is keep, drop or mbox PATH");
	else if ((d = parse_dest(o, words, n, bad, e)) == NULL)
		return -1;
	dest_free(a->refused_dest);
	a->refused_dest = d;
	a->refused = kind;
	return 0;
}

bool
target_show_refused(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	(void)o;
	if (i > 0)
		return false;
	if (a->refused == REFUSED_MBOX)
		show_dest(a->refused_dest, out);
	else
		(void)buf_addstr(out, a->refused == REFUSED_DROP ? "drop" : "keep");
	return true;
}
