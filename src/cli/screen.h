/*
 * screen.h - text for a person: columns that line up, lines no wider than the terminal, and
 * messages without anything that a terminal would act on.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"
#include "util/slice.h"

/* The columns of the terminal that standard output is; 0: it is none, or does not say. */
size_t screen_width(void);

/*
 * Appends in, made visible, padded with blanks to width columns and one more; if cut is set, not
 * more of it than fits.
 */
void screen_column(struct buf *line, struct slice in, size_t width, bool cut);

/* Prints the line and ends it, at most width columns of it unless that is 0; empties it. */
void screen_line(struct buf *line, size_t width);

/*
 * Prints bytes of a message, in whatever pieces: control characters and what is no text become
 * visible, line ends and tabs stay. pending keeps the end of a piece that may go on in the next;
 * screen_end() prints it.
 */
void screen_message(struct buf *pending, struct slice piece);
void screen_end(struct buf *pending);

#endif
