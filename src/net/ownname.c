#include "net/ownname.h"

#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A name that every server takes: letters, digits and hyphens around dots (RFC 1123). */
static bool
is_full_name(const char *name)
{
	size_t len = strlen(name);

	return len > 2 && len < OWNNAME_MAX - 4 && strchr(name, '.') != NULL && *name != '.' &&
	       *name != '-' && name[len - 1] != '.' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
		   len;
}

static bool
look_up(const char *host, char out[static OWNNAME_MAX])
{
	struct addrinfo hints = { .ai_flags = AI_CANONNAME, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	bool good;

	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return false;
	good = found->ai_canonname != NULL && is_full_name(found->ai_canonname);
	if (good)
		(void)strlcpy(out, found->ai_canonname, OWNNAME_MAX);
	freeaddrinfo(found);
	return good;
}

const char *
ownname_full(void)
{
	static char name[OWNNAME_MAX];
	static bool asked;
	char host[OWNNAME_MAX] = "";

	if (!asked) {
		asked = true;
		if (gethostname(host, sizeof(host) - 1) == -1 || *host == '\0')
			return NULL;
		if (is_full_name(host))
			(void)strlcpy(name, host, sizeof(name));
		else
			(void)look_up(host, name);
	}
	return *name != '\0' ? name : NULL;
}

const char *
ownname_for(const struct stream *s, char out[static OWNNAME_MAX])
{
	const char *full = ownname_full();
	char address[STREAM_ADDRESS_MAX];

	if (full != NULL)
		(void)strlcpy(out, full, OWNNAME_MAX);
	else if (!stream_own_address(s, address))
		(void)strlcpy(out, "localhost", OWNNAME_MAX);
	else
		(void)snprintf(out, OWNNAME_MAX, "[%s%s]",
		    strchr(address, ':') != NULL ? "IPv6:" : "", address);
	return out;
}
