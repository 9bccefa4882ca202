/*
 * Lists messages: number, size, state and UID, or with -l who wrote when about what.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/screen.h"
#include "cli/visiting.h"
#include "mail/header.h"
#include "mail/rfc2047.h"
#include "util/units.h"
#include "util/util.h"

#define FIELD_MAX (8 * KiB) /* of a header field; the rest is left out */
#define LINE_BYTES (64 * KiB)

/* Columns of a list for people. */
#define DATE_WIDTH 17
#define FROM_WIDTH 20

static const char *
state_word(enum visit_state state)
{
	static const char *const words[] = { [VISIT_NEW] = "new",
		[VISIT_SEEN] = "seen",
		[VISIT_SKIPPED] = "skipped",
		[VISIT_FAILED] = "failed" };

	return words[state];
}

/* A header field, unfolded and decoded; empty when there is none. Owned by the buffer. */
static struct slice
field(struct slice head, const char *name, struct buf *out)
{
	struct buf whole = BUF_INIT(FIELD_MAX);
	struct slice value;

	out->len = 0;
	if (header_find(head, name, &value)) {
		(void)header_unfold(&whole, value);
		(void)rfc2047_decode(out, slice_trim(buf_slice(&whole)));
	}
	buf_free(&whole);
	return buf_slice(out);
}

/* "Mon, 4 Aug 2025 11:12:40 +0200" is too long for a column: its day and its time. */
static struct slice
short_date(struct slice date)
{
	const char *comma = date.len > 0 ? memchr(date.p, ',', date.len) : NULL;
	size_t colons = 0;

	if (comma != NULL) {
		date.len -= (size_t)(comma + 1 - date.p);
		date.p = comma + 1;
	}
	date = slice_trim(date);
	for (size_t i = 0; i < date.len; i++)
		if (date.p[i] == ':' && ++colons == 2)
			date.len = i;
	return date;
}

/* "Ada <ada@example.org>": the name, if there is one before the address. */
static struct slice
short_from(struct slice from)
{
	const char *angle = from.len > 0 ? memchr(from.p, '<', from.len) : NULL;
	struct slice name = { from.p, angle != NULL ? (size_t)(angle - from.p) : 0 };

	name = slice_trim(name);
	if (name.len >= 2 && name.p[0] == '"' && name.p[name.len - 1] == '"')
		name = (struct slice){ name.p + 1, name.len - 2 };
	return name.len > 0 ? name : from;
}

static void
show_json(const char *account, const struct visit_message *m, const struct slice *head)
{
	struct buf value = BUF_INIT(FIELD_MAX);
	struct json j;

	json_begin(&j);
	json_string(&j, "account", account);
	json_number(&j, "number", m->number);
	json_number(&j, "size", m->size);
	json_string(&j, "state", state_word(m->state));
	json_text(&j, "uid", m->uid);
	if (head != NULL) {
		json_text(&j, "date", field(*head, "Date", &value));
		json_text(&j, "from", field(*head, "From", &value));
		json_text(&j, "subject", field(*head, "Subject", &value));
	}
	json_end(&j);
	buf_free(&value);
}

static void
show_line(const struct visit_message *m, const struct slice *head, size_t width)
{
	struct buf line = BUF_INIT(LINE_BYTES), value = BUF_INIT(FIELD_MAX);
	char size[UNITS_MAX];

	if (head == NULL) {
		(void)buf_addf(&line, "%5" PRIu32 " %10" PRIu64 " %-7s ", m->number, m->size,
		    state_word(m->state));
		screen_column(&line, m->uid, 0, false);
	} else {
		(void)buf_addf(&line, "%5" PRIu32 " %5s %-7s ", m->number,
		    size_human(size, m->size), state_word(m->state));
		screen_column(
		    &line, short_date(field(*head, "Date", &value)), DATE_WIDTH, width > 0);
		screen_column(
		    &line, short_from(field(*head, "From", &value)), FROM_WIDTH, width > 0);
		screen_column(&line, field(*head, "Subject", &value), 0, false);
	}
	screen_line(&line, width);
	buf_free(&line);
	buf_free(&value);
}

static int
list(struct visiting *w, const struct cli_options *o, const uint32_t *places, size_t n,
    struct error *e)
{
	size_t width = screen_width();
	struct slice head;

	if (o->long_list && visit_heads(w->visit, places, n, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct visit_message m = visit_message(w->visit, places[i]);

		if (o->long_list && visit_next_head(w->visit, &head, e) == -1)
			return -1;
		if (o->json)
			show_json(w->account->name, &m, o->long_list ? &head : NULL);
		else
			show_line(&m, o->long_list ? &head : NULL, width);
	}
	return 0;
}

enum errclass
cmd_list(const struct cli_options *o, char *const *args, size_t n)
{
	struct visiting w = { .worst = ERR_OK };
	struct error e = { .cls = ERR_OK };
	uint32_t *places;
	size_t count;

	if (!visiting_takes("list", n, 1, 2) || (n == 2 && !visiting_read_set(&w, args[1])))
		return ERR_USAGE;
	if (visiting_begin(&w, o, args, false)) {
		places = visit_choose(w.visit, n == 2 ? &w.set : NULL, &count, &e);
		if (places == NULL || list(&w, o, places, count, &e) == -1)
			visiting_fail(&w, &e);
		free(places);
	}
	return visiting_end(&w);
}
