/*
 * measure - runs a command and tells what it cost.
 *
 *     measure FILE COMMAND...
 *
 * Writes to FILE: wall seconds, CPU seconds (user and system), peak memory in KiB. Its own status
 * is the command's. A C program, so that the peak is the command's and not an interpreter's.
 */
#include <stdio.h>
#include <stdlib.h>
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

int
main(int argc, char **argv)
{
	struct timespec start, end;
	struct rusage ru;
	int status;
	pid_t pid;
	FILE *f;

	if (argc < 3)
		return 2;
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	if ((pid = fork()) == 0) {
		(void)execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (pid == -1 || wait4(pid, &status, 0, &ru) != pid || (f = fopen(argv[1], "w")) == NULL) {
		perror("measure");
		return 2;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	(void)fprintf(f, "%.3f %.3f %ld\n",
	    (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9,
	    seconds(ru.ru_utime) + seconds(ru.ru_stime), ru.ru_maxrss);
	(void)fclose(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
