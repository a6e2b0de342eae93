#include "config.h"

#include "model/connection/connection.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "lib/format/name.h"
#include "lib/text.h"

enum { ZONE_CHARS_MAX = 64, CODE_CHARS_MAX = 32, USER_CHARS_MAX = 200, PRESTASHOP_KEY_CHARS = 32 };

/* ------------------------------------------------------------------ what texts must be */

static const char *
check_zone(const char *text)
{
	return calendar_zone_exists(text) ? NULL :
	    "must be the IANA name of a time zone, like Europe/Paris";
}

static const char *
check_certificates(const char *text)
{
	return strstr(text, "-----BEGIN CERTIFICATE-----") != NULL ? NULL :
	    "must be certificates in PEM form (BEGIN CERTIFICATE)";
}

static const char *
check_private_key(const char *text)
{
	if (strstr(text, "-----BEGIN ") != NULL && strstr(text, "PRIVATE KEY-----") != NULL)
		return NULL;
	return "must be a private key in PEM or OpenSSH form (BEGIN … PRIVATE KEY)";
}

/* As ssh-keygen -l prints it: 32 bytes in base64 without padding. */
static const char *
check_host_key(const char *text)
{
	static const char prefix[] = "SHA256:";
	struct arena a = { 0 };
	size_t n = 0;
	int good = strncmp(text, prefix, sizeof prefix - 1) == 0 &&
	    text_unbase64(&a, text + sizeof prefix - 1, &n) != NULL && n == 32;

	arena_done(&a);
	return good ? NULL :
	    "must be SHA256: and 43 characters, as ssh-keygen -l prints the server's key";
}

static const char *
check_code(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")]
		== '\0' ? NULL : "must be letters, digits and \"_\"";
}

static const char *
check_ftp_host(const char *text)
{
	return text[strcspn(text, " /@?#\\")] == '\0' ? NULL :
	    "must be a host's name or address, without user and path";
}

/* ------------------------------------------------------------------ rows that kinds share */

#define OF(kind_, member) PARAM_FIELD(struct connection_##kind_, member), .in = PARAM_BODY
#define COMMON(member) OF(common, member)
#define IDS .min = 1, .max = INT32_MAX, .max_length = CONNECTION_LIST_MAX

/* Those with columns of their own; see connection_is_field(). */
#define FIELDS(address_sample, address_doc) \
	{ .name = "Address", COMMON(address), .required = 1, .min = 1, \
	  .max_length = CONNECTION_ADDRESS_MAX, .sample = address_sample, .doc = address_doc }, \
	{ .name = "SourceId", COMMON(source_id), .min = 1, .max = INT16_MAX, \
	  .doc = "The Source that imported rows belong to." }, \
	{ .name = "ZoneId", COMMON(zone_id), .min = 1, .max = INT32_MAX, \
	  .doc = "The zone of rows that name none; the tenant's unless given." }, \
	{ .name = "BrandId", COMMON(brand_id), .min = 1, .max = INT32_MAX, \
	  .doc = "The brand of rows that name none; the tenant's unless given." }, \
	{ .name = "AddressTypeId", COMMON(address_type_id), .min = 1, .max = INT16_MAX, \
	  .doc = "The type of addresses that name none; the tenant's unless given." }, \
	{ .name = "TimeZone", COMMON(time_zone), .min = 1, .max_length = ZONE_CHARS_MAX, \
	  .check = check_zone, .sample = "Europe/Paris", \
	  .doc = "IANA name of the zone of dates without an offset; the tenant's unless given." }, \
	{ .name = "Enabled", COMMON(enabled), .def = "true", \
	  .doc = "False: runs that name the connection fail, and doctor leaves it out." }

/* Of kinds that are reached by the network. */
#define NETWORK \
	{ .name = "AllowPrivate", COMMON(allow_private), .def = "false", \
	  .doc = "True: the server may have a private address, such as 192.168.1.10. Only the " \
	  "command line can set it." }, \
	{ .name = "CaCertificates", COMMON(ca), .lines = 1, .min = 1, .max_length = CONNECTION_PEM_MAX, \
	  .check = check_certificates, \
	  .doc = "Certificates of authorities in PEM form, which are trusted in place of the " \
	  "system's." }, \
	{ .name = "ConnectSeconds", COMMON(connect_s), .min = 1, .max = 120, .def = "10", \
	  .doc = "How long connecting may take." }

#define SHOP \
	NETWORK, \
	{ .name = "TimeoutSeconds", COMMON(total_s), .min = 1, .max = 600, .def = "60", \
	  .doc = "How long one request may take." }, \
	{ .name = "RequestsPerMinute", COMMON(per_minute), .min = 1, .max = 60000, .def = "600", \
	  .doc = "How many requests a minute the shop gets at most." }

#define PAGES \
	{ .name = "PageSize", COMMON(page_size), .min = 1, .max = 1000, .def = "100", \
	  .doc = "How many rows a request asks for." }

/* ------------------------------------------------------------------ Prestashop */

static const struct param prestashop_params[] = {
	FIELDS("https://shop.example",
	    "The shop's address, without /api: https://shop.example or https://example.com/shop."),
	{ .name = "Key", OF(prestashop, key), .secret = 1, .required = 1,
	    .min = PRESTASHOP_KEY_CHARS, .max_length = PRESTASHOP_KEY_CHARS,
	    .sample = "THE0KEY0OF0THE0SHOPS0WEBSERVICE0",
	    .doc = "The key of the shop's Webservice: 32 characters." },
	{ .name = "KeyBy", OF(prestashop, key_by), .max_length = CODE_CHARS_MAX,
	    .choices = CONNECTION_KEY_BASIC "|" CONNECTION_KEY_QUERY, .def = CONNECTION_KEY_BASIC,
	    .doc = "How the key is sent. Basic: in the header Authorization. Query: as ws_key in "
	    "the address, for web servers that take the header away." },
	{ .name = "Shops", OF(prestashop, shops), IDS,
	    .doc = "Ids of the shops of a multishop; all unless given." },
	{ .name = "Languages", OF(prestashop, languages), IDS,
	    .doc = "Ids of the languages that labels are taken in; the first is the main one. "
	    "The shop's own unless given." },
	SHOP,
	PAGES,
	{ .name = NULL },
};

/* ------------------------------------------------------------------ Magento */

static const struct param magento_params[] = {
	FIELDS("https://shop.example",
	    "The shop's address, without /rest: https://shop.example."),
	{ .name = "Auth", OF(magento, auth), .required = 1, .max_length = CODE_CHARS_MAX,
	    .choices = CONNECTION_AUTH_BEARER "|" CONNECTION_AUTH_OAUTH1,
	    .sample = CONNECTION_AUTH_OAUTH1,
	    .doc = "How requests are signed. OAuth1: with the four keys of the integration, as "
	    "every shop takes it. Bearer: with its access token alone, which a shop since 2.4.4 "
	    "takes only when it is told to." },
	{ .name = "Token", OF(magento, token), .secret = 1, .required = 1, .min = 1,
	    .max_length = CONNECTION_SECRET_MAX, .sample = "the-access-token",
	    .doc = "The integration's access token." },
	{ .name = "TokenSecret", OF(magento, token_secret), .secret = 1, .min = 1,
	    .max_length = CONNECTION_SECRET_MAX, .sample = "its-secret",
	    .doc = "Its access token secret; needed by OAuth1." },
	{ .name = "ConsumerKey", OF(magento, consumer_key), .secret = 1, .min = 1,
	    .max_length = CONNECTION_SECRET_MAX, .sample = "the-consumer-key",
	    .doc = "Its consumer key; needed by OAuth1." },
	{ .name = "ConsumerSecret", OF(magento, consumer_secret), .secret = 1, .min = 1,
	    .max_length = CONNECTION_SECRET_MAX, .sample = "its-secret",
	    .doc = "Its consumer secret; needed by OAuth1." },
	{ .name = "StoreCode", OF(magento, store_code), .max_length = CODE_CHARS_MAX, .min = 1,
	    .check = check_code, .def = "all",
	    .doc = "The code of the store view whose labels are taken, as it stands in the "
	    "addresses of the API." },
	{ .name = "Websites", OF(magento, websites), IDS,
	    .doc = "Ids of the websites whose customers are taken; all unless given." },
	{ .name = "Stores", OF(magento, stores), IDS,
	    .doc = "Ids of the store views whose orders are taken; all unless given." },
	SHOP,
	PAGES,
	{ .name = NULL },
};

static void
check_magento(struct arena *a, const void *args, struct err *err)
{
	const struct connection_magento *m = args;
	const struct { const char *name, *value; } needed[] = {
		{ "TokenSecret", m->token_secret.value },
		{ "ConsumerKey", m->consumer_key.value },
		{ "ConsumerSecret", m->consumer_secret.value },
	};

	if (m->auth.value == NULL || strcmp(m->auth.value, CONNECTION_AUTH_OAUTH1) != 0)
		return;
	for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
		if (needed[i].value == NULL)
			err_fault(err, a, needed[i].name,
			    "is required with Auth " CONNECTION_AUTH_OAUTH1);
}

/* ------------------------------------------------------------------ Magento1 */

static const struct param magento1_params[] = {
	FIELDS("https://shop.example",
	    "The shop's address, in front of /crm360: https://shop.example."),
	{ .name = "Login", OF(magento1, login), .required = 1, .min = 1,
	    .max_length = USER_CHARS_MAX, .sample = "export",
	    .doc = "The login that the shop's module knows." },
	{ .name = "Password", OF(magento1, password), .secret = 1, .required = 1, .min = 1,
	    .max_length = CONNECTION_SECRET_MAX, .sample = "the-login's-password",
	    .doc = "Its password." },
	{ .name = "Drop", OF(magento1, drop), .required = 1, .min = 1, .max_length = NAME_CHARS_MAX,
	    .check = name_schedule_fault, .sample = "folder",
	    .doc = "Name of the connection, of the kind Ftp or Folder, whose folder the shop puts "
	    "its files into." },
	{ .name = "FtpHost", OF(magento1, ftp_host), .min = 1, .max_length = USER_CHARS_MAX,
	    .check = check_ftp_host,
	    .doc = "The FTP server that the shop is told to put its files on; that of Drop unless "
	    "given." },
	{ .name = "FtpUser", OF(magento1, ftp_user), .min = 1, .max_length = USER_CHARS_MAX,
	    .doc = "The user that the shop is told; that of Drop unless given." },
	{ .name = "FtpPassword", OF(magento1, ftp_password), .secret = 1, .min = 1,
	    .max_length = CONNECTION_SECRET_MAX, .sample = "the-user's-password",
	    .doc = "The password that the shop is told; that of Drop unless given. It must be "
	    "given again when FtpHost or Drop changes. The API asks for FtpHost, FtpUser and "
	    "FtpPassword when Drop has secrets." },
	{ .name = "FtpPath", OF(magento1, ftp_path), .min = 1, .max_length = USER_CHARS_MAX,
	    .doc = "What the shop puts in front of its files' names there, such as in/." },
	SHOP,
	{ .name = NULL },
};

/* ------------------------------------------------------------------ Ftp */

static const struct param ftp_params[] = {
	FIELDS("sftp://files.example/out",
	    "Server and folder. ftps:// is FTP with TLS from the start, ftpes:// with TLS by AUTH "
	    "TLS, ftp:// without TLS, sftp:// is SFTP: sftp://files.example:2222/out."),
	{ .name = "User", OF(ftp, user), .required = 1, .min = 1, .max_length = USER_CHARS_MAX,
	    .sample = "demo", .doc = "The user's name." },
	{ .name = "Password", OF(ftp, password), .secret = 1, .min = 1,
	    .max_length = CONNECTION_SECRET_MAX, .sample = "the-user's-password",
	    .doc = "The user's password." },
	{ .name = "PrivateKey", OF(ftp, private_key), .secret = 1, .min = 1, .lines = 1,
	    .max_length = CONNECTION_PEM_MAX, .check = check_private_key,
	    .doc = "The user's private key, for sftp." },
	{ .name = "Passphrase", OF(ftp, passphrase), .secret = 1, .min = 1,
	    .max_length = CONNECTION_SECRET_MAX,
	    .doc = "The passphrase of PrivateKey, if it has one." },
	{ .name = "HostKey", OF(ftp, host_key), .min = 1, .max_length = CONNECTION_SECRET_MAX,
	    .check = check_host_key,
	    .doc = "The fingerprint of the server's key, for sftp: SHA256: and 43 characters. "
	    "Nothing is sent to a server with another key." },
	{ .name = "Passive", OF(ftp, passive), .def = "true",
	    .doc = "False: the server connects to us for transfers (active FTP)." },
	NETWORK,
	{ .name = "TimeoutSeconds", COMMON(total_s), .min = 1, .max = 600, .def = "60",
	    .doc = "How long the server may say nothing, also in a transfer." },
	{ .name = NULL },
};

/* A private key is sftp's alone; and the server must be shown something. */
static void
check_ftp(struct arena *a, const void *args, struct err *err)
{
	const struct connection_ftp *f = args;
	const char *address = f->common.address.value;
	int is_sftp = address != NULL && strncasecmp(address, "sftp:", 5) == 0;

	if (f->password.value == NULL && f->private_key.value == NULL)
		err_fault(err, a, "Password",
		    is_sftp ? "is required, or PrivateKey" : "is required");
	if (f->passphrase.value != NULL && f->private_key.value == NULL)
		err_fault(err, a, "Passphrase", "belongs to a PrivateKey, which is not given");
	if (is_sftp)
		return;
	if (f->private_key.value != NULL)
		err_fault(err, a, "PrivateKey", "is for addresses with sftp://");
	if (f->host_key.value != NULL)
		err_fault(err, a, "HostKey", "is for addresses with sftp://");
}

/* ------------------------------------------------------------------ Folder */

static const struct param folder_params[] = {
	FIELDS("file:Demo/Main/in",
	    "A folder of this machine below the setting import_root: file:Demo/Main/in. By the API "
	    "it begins with the names of customer and alias."),
	{ .name = NULL },
};

/* ------------------------------------------------------------------ the table */

const struct connection_kind connection_kinds[] = {
	{ .name = "Folder", .schemes = "file", .params = folder_params,
	    .args_bytes = sizeof(struct connection_folder),
	    .doc = "A folder of the machine that the daemon works on." },
	{ .name = "Ftp", .schemes = "sftp|ftps|ftpes|ftp", .params = ftp_params,
	    .args_bytes = sizeof(struct connection_ftp), .check = check_ftp,
	    .doc = "A folder of an FTP, FTPS or SFTP server." },
	{ .name = "Prestashop", .schemes = "https|http", .params = prestashop_params,
	    .args_bytes = sizeof(struct connection_prestashop),
	    .doc = "A PrestaShop shop, by its Webservice." },
	{ .name = "Magento", .schemes = "https|http", .params = magento_params,
	    .args_bytes = sizeof(struct connection_magento), .check = check_magento,
	    .doc = "A Magento 2 or Adobe Commerce shop, by its REST API." },
	{ .name = "Magento1", .schemes = "https|http", .params = magento1_params,
	    .args_bytes = sizeof(struct connection_magento1),
	    .doc = "A Magento 1 shop with the CRM360 module, which puts files on an FTP "
	    "server when it is asked to." },
	{ .name = NULL },
};
