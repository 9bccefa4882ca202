/*
 * hostname.h - host names beyond ASCII, in the form that DNS and certificates know.
 *
 * Sources: RFC 5891 section 4.4 (A-labels), RFC 3492 (Punycode). Letters become small; nothing else
 * is mapped, as what does not match a registered name does not resolve either.
 */
#ifndef NET_HOSTNAME_H
#define NET_HOSTNAME_H

/*
 * A new string: the name, in UTF-8, with each label that is not ASCII as "xn--...". A name all in
 * ASCII and an address come out as they went in. NULL when it cannot be one: it is not UTF-8, or
 * a label is longer than DNS allows.
 */
char *hostname_ascii(const char *name);

#endif
