#include "config/suggest.h"

#include <stdint.h>
#include <string.h>

#include "util/util.h"

#define WORD_MAX 31

/* Damerau-Levenshtein in its restricted form, three rows at a time. */
size_t
edit_distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > WORD_MAX || lb > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t change = above[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = MIN(change, MIN(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = MIN(row[j], before[j - 2] + 1);
		}
	}
	return rows[la % 3][lb];
}

/* What the words' lengths differ by has to be put in or left out in any case. */
static size_t
least_distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);

	return MAX(la, lb) - MIN(la, lb);
}

const char *
suggest(const char *word, const char *(*name)(size_t i))
{
	const char *best = NULL, *candidate;
	size_t least = MIN((size_t)3, strlen(word) / 2 + 1);

	for (size_t i = 0; (candidate = name(i)) != NULL; i++) {
		size_t d = least_distance(word, candidate);

		if (d < least && (d = edit_distance(word, candidate)) < least) {
			least = d;
			best = candidate;
		}
	}
	return best;
}
