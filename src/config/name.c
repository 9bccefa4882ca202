#include "config/name.h"

#include <string.h>

#include "util/util.h"

static const char takes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@+-";

bool
name_takes(char c)
{
	return c != '\0' && strchr(takes, c) != NULL;
}

bool
name_is_valid(const char *name)
{
	size_t len = strspn(name, takes);

	return name[len] == '\0' && len > 0 && len <= NAME_LEN_MAX && *name != '.' && *name != '-';
}

const char *
name_ending(const char *name)
{
	static const char *const endings[] = { ".new", ".lock", ".trouble" };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < nitems(endings); i++)
		if (strcmp(dot, endings[i]) == 0)
			return dot;
	return NULL;
}
