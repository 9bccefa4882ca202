/*
 * route.h - where smtp and lmtp hand messages to: a relay, and for whom.
 *
 *     RELAY to ADDRESS...
 *     RELAY to header NAME [strip PREFIX] in DOMAIN...
 *
 * By the second form the recipients are those that the first header field of that name has, the
 * topmost one: it was put there by the server that last had the message, while the sender can have
 * written any below it. Only addresses in one of the domains count, so that nobody can have us
 * relay to strangers.
 */
#ifndef DELIVER_ROUTE_H
#define DELIVER_ROUTE_H

#include <stddef.h>

#include "util/buf.h"
#include "util/error.h"
#include "util/slice.h"

#define ROUTE_WANTS "RELAY to ADDR...|header NAME [strip PREFIX] in DOMAIN..."
#define ROUTE_RECIPIENTS_MAX 1000

struct words_list {
	char **word;
	size_t n;
};

struct route {
	char *relay;          /* its name in the config */
	struct words_list to; /* the recipients; none: by the header */
	char *header, *strip; /* strip: NULL for none */
	struct words_list domains;
};

/*
 * From the words behind "smtp" or "lmtp": a new route, or NULL with *e set (ERR_CONFIG) and *bad
 * the index of the word to blame.
 */
struct route *route_parse(const char *const *words, size_t n, size_t *bad, struct error *e);
void route_free(struct route *r); /* NULL does nothing */

/* As one word, for names of targets: "office:alice@example.net,bob@example.net"; and back. */
char *route_format(const struct route *r);
struct route *route_unformat(const char *word, struct error *e);

/* As the words of the config, one after the other; NULL behind the last. Borrowed. */
const char *route_word(const struct route *r, size_t i);

/*
 * The recipients of a message with that head: new strings, added to *out. Those of instead, if
 * there are any, else as the route says. None is no error: no address of the header's, or none in
 * these domains. -1 if a header names more than ROUTE_RECIPIENTS_MAX: whoever wrote it wants the
 * message to be sent very often.
 */
int route_recipients(const struct route *r, const struct words_list *instead, struct slice head,
    struct words_list *out);
void words_list_free(struct words_list *l);

#endif
