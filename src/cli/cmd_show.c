/*
 * Shows a message: byte by byte to a file or a pipe, made safe to a terminal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/screen.h"
#include "cli/visiting.h"
#include "util/log.h"
#include "util/util.h"

#define LINES_MAX 1000000000
#define PIECE (64 * KiB)

static int
copy_message(struct visit *v, struct error *e)
{
	struct buf pending = BUF_INIT(4 * KiB);
	bool person = isatty(STDOUT_FILENO), end = false;
	static char piece[PIECE];
	size_t len;
	int rc = 0;

	while (!end && rc == 0 && ferror(stdout) == 0) {
		if ((rc = visit_read(v, piece, sizeof(piece), &len, &end, e)) == -1)
			break;
		if (person)
			screen_message(&pending, (struct slice){ piece, len });
		else
			(void)fwrite(piece, 1, len, stdout);
	}
	screen_end(&pending);
	buf_free(&pending);
	return rc;
}

/* The only message in the set; -1 with *e set. */
static int
choose_one(struct visiting *w, size_t *place, struct error *e)
{
	uint32_t *places;
	size_t n;

	if ((places = visit_choose(w->visit, &w->set, &n, e)) == NULL)
		return -1;
	if (n != 1)
		(void)error_set(
		    e, ERR_USAGE, "show wants one message, and this is a set of %zu", n);
	*place = places[0];
	free(places);
	return n == 1 ? 0 : -1;
}

/* false after printing that it is no number of lines. */
static bool
read_lines(const char *text, int64_t *lines)
{
	const char *why;

	*lines = strtonum(text, 0, LINES_MAX, &why);
	if (why != NULL)
		log_error("show wants a number of lines from 0 to %d", LINES_MAX);
	return why == NULL;
}

enum errclass
cmd_show(const struct cli_options *o, char *const *args, size_t n)
{
	struct visiting w = { .worst = ERR_OK };
	struct error e = { .cls = ERR_OK };
	int64_t lines = -1;
	size_t place;

	if (!visiting_takes("show", n, 2, 3) || !visiting_read_set(&w, args[1]) ||
	    (n == 3 && !read_lines(args[2], &lines)))
		return ERR_USAGE;
	if (visiting_begin(&w, o, args, false) &&
	    (choose_one(&w, &place, &e) == -1 || visit_ask(w.visit, place, lines, &e) == -1 ||
		copy_message(w.visit, &e) == -1)) {
		(void)fflush(stdout); /* before what went wrong, where both go to one place */
		visiting_fail(&w, &e);
	} else if (ferror(stdout) != 0) {
		w.worst = ERR_IO; /* main() tells of it; the session stands in the message */
	}
	return visiting_end(&w);
}
