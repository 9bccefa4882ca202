#include "net/needs.h"

#include <dirent.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "util/mem.h"
#include "util/util.h"

/* What does not exist on this system is passed over. */
static const char *const system_files[] = {
	/* the resolver, with what it is configured by and where that is made */
	"/etc/resolv.conf",
	"/etc/hosts",
	"/etc/host.conf",
	"/etc/nsswitch.conf",
	"/etc/gai.conf",
	"/etc/services",
	"/etc/protocols",
	"/etc/passwd",
	"/etc/hostname",
	"/run/systemd/resolve",
	"/run/resolvconf",
	"/run/NetworkManager",
	"/run/connman",
	"/run/nscd",
	"/var/lib/sss/mc",
	/* its modules, those of iconv and OpenSSL, character sets, time zones */
	"/usr/lib",
	"/usr/lib32",
	"/usr/lib64",
	"/usr/libx32",
	"/usr/local/lib",
	"/usr/share",
	"/lib",
	"/lib32",
	"/lib64",
	"/etc/ld.so.cache",
	"/etc/ld.so.conf",
	"/etc/ld.so.conf.d",
	"/etc/localtime",
	"/etc/timezone",
	"/gnu/store",
	"/nix/store",
	/* certificates */
	"/etc/ssl/certs",
	"/etc/ssl/openssl.cnf",
	"/etc/ssl/cert.pem",
	"/etc/pki",
	"/etc/ca-certificates",
	"/etc/crypto-policies",
	"/usr/local/share/ca-certificates",
	/* random numbers, where the system call is missing */
	"/dev/urandom",
	"/dev/random",
};

/*
 * A directory of certificates as openssl-rehash(1) makes it: its entries may be links to files
 * elsewhere.
 */
static void
allow_authorities(const char *path, struct sandbox *s)
{
	DIR *dir = opendir(path);
	const struct dirent *de;

	sandbox_allow(s, path, SANDBOX_READ);
	while (dir != NULL && (de = readdir(dir)) != NULL)
		if (de->d_type == DT_LNK || de->d_type == DT_UNKNOWN) {
			char *link = xasprintf("%s/%s", path, de->d_name);

			sandbox_allow(s, link, SANDBOX_READ);
			free(link);
		}
	if (dir != NULL)
		(void)closedir(dir);
}

/* The system's authorities, as OpenSSL finds them: one file, and directories between colons. */
static void
allow_default_authorities(struct sandbox *s)
{
	const char *file = getenv(X509_get_default_cert_file_env());
	const char *dirs = getenv(X509_get_default_cert_dir_env());
	char *copy = xstrdup(dirs != NULL ? dirs : X509_get_default_cert_dir()), *rest = copy, *dir;

	sandbox_allow(s, file != NULL ? file : X509_get_default_cert_file(), SANDBOX_READ);
	while ((dir = strsep(&rest, ":")) != NULL)
		if (dirs != NULL)
			allow_authorities(dir, s);
		else
			sandbox_allow(s, dir, SANDBOX_READ);
	free(copy);
}

/* RFC 6762: a daemon of this machine looks up such names for the resolver. */
static bool
is_multicast_name(const char *host)
{
	size_t len = host != NULL ? strlen(host) : 0;

	return len > 6 && strcasecmp(host + len - 6, ".local") == 0;
}

void
net_needs(const struct way *w, const char *ca, struct sandbox *s)
{
	if (w->socket != NULL || is_multicast_name(w->to.host))
		sandbox_allow_local_sockets(s);
	if (w->command != NULL)
		sandbox_prevent(s, "connect-command starts a program");
	for (size_t i = 0; i < nitems(system_files); i++)
		sandbox_allow(s, system_files[i], SANDBOX_READ);
	if (ca != NULL)
		allow_authorities(ca, s);
	else
		allow_default_authorities(s);
	/* OPENSSL_CONF and TZ may name files anywhere: they are read now, once for all */
	(void)OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, NULL);
	tzset();
}
