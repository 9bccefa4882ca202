/*
 * pattern.h - a regular expression, and whether a line of a header matches it. Only for filter/.
 *
 * Time: linear in the length of the header, except for expressions that refer back (\1).
 */
#ifndef FILTER_PATTERN_H
#define FILTER_PATTERN_H

#include <stdbool.h>

#include "util/error.h"
#include "util/slice.h"

struct pattern;

/* NULL, with *e set (ERR_CONFIG), when it is none. */
struct pattern *pattern_new(const char *text, struct error *e);
void pattern_free(struct pattern *p); /* NULL does nothing */

const char *pattern_text(const struct pattern *p);

/* Whether it matches any line, unfolded, as it is or with its encoded words decoded. */
bool pattern_matches(const struct pattern *p, struct slice head);

#endif
