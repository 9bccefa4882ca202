#include "deliver/deliver.h"

#include <stdlib.h>
#include <string.h>

#include "deliver/maildir.h"
#include "deliver/mbox.h"
#include "deliver/pipe.h"
#include "deliver/smtp.h"
#include "deliver/stdout.h"
#include "util/mem.h"

const struct deliver_kind *const deliver_kinds[] = { &deliver_mbox, &deliver_maildir, &deliver_pipe,
	&deliver_smtp, &deliver_lmtp, &deliver_stdout, NULL };

const struct deliver_kind *
deliver_kind_find(const char *name)
{
	for (const struct deliver_kind *const *k = deliver_kinds; *k != NULL; k++)
		if (strcmp((*k)->name, name) == 0)
			return *k;
	return NULL;
}

struct dest *
dest_new(const struct deliver_kind *kind, const char *place)
{
	struct dest *d = xcalloc(1, sizeof(*d));

	d->kind = kind;
	d->place = xstrdup(place);
	d->name =
	    kind->argument == NULL ? xstrdup(kind->name) : xasprintf("%s:%s", kind->name, place);
	return d;
}

struct dest *
dest_new_route(const struct deliver_kind *kind, struct route *route)
{
	char *place = route_format(route);
	struct dest *d = dest_new(kind, place);

	d->route = route;
	free(place);
	return d;
}

struct dest *
dest_parse(const char *name)
{
	for (const struct deliver_kind *const *k = deliver_kinds; *k != NULL; k++) {
		size_t len = strlen((*k)->name);
		char end = (*k)->argument == NULL ? '\0' : ':';

		if (strncmp(name, (*k)->name, len) == 0 && name[len] == end)
			return dest_new(*k, end == ':' ? name + len + 1 : "");
	}
	return NULL;
}

void
dest_free(struct dest *d)
{
	if (d == NULL)
		return;
	route_free(d->route);
	free(d->place);
	free(d->name);
	free(d);
}
