#include "cli/screen.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/text.h"
#include "util/util.h"

#define PENDING_MAX KiB /* of a line; longer ones are printed in pieces */
#define CHARACTER_MAX 4 /* bytes of one in UTF-8 */

size_t
screen_width(void)
{
	struct winsize ws = { .ws_col = 0 };

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == -1)
		return 0;
	return ws.ws_col;
}

void
screen_column(struct buf *line, struct slice in, size_t width, bool cut)
{
	size_t start = line->len, columns, fits;

	(void)text_add_visible(line, in);
	fits = text_fit(
	    (struct slice){ line->p + start, line->len - start }, cut ? width : SIZE_MAX, &columns);
	line->len = start + fits;
	for (; columns < width + 1; columns++)
		(void)buf_addch(line, ' ');
	if (columns > width + 1)
		(void)buf_addch(line, ' ');
}

void
screen_line(struct buf *line, size_t width)
{
	size_t columns;

	if (width > 0)
		line->len = text_fit(buf_slice(line), width, &columns);
	while (line->len > 0 && line->p[line->len - 1] == ' ')
		line->len--;
	(void)printf("%.*s\n", (int)line->len, line->len > 0 ? line->p : "");
	line->len = 0;
}

static void
print_visible(struct slice in)
{
	struct buf out = BUF_INIT(8 * PENDING_MAX);

	(void)text_add_visible(&out, in);
	if (out.len > 0)
		(void)fwrite(out.p, 1, out.len, stdout);
	buf_free(&out);
}

/* Prints what has been gathered but for the last bytes, which may begin a character. */
static void
print_most(struct buf *pending, size_t keep)
{
	struct slice most = { pending->p, pending->len - keep };

	print_visible(most);
	memmove(pending->p, pending->p + most.len, keep);
	pending->len = keep;
}

/* How many bytes at the end may be the beginning of a character of UTF-8. */
static size_t
unfinished(const struct buf *b)
{
	size_t n = 0;

	while (
	    n < b->len && n < CHARACTER_MAX && ((unsigned char)b->p[b->len - 1 - n] & 0xC0) == 0x80)
		n++;
	return n < b->len && n < CHARACTER_MAX - 1 && (unsigned char)b->p[b->len - 1 - n] >= 0xC0
		   ? n + 1
		   : 0;
}

void
screen_message(struct buf *pending, struct slice piece)
{
	for (size_t i = 0; i < piece.len; i++) {
		if (piece.p[i] == '\n' || piece.p[i] == '\t') {
			screen_end(pending);
			(void)putchar(piece.p[i]);
			continue;
		}
		if (pending->len == PENDING_MAX)
			print_most(pending, unfinished(pending));
		(void)buf_addch(pending, piece.p[i]);
	}
}

void
screen_end(struct buf *pending)
{
	if (pending->len > 0)
		print_most(pending, 0);
}
