/*
 * heap.h - whether a secret has left a copy in this process's heap, in use or freed.
 */
#ifndef UNIT_HEAP_H
#define UNIT_HEAP_H

#include "unit.h"

/* Where the heap lies; false where that cannot be told, as under valgrind or a sanitizer. */
static inline bool
find_heap(uintptr_t *from, uintptr_t *to)
{
	static char maps[64 * 1024];
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;
	char *heap, *end;

	if (fd == -1)
		return false;
	while (len < sizeof(maps) - 1 && (n = read(fd, maps + len, sizeof(maps) - 1 - len)) > 0)
		len += (size_t)n;
	(void)close(fd);
	maps[len] = '\0';
	if ((heap = strstr(maps, "[heap]")) == NULL)
		return false;
	while (heap > maps && heap[-1] != '\n')
		heap--;
	*from = (uintptr_t)strtoull(heap, &end, 16);
	*to = (uintptr_t)strtoull(end + 1, NULL, 16);
	return true;
}

/*
 * Whether the text stands anywhere in the heap. It should be the end of a longer one: malloc(3)
 * writes to the beginning of what is freed.
 */
static inline bool
heap_holds(const char *text)
{
	static char chunk[64 * 1024];
	size_t len = strlen(text), step = sizeof(chunk) - len;
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	uintptr_t from, to;
	bool found = false;

	if (fd != -1 && find_heap(&from, &to))
		for (; from < to && !found; from += step) {
			ssize_t n = pread(fd, chunk, MIN(sizeof(chunk), to - from), (off_t)from);

			found = n > 0 && memmem(chunk, (size_t)n, text, len) != NULL;
		}
	if (fd != -1)
		(void)close(fd);
	return found;
}

#endif
