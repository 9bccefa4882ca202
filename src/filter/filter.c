#include "filter/filter.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "filter/pattern.h"
#include "util/mem.h"
#include "util/units.h"
#include "util/util.h"

enum condition_kind { SIZE_ABOVE, SIZE_BELOW, HEADER_MATCHES };

struct condition {
	TAILQ_ENTRY(condition) link;
	enum condition_kind kind;
	bool negated;
	uint64_t size;
	struct pattern *pattern;
};

struct rule {
	TAILQ_ENTRY(rule) link;
	enum filter_action action;
	TAILQ_HEAD(, condition) conditions;
};

struct ruleset {
	TAILQ_HEAD(, rule) rules;
};

static const char *const action_words[] = {
	[FILTER_ACCEPT] = "accept", [FILTER_SKIP] = "skip", [FILTER_DELETE] = "delete"
};

struct ruleset *
ruleset_new(void)
{
	struct ruleset *rs = xcalloc(1, sizeof(*rs));

	TAILQ_INIT(&rs->rules);
	return rs;
}

static void
condition_free(struct condition *c)
{
	pattern_free(c->pattern);
	free(c);
}

static void
rule_free(struct rule *r)
{
	struct condition *c;

	while ((c = TAILQ_FIRST(&r->conditions)) != NULL) {
		TAILQ_REMOVE(&r->conditions, c, link);
		condition_free(c);
	}
	free(r);
}

void
ruleset_free(struct ruleset *rs)
{
	struct rule *r;

	if (rs == NULL)
		return;
	while ((r = TAILQ_FIRST(&rs->rules)) != NULL) {
		TAILQ_REMOVE(&rs->rules, r, link);
		rule_free(r);
	}
	free(rs);
}

/* ---- from words ---- */

static int
parse_size(struct condition *c, const char *const *words, size_t n, size_t *at, struct error *e)
{
	const char *op = *at < n ? words[*at] : "";

	if (strcmp(op, ">") != 0 && strcmp(op, "<") != 0)
		return error_set(e, ERR_CONFIG, "\"size\" wants \">\" or \"<\" behind it");
	c->kind = *op == '>' ? SIZE_ABOVE : SIZE_BELOW;
	(*at)++;
	if (*at >= n || size_parse(words[*at], &c->size) == -1)
		return error_set(
		    e, ERR_CONFIG, "\"size %s\" wants a size like 500K or 20M behind it", op);
	(*at)++;
	return 0;
}

static int
parse_header(struct condition *c, const char *const *words, size_t n, size_t *at, struct error *e)
{
	if (*at >= n)
		return error_set(e, ERR_CONFIG, "\"header\" wants a regular expression behind it");
	c->kind = HEADER_MATCHES;
	if ((c->pattern = pattern_new(words[*at], e)) == NULL)
		return -1;
	(*at)++;
	return 0;
}

static int
parse_condition(struct rule *r, const char *const *words, size_t n, size_t *at, struct error *e)
{
	struct condition *c = xcalloc(1, sizeof(*c));
	int rc;

	for (; *at < n && strcmp(words[*at], "not") == 0; (*at)++)
		c->negated = !c->negated;
	if (*at < n && strcmp(words[*at], "size") == 0) {
		(*at)++;
		rc = parse_size(c, words, n, at, e);
	} else if (*at < n && strcmp(words[*at], "header") == 0) {
		(*at)++;
		rc = parse_header(c, words, n, at, e);
	} else {
		rc = error_set(e, ERR_CONFIG,
		    "a condition is \"size > N\", \"size < N\" or \"header REGEX\", each with "
		    "\"not\" "
		    "before it if need be");
	}
	if (rc == -1)
		condition_free(c);
	else
		TAILQ_INSERT_TAIL(&r->conditions, c, link);
	return rc;
}

int
ruleset_add(struct ruleset *rs, const char *const *words, size_t n, size_t *bad, struct error *e)
{
	struct rule *r = xcalloc(1, sizeof(*r));
	size_t at = 1;

	TAILQ_INIT(&r->conditions);
	*bad = 0;
	while (r->action < nitems(action_words) &&
	       (n == 0 || strcmp(words[0], action_words[r->action]) != 0))
		r->action++;
	if (r->action == nitems(action_words)) {
		rule_free(r);
		return error_set(e, ERR_CONFIG, "a filter starts with accept, skip or delete");
	}
	do { /* at least one condition */
		if (parse_condition(r, words, n, &at, e) == -1) {
			rule_free(r);
			*bad = MIN(at, n - 1);
			return -1;
		}
	} while (at < n);
	TAILQ_INSERT_TAIL(&rs->rules, r, link);
	return 0;
}

/* ---- deciding ---- */

/* Whether all conditions hold; *unknown when that depends on a header not yet known. */
static bool
rule_holds(const struct rule *r, uint64_t size, const struct slice *head, bool *unknown)
{
	const struct condition *c;
	bool holds;

	*unknown = false;
	TAILQ_FOREACH(c, &r->conditions, link) {
		if (c->kind == SIZE_ABOVE) {
			holds = size > c->size;
		} else if (c->kind == SIZE_BELOW) {
			holds = size < c->size;
		} else if (head != NULL) {
			holds = pattern_matches(c->pattern, *head);
		} else {
			*unknown = true;
			continue;
		}
		if (holds == c->negated) {
			*unknown = false;
			return false;
		}
	}
	return !*unknown;
}

enum filter_action
ruleset_decide(const struct ruleset *rs, uint64_t size, const struct slice *head)
{
	const struct rule *r;
	bool unknown;

	TAILQ_FOREACH(r, &rs->rules, link) {
		if (rule_holds(r, size, head, &unknown))
			return r->action;
		if (unknown)
			return FILTER_NEEDS_HEADER;
	}
	return FILTER_ACCEPT;
}

uint64_t
ruleset_next_size(const struct ruleset *rs, uint64_t size)
{
	uint64_t next = UINT64_MAX, at;
	const struct condition *c;
	const struct rule *r;

	TAILQ_FOREACH(r, &rs->rules, link)
		TAILQ_FOREACH(c, &r->conditions, link) {
			if (c->kind == HEADER_MATCHES)
				continue;
			at = c->size + (c->kind == SIZE_ABOVE);
			if (at > size)
				next = MIN(next, at);
		}
	return next;
}

bool
ruleset_is_hopeless(const struct ruleset *rs, uint64_t size, struct slice head)
{
	do {
		if (ruleset_decide(rs, size, &head) == FILTER_ACCEPT)
			return false;
		size = ruleset_next_size(rs, size);
	} while (size < UINT64_MAX);
	return true;
}

bool
ruleset_has(const struct ruleset *rs, enum filter_action action)
{
	const struct rule *r;

	TAILQ_FOREACH(r, &rs->rules, link)
		if (r->action == action)
			return true;
	return false;
}

/* ---- rules that can never decide ---- */

/* The sizes that a rule's conditions leave: from least to most, none if least is more. */
struct range {
	uint64_t least, most;
};

static void
narrow(struct range *r, const struct condition *c)
{
	if (c->kind == SIZE_ABOVE && !c->negated)
		r->least = MAX(r->least, c->size == UINT64_MAX ? c->size : c->size + 1);
	else if (c->kind == SIZE_BELOW && c->negated)
		r->least = MAX(r->least, c->size);
	else if (c->kind == SIZE_ABOVE)
		r->most = MIN(r->most, c->size);
	else if (c->kind == SIZE_BELOW && c->size > 0)
		r->most = MIN(r->most, c->size - 1);
	else if (c->kind == SIZE_BELOW)
		*r = (struct range){ 1, 0 }; /* nothing is smaller than nothing */
}

static struct range
sizes(const struct rule *r)
{
	struct range range = { 0, UINT64_MAX };
	const struct condition *c;

	TAILQ_FOREACH(c, &r->conditions, link)
		if (range.least <= range.most)
			narrow(&range, c);
	return range;
}

/* Whether the rule asks for that of the header. */
static bool
has_header(const struct rule *r, const char *pattern, bool negated)
{
	const struct condition *c;

	TAILQ_FOREACH(c, &r->conditions, link)
		if (c->kind == HEADER_MATCHES && c->negated == negated &&
		    strcmp(pattern_text(c->pattern), pattern) == 0)
			return true;
	return false;
}

static bool
contradicts(const struct rule *r)
{
	struct range range = sizes(r);
	const struct condition *c;

	TAILQ_FOREACH(c, &r->conditions, link)
		if (c->kind == HEADER_MATCHES &&
		    has_header(r, pattern_text(c->pattern), !c->negated))
			return true;
	return range.least > range.most;
}

/* Whether an earlier rule holds wherever the later one does. */
static bool
covers(const struct rule *earlier, const struct rule *later)
{
	struct range wide = sizes(earlier), inner = sizes(later);
	const struct condition *c;

	TAILQ_FOREACH(c, &earlier->conditions, link)
		if (c->kind == HEADER_MATCHES &&
		    !has_header(later, pattern_text(c->pattern), c->negated))
			return false;
	return wide.least <= inner.least && inner.most <= wide.most;
}

static const struct rule *
rule_at(const struct ruleset *rs, size_t i)
{
	const struct rule *r = TAILQ_FIRST(&rs->rules);

	while (r != NULL && i-- > 0)
		r = TAILQ_NEXT(r, link);
	return r;
}

enum filter_life
ruleset_is_dead(const struct ruleset *rs, size_t i, size_t *by)
{
	const struct rule *r = rule_at(rs, i);

	if (contradicts(r))
		return FILTER_CONTRADICTS;
	for (*by = 0; *by < i; (*by)++)
		if (covers(rule_at(rs, *by), r))
			return FILTER_SHADOWED;
	return FILTER_ALIVE;
}

/* ---- back to words ---- */

static void
format_condition(const struct condition *c, struct buf *out)
{
	char number[UNITS_MAX];

	(void)buf_addstr(out, c->negated ? " not" : "");
	if (c->kind == HEADER_MATCHES) {
		(void)buf_addstr(out, " header \"");
		for (const char *p = pattern_text(c->pattern); *p != '\0'; p++) {
			if (*p == '"' || *p == '\\')
				(void)buf_addch(out, '\\');
			(void)buf_addch(out, *p);
		}
		(void)buf_addstr(out, "\"");
	} else {
		(void)buf_addf(out, " size %c %s", c->kind == SIZE_ABOVE ? '>' : '<',
		    size_format(number, c->size));
	}
}

bool
ruleset_format(const struct ruleset *rs, size_t i, struct buf *out)
{
	const struct rule *r = rule_at(rs, i);
	const struct condition *c;

	if (r == NULL)
		return false;
	(void)buf_addstr(out, action_words[r->action]);
	TAILQ_FOREACH(c, &r->conditions, link)
		format_condition(c, out);
	return true;
}

const char *
ruleset_digest(const struct ruleset *rs, char out[static DIGEST_HEX])
{
	struct digest *d = digest_new();
	struct buf line = BUF_INIT(SIZE_MAX); /* the config file has a bound, nothing here */

	for (size_t i = 0; ruleset_format(rs, i, &line); i++) {
		(void)buf_addch(&line, '\n');
		digest_add(d, buf_slice(&line));
		line.len = 0;
	}
	(void)digest_end(d, out);
	digest_free(d);
	buf_free(&line);
	return out;
}
