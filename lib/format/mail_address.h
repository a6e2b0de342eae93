/*
 * mail_address - checks mail addresses, and tells which mail servers are on this machine.
 */
#ifndef LIB_FORMAT_MAIL_ADDRESS_H
#define LIB_FORMAT_MAIL_ADDRESS_H

enum {
	MAIL_ADDRESS_MAX = 254,
	MAIL_ADDRESS_SIZE = MAIL_ADDRESS_MAX + 1
}; /* bytes: RFC 5321 4.5.3.1.3 */

/* Writes a plain local@domain as SMTP takes it: the local part as it is, in ASCII without quotes
 * (RFC 5322 dot-atom, at most 64 bytes); an internationalised domain as its A-labels (IDNA 2008,
 * non-transitional, RFC 5891). Returns 0; -1 when it is no such address, or needs SMTPUTF8 (RFC
 * 6531). */
int mail_address_ascii(const char *address, char out[MAIL_ADDRESS_SIZE]);

/* The same for a domain alone. */
int mail_domain_ascii(const char *domain, char out[MAIL_ADDRESS_SIZE]);

/* 1 for exactly localhost, 127.0.0.1 and ::1: a password may go there unencrypted. */
int mail_host_is_local(const char *host);

#endif
