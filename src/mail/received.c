#include "mail/received.h"

#include <string.h>

#include "mail/fromline.h"
#include "mail/header.h"
#include "util/text.h"

size_t
received_count(struct slice head)
{
	struct header h;
	size_t n = 0;

	while (header_next(&head, &h))
		n += slice_caseequal(h.name, "Received");
	return n;
}

/* "Sat, 21 Nov 2026 18:24:00 +0000", out of "Sat Nov 21 18:24:00 2026". */
static void
add_date(struct buf *out, int64_t epoch)
{
	char date[ASCTIME_MAX];

	(void)asctime_utc(date, epoch);
	(void)buf_addf(
	    out, "%.3s, %.2s %.3s %.4s %.8s +0000", date, date + 8, date + 4, date + 20, date + 11);
}

/* A word of somebody else's in a header: what could end the line or the field becomes "-". */
static void
add_word(struct buf *out, const char *word)
{
	for (; *word != '\0'; word++)
		(void)buf_addch(out, (unsigned char)*word <= ' ' || *word == 0x7f ||
					     strchr("();<>\"\\", *word) != NULL
					 ? '-'
					 : *word);
}

void
received_format(const struct received *r, struct buf *out)
{
	(void)buf_addstr(out, "Received: from ");
	add_word(out, r->from);
	(void)buf_addstr(out, "\n\tby ");
	add_word(out, r->by);
	(void)buf_addf(out, " (haulmail %s)\n\twith %s", PACKAGE_VERSION, r->protocol);
	if (r->to != NULL) {
		(void)buf_addstr(out, "\n\tfor <");
		add_word(out, r->to);
		(void)buf_addch(out, '>');
	}
	(void)buf_addstr(out, "; ");
	add_date(out, r->epoch);
	(void)buf_addch(out, '\n');
}
