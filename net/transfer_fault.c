/* transfer_fault - what libcurl says of a transfer, as a sentence that says how to mend it. Its own
 * words are looked at and never shown: they can hold names of users, and paths. */
#include "config.h"

#include "net/transfer_inside.h"

#include <string.h>

#include <openssl/x509_vfy.h>

#include "lib/err.h"
#include "lib/text.h"

enum { LIBSSH2_WITH_RSA_SHA2 = 11 };

/* The reply of FTP to the last command; 0 for SFTP. */
static long
reply_of(const struct transfer *t)
{
	long code = 0;

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &code);
	return t->server->protocol == TRANSFER_SFTP ? 0 : code;
}

static int
is_about(const struct transfer *t, const char *word)
{
	return strstr(t->said, word) != NULL;
}

/* libssh2 before 1.11 signs by RSA with SHA-1 alone, which servers since OpenSSH 8.8 refuse. */
static int
lacks_rsa(void)
{
	const char *p = curl_version_info(CURLVERSION_NOW)->libssh_version;
	int64_t minor;

	if (p == NULL || strncmp(p, "libssh2/1.", 10) != 0)
		return 0;
	return text_int64(strndupa(p + 10, strspn(p + 10, "0123456789")), &minor) == 0 &&
	    minor < LIBSSH2_WITH_RSA_SHA2;
}

#define RSA_TRAP "This machine's libssh2 is older than 1.11 and works with no RSA key that a " \
	"server of today accepts: "

/* ------------------------------------------------------------------ connecting */

static const char *
certificate(const struct transfer *t)
{
	long why = 0;

	curl_easy_getinfo(t->curl, CURLINFO_SSL_VERIFYRESULT, &why);
	if (why == X509_V_ERR_CERT_HAS_EXPIRED)
		return "The server's certificate has expired: renew it there.";
	/* libcurl looks at the name itself, and leaves UNSPECIFIED when it is another */
	if (why == X509_V_OK || why == X509_V_ERR_UNSPECIFIED)
		return "The server's certificate is for another name: correct the host in "
		       "Address, or the certificate.";
	return "The server's certificate comes from an authority that this machine does not know: "
	       "give the authority's certificate as CaCertificates.";
}

static const char *
unconnected(const struct transfer *t)
{
	long reply = reply_of(t);

	if (reply == 227 || reply == 229)
		return "The data connection cannot be made: let a firewall open the server's "
		       "passive ports to this machine.";
	return "Nobody answers at this port. Is the port right, and does a firewall let this "
	       "machine through?";
}

static const char *
no_login(const struct transfer *t)
{
	const char *key = t->server->private_key;

	if (key == NULL)
		return "The server refuses User or Password: correct them, or let the server "
		       "admit the user.";
	if (lacks_rsa())
		return "The server refuses User or PrivateKey, or Passphrase does not open the "
		       "key. " RSA_TRAP "if PrivateKey is one, make an Ed25519 key (ssh-keygen -t "
		       "ed25519).";
	return "The server refuses User or PrivateKey, or Passphrase does not open the key: let "
	       "the server know the public key of PrivateKey.";
}

static const char *
no_ssh(const struct transfer *t)
{
	if (is_about(t, "public key") || is_about(t, "uthentication"))
		return no_login(t);
	if (is_about(t, "ermission denied"))
		return "The server refuses it: give the user the right.";
	if (lacks_rsa())
		return "No SSH connection can be agreed on, or the server refused to go on. "
		    RSA_TRAP "if its host key is one, let the server have an Ed25519 key.";
	return "The server does not go on. Is its disk full, or does it speak no SFTP at this "
	       "port?";
}

/* ------------------------------------------------------------------ files */

static const char *
refused(const struct transfer *t)
{
	long reply = reply_of(t);

	if (reply == 452 || reply == 552 || is_about(t, "o space"))
		return "The server's disk, or the user's share of it, is full: make room there.";
	if (is_about(t, "ermission denied"))
		return "The user has no right there: give it the right to write into the folder.";
	if (is_about(t, "o such file"))
		return "It is not there: correct the folder in Address, or the name.";
	if (reply >= 400 && reply < 500)
		return "The server cannot do it now: try again.";
	return "The server refuses it: is it there, has the user the right, and is the new name "
	       "free?";
}

/* ------------------------------------------------------------------ all */

#define NO_FTP "What answers there is no FTP server, or not one of this kind: correct scheme and " \
	"port in Address."

struct sentence { int code; const char *words; };

static struct sentence
of_connecting(const struct transfer *t, CURLcode rc)
{
	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return (struct sentence){ ERR_TRANSIENT, "The host's name has no address: correct "
		    "the host in Address, or mend this machine's DNS." };
	case CURLE_COULDNT_CONNECT:
		return (struct sentence){ ERR_TRANSIENT, unconnected(t) };
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return (struct sentence){ ERR_PERMANENT, certificate(t) };
	case CURLE_SSL_CONNECT_ERROR:
		return (struct sentence){ ERR_PERMANENT, "TLS cannot be agreed on: ftps:// is for "
		    "TLS from the first byte, ftpes:// for TLS by AUTH TLS; is the port right?" };
	case CURLE_USE_SSL_FAILED:
		return (struct sentence){ ERR_PERMANENT, "The server offers no TLS by AUTH TLS, so "
		    "no password is sent: let it offer TLS, or use ftps://." };
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_FTP_WEIRD_PASS_REPLY:
		return (struct sentence){ ERR_PERMANENT, NO_FTP };
	case CURLE_LOGIN_DENIED:
		return (struct sentence){ ERR_PERMANENT, no_login(t) };
	case CURLE_SSH:
	case CURLE_FAILED_INIT:
		return (struct sentence){ ERR_PERMANENT, no_ssh(t) };
	default:
		return (struct sentence){ 0, NULL };
	}
}

static struct sentence
of_files(const struct transfer *t, CURLcode rc)
{
	switch (rc) {
	case CURLE_REMOTE_ACCESS_DENIED:
		return (struct sentence){ ERR_PERMANENT, t->server->protocol == TRANSFER_SFTP ?
		    "The user has no right there: give it the right." :
		    "There is no such folder, or the user may not enter it: make it, correct "
		    "Address, or give the user the right." };
	case CURLE_REMOTE_FILE_NOT_FOUND:
	case CURLE_FTP_COULDNT_RETR_FILE:
		return (struct sentence){ ERR_NOT_FOUND, "It is not there, or the user may not "
		    "read it: correct the folder in Address, or give the user the right." };
	case CURLE_REMOTE_DISK_FULL:
		return (struct sentence){ ERR_TRANSIENT,
		    "The server's disk is full: make room there." };
	case CURLE_FTP_WEIRD_PASV_REPLY: /* so libcurl takes a refusal that ends TLS's data */
	case CURLE_UPLOAD_FAILED:
	case CURLE_QUOTE_ERROR:
		return (struct sentence){ reply_of(t) / 100 == 4 ? ERR_TRANSIENT : ERR_PERMANENT,
		    refused(t) };
	case CURLE_BAD_DOWNLOAD_RESUME:
		return (struct sentence){ ERR_CONFLICT, "It is shorter than what came of it "
		    "before: it is another file now. Begin it anew." };
	case CURLE_READ_ERROR:
	case CURLE_ABORTED_BY_CALLBACK:
		return (struct sentence){ ERR_IO, "The file on this machine cannot be read." };
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_GOT_NOTHING:
		return (struct sentence){ ERR_TRANSIENT, "The connection broke off: try again; "
		    "what came is kept, and the rest can follow." };
	default:
		return (struct sentence){ ERR_TRANSIENT, curl_easy_strerror(rc) };
	}
}

/* It ended the connection before it had greeted as an FTP server does. */
static int
is_no_ftp(const struct transfer *t, CURLcode rc)
{
	if (t->server->protocol == TRANSFER_SFTP || reply_of(t) != 0)
		return 0;
	return rc == CURLE_RECV_ERROR || rc == CURLE_GOT_NOTHING;
}

static struct sentence
of(struct transfer *t, CURLcode rc)
{
	struct sentence s;

	if (t->forbidden)
		return (struct sentence){ ERR_PERMANENT, "The server's address is not a public "
		    "one. If it is meant, let the admin of this machine set AllowPrivate by the "
		    "command line." };
	if (t->is_foreign_data)
		return (struct sentence){ ERR_TRANSIENT, "Somebody else than the server came for "
		    "the data, and got none: set Passive, or try again." };
	if (t->shown_key_kind != NULL)
		return (struct sentence){ ERR_PERMANENT, arena_printf(&t->scratch, "The server "
		    "shows another host key than HostKey: an %s key, %s. Nothing was sent to it. "
		    "Ask whoever runs the server whether that is its key; if so, set HostKey to "
		    "it.", t->shown_key_kind, t->shown_key) };
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return (struct sentence){ ERR_TIMEOUT, arena_printf(&t->scratch, "The server said "
		    "nothing for too long (ConnectSeconds %ld, TimeoutSeconds %ld): raise them, "
		    "or ask its host why it is slow.", t->server->connect_s,
		    t->server->silence_s) };
	if (is_no_ftp(t, rc))
		return (struct sentence){ ERR_PERMANENT, NO_FTP };
	s = of_connecting(t, rc);
	return s.words == NULL ? of_files(t, rc) : s;
}

int
transfer_fault(struct transfer *t, const struct transfer_failed *f, struct err *err)
{
	struct sentence s = of(t, f->rc);
	const char *name = f->name[0] == '\0' ? "the folder" :
	    arena_printf(&t->scratch, "\"%.80s\"", f->name);

	err_set(err, s.code, "%.150s: %s cannot %s. %s", t->server->shown, name, f->doing,
	    s.words);
	if (err != NULL)
		err->native = (unsigned)f->rc;
	return s.code;
}
