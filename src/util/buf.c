#include "util/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/mem.h"

int
buf_reserve(struct buf *b, size_t len)
{
	size_t cap = b->cap < 64 ? 64 : b->cap;

	if (len > b->max || b->len > b->max - len)
		return -1;
	if (b->len + len <= b->cap)
		return 0;
	while (cap < b->len + len)
		cap = cap > SIZE_MAX / 2 ? b->len + len : cap * 2;
	if (cap > b->max)
		cap = b->max;
	b->p = xreallocarray(b->p, cap, 1);
	b->cap = cap;
	return 0;
}

int
buf_append(struct buf *b, const void *p, size_t len)
{
	if (len == 0)
		return 0;
	if (buf_reserve(b, len) == -1)
		return -1;
	memcpy(b->p + b->len, p, len);
	b->len += len;
	return 0;
}

int
buf_addstr(struct buf *b, const char *s)
{
	return buf_append(b, s, strlen(s));
}

int
buf_addch(struct buf *b, char c)
{
	return buf_append(b, &c, 1);
}

int
buf_addnum(struct buf *b, uint64_t n)
{
	char digits[20], *p = digits + sizeof(digits);

	do {
		*--p = (char)('0' + n % 10);
	} while ((n /= 10) > 0);
	return buf_append(b, p, (size_t)(digits + sizeof(digits) - p));
}

int
buf_addf(struct buf *b, const char *fmt, ...)
{
	char small[256], *large = NULL;
	va_list ap, again;
	int n, rc;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0) {
		va_end(again);
		return -1;
	}
	if ((size_t)n >= sizeof(small)) {
		large = xmalloc((size_t)n + 1);
		(void)vsnprintf(large, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	rc = buf_append(b, large != NULL ? large : small, (size_t)n);
	free(large);
	return rc;
}

struct slice
buf_slice(const struct buf *b)
{
	return (struct slice){ b->p, b->len };
}

void
buf_free(struct buf *b)
{
	free(b->p);
	b->p = NULL;
	b->len = b->cap = 0;
}

void
buf_wipe(struct buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	buf_free(b);
}
