/*
 * connection - the kinds of foreign systems that data come from and go to, and their options: the
 * one table for API, command line, daemon and help.
 *
 * A connection is the description of one such system, kept under a name of a tenant's. Its document
 * is a JSON object of the rows below: fields that every kind has, and the options of its kind.
 * Secrets are rows with secret = 1; they are stored sealed, apart from the rest, and never shown.
 * What can be done with a connection belongs to the processes (process/probe.h).
 */
#ifndef MODEL_CONNECTION_H
#define MODEL_CONNECTION_H

#include <stddef.h>
#include <stdint.h>

#include "lib/param.h"

struct arena;
struct err;
struct json_object;

enum {
	CONNECTION_ADDRESS_MAX = 500,
	CONNECTION_SECRET_MAX = 200,
	CONNECTION_PEM_MAX = 16000,	/* characters of a key or of certificates */
	CONNECTION_LIST_MAX = 50,
	CONNECTION_PARAMS_MAX = 40,	/* rows of a kind */
	CONNECTION_KINDS_MAX = 8
};

/* The fields of every kind, and the options that several kinds have. Each kind's struct begins with
 * them. What a kind does not have stays 0 or NULL. */
struct connection_common {
	struct param_text address;	/* see connection_address.h */
	struct param_int source_id;	/* whose rows they are; 0 = not said */
	struct param_int zone_id, brand_id, address_type_id; /* 0 = as the tenant's alias says */
	struct param_text time_zone;	/* of dates without an offset; NULL = the tenant's */
	struct param_flag enabled;
	struct param_flag allow_private; /* addresses that are not public may be connected to */
	struct param_text ca; /* PEM text in place of the system's authorities; NULL = those */
	struct param_int connect_s, total_s; /* total_s: of a request; of a transfer, how long
					      * nothing may come */
	struct param_int per_minute;	/* requests at most */
	struct param_int page_size;
};

struct connection_prestashop {
	struct connection_common common;
	struct param_text key;		/* secret */
	struct param_text key_by;	/* CONNECTION_KEY_BASIC or CONNECTION_KEY_QUERY */
	struct param_list shops, languages; /* ids; none = all shops, the shop's own language */
};
#define CONNECTION_KEY_BASIC "Basic"
#define CONNECTION_KEY_QUERY "Query"

struct connection_magento {
	struct connection_common common;
	struct param_text auth;		/* CONNECTION_AUTH_BEARER or CONNECTION_AUTH_OAUTH1 */
	struct param_text token;	/* secret; the access token, of both */
	struct param_text token_secret, consumer_key, consumer_secret; /* secrets; of OAuth1 */
	struct param_text store_code;	/* of the URL: "all" */
	struct param_list websites, stores; /* ids; none = all */
};
#define CONNECTION_AUTH_BEARER "Bearer"
#define CONNECTION_AUTH_OAUTH1 "OAuth1"

/* The shop puts files where the connection "drop" takes them from. */
struct connection_magento1 {
	struct connection_common common;
	struct param_text login, password; /* password: secret */
	struct param_text drop;		   /* name of a connection of the kind Ftp or Folder */
	struct param_text ftp_host, ftp_user, ftp_password, ftp_path; /* what the shop is told;
					    * ftp_password: secret; NULL = as the drop says */
};

struct connection_ftp {
	struct connection_common common;
	struct param_text user, password;	    /* password: secret; NULL = none */
	struct param_text private_key, passphrase;  /* secrets; of sftp */
	struct param_text host_key;		    /* of sftp: "SHA256:…" */
	struct param_flag passive;
};

struct connection_folder {
	struct connection_common common;
};

struct connection_kind {
	const char *name;		/* "Prestashop" */
	const char *doc;		/* what it leads to: "A …" */
	const char *schemes;		/* of its address: "https|http" */
	const struct param *params; /* of PARAM_BODY, the common ones first; ends with name NULL */
	size_t args_bytes;		/* sizeof the struct that params fill */
	/* What is wrong with bound args as a whole: a fault of a field, or nothing. NULL = none. */
	void (*check)(struct arena *a, const void *args, struct err *err);
};

/* The kinds' names as choices of a parameter. */
#define CONNECTION_KIND_NAMES "Folder|Ftp|Prestashop|Magento|Magento1"

extern const struct connection_kind connection_kinds[];	/* ends with name NULL */

/* By name, in any case; NULL when there is none. */
const struct connection_kind *connection_kind_find(const char *name);

/* The fields that have columns of their own, of the kind's rows: those up to Enabled. */
int connection_is_field(const struct param *p);

/* Binds a document, with the kind's defaults, and checks it as a whole. *args lives in a. Faults by
 * name; an option of another kind is named as such. */
int connection_bind(struct arena *a, const struct connection_kind *kind,
    struct json_object *document, void **args, struct err *err);

/* A connection as processes work with it. Everything lives in the arena it was read into. Holds
 * secrets in clear: never log its args. */
struct connection {
	int64_t connection_id, tenant_id;
	const char *name;
	const struct connection_kind *kind;
	const void *args;			/* the kind's struct */
	const struct connection_common *common;	/* the beginning of args */
};

/* 1 when the kind's name is this one. */
int connection_is(const struct connection *c, const char *kind);

/* NULL, or a sentence with the first fault of the table (in a static buffer). */
const char *connection_lint(void);

#endif
