/*
 * Runs a fuzzer without libFuzzer: over files, those in directories as well; over standard input
 * when none is named, as afl-fuzz(1) has it.
 */
#include "fuzz.h"

#include <err.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "util/io.h"

#define INPUT_MAX MiB

static unsigned long files;

/* In an allocation of exactly its size, so that reading on shows. */
static void
run_fd(int fd, const char *name)
{
	struct buf text = BUF_INIT(INPUT_MAX);
	char *copy;

	if (read_to_end(fd, &text) == -1)
		err(1, "%s", name);
	copy = fuzz_copy(buf_slice(&text));
	(void)LLVMFuzzerTestOneInput((const uint8_t *)copy, text.len);
	free(copy);
	buf_free(&text);
}

static int
run_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	int fd;

	(void)st;
	(void)ftw;
	if (type == FTW_NS || type == FTW_DNR)
		errx(1, "cannot read %s", path);
	if (type != FTW_F)
		return 0;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	if (getenv("FUZZ_VERBOSE") != NULL)
		(void)fprintf(stderr, "%s\n", path);
	run_fd(fd, path);
	(void)close(fd);
	files++;
	return 0;
}

int
main(int argc, char **argv)
{
#ifdef __AFL_HAVE_MANUAL_CONTROL
	while (__AFL_LOOP(1000))
		run_fd(STDIN_FILENO, "standard input");
#else
	if (argc == 1)
		run_fd(STDIN_FILENO, "standard input");
#endif
	for (int i = 1; i < argc; i++)
		if (nftw(argv[i], run_file, 16, FTW_PHYS) == -1)
			err(1, "%s", argv[i]);
	if (argc > 1)
		(void)printf("%lu files\n", files);
	return 0;
}
