/*
 * text.h - text from outside made safe: for a terminal, and for a field of a text file.
 */
#ifndef UTIL_TEXT_H
#define UTIL_TEXT_H

#include "util/buf.h"
#include "util/slice.h"

/* Room for text_safe(): 160 bytes of the original, each at most four characters. */
#define TEXT_SAFE_MAX 648

/*
 * in as one line that no terminal interprets: control characters, those that turn the order
 * of others about, and bytes that are not text in the user's locale, become visible as strvis(3)
 * writes them; what is longer than 160 bytes ends in "...". Writes to out and returns it.
 */
const char *text_safe(char out[static TEXT_SAFE_MAX], struct slice in);

/* The same for words of our own, in which nothing is hidden. */
const char *text_visible(char out[static TEXT_SAFE_MAX], struct slice in);

/*
 * Appends in to out as text_visible() shows it, however long it is. Returns -1 past out's bound,
 * with as much as fits.
 */
int text_add_visible(struct buf *out, struct slice in);

/*
 * How many bytes at the front of in, which text_visible() has made, fit into so many columns of a
 * terminal; *columns is how many those take.
 */
size_t text_fit(struct slice in, size_t most, size_t *columns);

/*
 * From here on text_safe() shows "********" for this secret: a server may repeat what it did not
 * understand. Borrowed until the next call; NULL: nothing more to hide. One of less than four bytes
 * is not hidden: it occurs everywhere, and the gaps would tell it.
 */
void text_hide(const char *secret);

/*
 * Appends in to out as one word without blanks or control characters, strvis(3)-encoded the same
 * way in every locale. Most words come out as they went in. Returns -1 past out's bound.
 */
int text_field(struct buf *out, struct slice in);

/* Appends the original of a word made by text_field(); -1 when it is none. */
int text_unfield(struct buf *out, struct slice in);

/* Whether in holds a control character (C0 or DEL). */
bool text_has_control(struct slice in);

/* Whether all of it is ASCII, and whether all of it is UTF-8 as RFC 3629 has it. */
bool text_is_ascii(struct slice in);
bool text_is_utf8(struct slice in);

#endif
