#include "config/lexer.h"

#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/mem.h"

void
words_free(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free_secret(w->word[i]);
	free(w->word);
	free(w->column);
	*w = (struct words){ .n = 0 };
}

static void
add_word(struct words *w, const char *text, size_t len, unsigned column)
{
	w->word = xreallocarray(w->word, w->n + 1, sizeof(*w->word));
	w->word[w->n++] = xstrndup(text, len);
	w->column = xreallocarray(w->column, w->n + 1, sizeof(*w->column));
	w->column[w->n - 1] = column;
}

/* Takes a quoted word off *in, which stands behind the opening quote; false without a closing. */
static bool
lex_quoted(struct slice *in, char *text, size_t *len)
{
	*len = 0;
	while (in->len > 0 && *in->p != '"') {
		size_t skip =
		    in->len > 1 && *in->p == '\\' && (in->p[1] == '"' || in->p[1] == '\\');

		text[(*len)++] = in->p[skip];
		in->p += skip + 1;
		in->len -= skip + 1;
	}
	return slice_skip(in, "\"");
}

static void
lex_plain(struct slice *in, char *text, size_t *len)
{
	for (*len = 0; in->len > 0 && strchr(" \t", *in->p) == NULL; in->p++, in->len--)
		text[(*len)++] = *in->p;
}

int
lex_line(struct slice line, struct words *w, unsigned *column, struct error *e)
{
	struct slice rest = line;
	char *text = xmalloc(line.len);
	size_t len;

	*w = (struct words){ .n = 0 };
	*column = 1;
	if (memchr(line.p, '\0', line.len) != NULL) {
		free(text);
		return error_set(e, ERR_CONFIG, "a NUL character; is this a text file?");
	}
	for (;;) {
		slice_skip_blanks(&rest);
		if (rest.len == 0 || *rest.p == '#')
			break;
		*column = (unsigned)(rest.p - line.p) + 1;
		if (!slice_skip(&rest, "\"")) {
			lex_plain(&rest, text, &len);
		} else if (!lex_quoted(&rest, text, &len)) {
			(void)error_set(e, ERR_CONFIG, "a quote that does not end on this line");
			break;
		} else if (rest.len > 0 && strchr(" \t#", *rest.p) == NULL) {
			(void)error_set(
			    e, ERR_CONFIG, "a blank is missing behind the closing quote");
			break;
		}
		add_word(w, text, len, *column);
	}
	if (w->n > 0)
		w->column[w->n] = (unsigned)(rest.p - line.p) + 1;
	explicit_bzero(text, line.len);
	free(text);
	if (e->cls == ERR_OK)
		return 0;
	words_free(w);
	return -1;
}
