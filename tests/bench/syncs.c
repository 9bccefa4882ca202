/*
 * syncs.c - counts how often a program, and what it starts, has something synced to disk.
 *
 * A shared object for LD_PRELOAD. The count is a number in the file that BENCH_SYNCS names, which
 * measure.c makes. Every process maps it, so that counting costs next to nothing.
 */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic uint64_t unshared;
static _Atomic uint64_t *count = &unshared;

__attribute__((constructor)) static void
begin(void)
{
	const char *name = getenv("BENCH_SYNCS");
	int fd = name != NULL ? open(name, O_RDWR | O_CLOEXEC) : -1;
	void *p;

	if (fd == -1)
		return;
	p = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p != MAP_FAILED)
		count = p;
	(void)close(fd);
}

/* The function that this one stands in front of, found once. */
#define COUNT(real, name)                                                                          \
	do {                                                                                       \
		if ((real) == NULL)                                                                \
			*(void **)&(real) = dlsym(RTLD_NEXT, name);                                \
		(*count)++;                                                                        \
	} while (0)

int
fsync(int fd)
{
	static int (*real)(int);

	COUNT(real, "fsync");
	return real(fd);
}

int
fdatasync(int fd)
{
	static int (*real)(int);

	COUNT(real, "fdatasync");
	return real(fd);
}

int
syncfs(int fd)
{
	static int (*real)(int);

	COUNT(real, "syncfs");
	return real(fd);
}

void
sync(void)
{
	static void (*real)(void);

	COUNT(real, "sync");
	real();
}

int
msync(void *p, size_t len, int flags)
{
	static int (*real)(void *, size_t, int);

	COUNT(real, "msync");
	return real(p, len, flags);
}
