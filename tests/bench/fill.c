/*
 * fill - the mail of pop3serve as a Maildir, for a real server to serve.
 *
 *     fill [-n MESSAGES] [-f FIRST] [-s BYTES | -m] DIRECTORY
 *
 * The directory has to be there with its cur, new and tmp. Lines end in LF.
 */
#include "mail.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
put_line(FILE *f, const char *line, size_t len)
{
	(void)fwrite(line, 1, len - 2, f);
	(void)putc('\n', f);
}

static int
write_message(const struct mail_set *set, uint32_t id, const char *name)
{
	uint64_t lines = mail_lines(set, id);
	char h[MAIL_HEADER_MAX];
	FILE *f = fopen(name, "w");

	if (f == NULL)
		return -1;
	for (size_t i = 0, len = mail_header(id, h); i < len; i++)
		if (h[i] != '\r')
			(void)putc(h[i], f);
	for (uint64_t k = 0; k < lines; k++) {
		const char *line = mail_line(id, k);

		put_line(f, line + (line[0] == '.'), MAIL_LINE - (line[0] == '.'));
	}
	return fclose(f);
}

int
main(int argc, char **argv)
{
	struct mail_set set = { .n = 1000, .first = 1, .size = 2048 };
	char name[4096];
	int c;

	while ((c = getopt(argc, argv, MAIL_OPTIONS)) != -1)
		if (!mail_option(&set, c, optarg))
			return 2;
	if (optind + 1 != argc)
		return 2;
	mail_begin();
	for (uint32_t i = 0; i < set.n; i++) {
		int len = snprintf(name, sizeof(name), "%s/cur/%u.M%06uP1.bench:2,", argv[optind],
		    1700000000u + i, i);

		if (len < 0 || (size_t)len >= sizeof(name) ||
		    write_message(&set, set.first + i, name) != 0) {
			perror(name);
			return 1;
		}
	}
	return 0;
}
