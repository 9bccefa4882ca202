#include "cli/ask.h"

#include <readpassphrase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/mem.h"
#include "util/slice.h"

char *
ask(const char *question, const char *standard)
{
	char *line = NULL, *answer = NULL;
	size_t cap = 0;

	do {
		struct slice word;

		if (standard != NULL)
			(void)printf("%s [%s]: ", question, standard);
		else
			(void)printf("%s: ", question);
		(void)fflush(stdout);
		if (getline(&line, &cap, stdin) == -1) {
			(void)putchar('\n');
			break;
		}
		line[strcspn(line, "\n")] = '\0';
		word = slice_trim(slice_str(line));
		if (word.len > 0)
			answer = xstrndup(word.p, word.len);
		else if (standard != NULL)
			answer = xstrdup(standard);
	} while (answer == NULL);
	free(line);
	return answer;
}

char *
ask_secret(const char *question)
{
	char buf[1024], *answer = NULL;

	if (readpassphrase(question, buf, sizeof(buf), RPP_REQUIRE_TTY) != NULL && *buf != '\0' &&
	    strlen(buf) < sizeof(buf) - 1) /* cut in silence */
		answer = xstrdup(buf);
	explicit_bzero(buf, sizeof(buf));
	return answer;
}

bool
ask_yes(const char *question, bool by_default)
{
	char *answer = ask(question, by_default ? "yes" : "no");
	bool yes = answer != NULL && (*answer == 'y' || *answer == 'Y');

	free(answer);
	return yes;
}
