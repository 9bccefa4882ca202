/*
 * measure - runs a command and tells what it cost.
 *
 *     measure [-p PRELOAD] FILE COMMAND...
 *
 * Writes to FILE: wall seconds, CPU seconds (user and system, children included), peak memory in
 * KiB (of its largest process), and how often something was synced to disk, counted by syncs.c,
 * which PRELOAD is, else 0. Its own status is the command's. A C program, so that the peak is the
 * command's and not an interpreter's.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
seconds(struct timeval tv)
{
	return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

/* A counter in a file, which all processes of the command will map. */
static const uint64_t *
share_counter(const char *file, const char *preload)
{
	static char name[4096];
	int len = snprintf(name, sizeof(name), "%s.syncs", file);
	void *p = MAP_FAILED;
	int fd;

	if (len > 0 && (size_t)len < sizeof(name) &&
	    (fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600)) != -1 &&
	    ftruncate(fd, sizeof(uint64_t)) == 0)
		p = mmap(NULL, sizeof(uint64_t), PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED || setenv("BENCH_SYNCS", name, 1) == -1 ||
	    setenv("LD_PRELOAD", preload, 1) == -1) {
		perror("measure");
		exit(2);
	}
	return p;
}

int
main(int argc, char **argv)
{
	static const uint64_t none;
	const uint64_t *syncs = &none;
	struct timespec start, end;
	struct rusage ru;
	int status, i = 1;
	pid_t pid;
	FILE *f;

	if (argc > 2 && argv[1][0] == '-' && argv[1][1] == 'p')
		i += 2;
	if (argc < i + 2)
		return 2;
	if (i > 1)
		syncs = share_counter(argv[i], argv[2]);
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	if ((pid = fork()) == 0) {
		(void)execvp(argv[i + 1], argv + i + 1);
		perror(argv[i + 1]);
		_exit(127);
	}
	if (pid == -1 || wait4(pid, &status, 0, &ru) != pid) {
		perror("measure");
		return 2;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	if ((f = fopen(argv[i], "w")) == NULL) {
		perror(argv[i]);
		return 2;
	}
	(void)fprintf(f, "%.4f %.4f %ld %" PRIu64 "\n",
	    (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9,
	    seconds(ru.ru_utime) + seconds(ru.ru_stime), ru.ru_maxrss, *syncs);
	(void)fclose(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
