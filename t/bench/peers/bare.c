/*
 * bare - the least that a page view can cost: a FastCGI program of some processes with threads,
 * each of which reads one contact by its identifier with one prepared statement and prints it.
 * Usage: bare SOCKET PROCESSES THREADS
 *	SOCKET	of the database; the web server's socket is file descriptor 0
 *	THREADS	of each process
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <fcgiapp.h>
#include <mysql.h>

enum { COLUMNS = 25, CELL = 256 };

static const char sql[] = "SELECT c.ContactId, c.CreationDate, c.ModificationDate, c.ZoneId, "
	"c.GenderId, c.CivilityId, c.TitleId, c.FirstName, c.MiddleName, c.LastName, c.LastName2, "
	"c.BirthDate, c.MaritalStatusId, c.JobTitle, c.CompanyName, c.GlobalOptin, "
	"c.GlobalPartnerOptin, c.ContactTypeId, c.NationalityId, c.LanguageId, c.FreeField1, "
	"c.FreeField2, c.FreeField3, c.FreeField4, c.FreeField5 "
	"FROM ContactIdentifier k JOIN Contact c ON c.ContactId = k.ContactId "
	"WHERE k.Identifier = ? AND k.SourceId = 1 AND c.DeletionFlag = 0";

struct reader {
	MYSQL_STMT *statement;
	char identifier[64], cells[COLUMNS][CELL];
	unsigned long length, lengths[COLUMNS];
	my_bool nulls[COLUMNS];
	MYSQL_BIND in, out[COLUMNS];
};

static int
prepare(struct reader *r, const char *socket)
{
	MYSQL *db = mysql_init(NULL);

	if (mysql_real_connect(db, NULL, "root", "", "tenant1", 0, socket, 0) == NULL)
		return -1;
	r->statement = mysql_stmt_init(db);
	r->in = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_STRING, .buffer = r->identifier,
		.length = &r->length };
	for (int i = 0; i < COLUMNS; i++)
		r->out[i] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_STRING, .buffer = r->cells[i],
			.buffer_length = CELL - 1, .length = &r->lengths[i],
			.is_null = &r->nulls[i] };
	return mysql_stmt_prepare(r->statement, sql, sizeof sql - 1) ||
	    mysql_stmt_bind_param(r->statement, &r->in) ||
	    mysql_stmt_bind_result(r->statement, r->out);
}

static void
answer(struct reader *r, FCGX_Request *request)
{
	const char *query = FCGX_GetParam("QUERY_STRING", request->envp);
	int found;

	if (query == NULL || sscanf(query, "DrupalId=%63[^&]", r->identifier) != 1)
		r->identifier[0] = '\0';
	r->length = strlen(r->identifier);
	found = mysql_stmt_execute(r->statement) == 0 &&
	    mysql_stmt_store_result(r->statement) == 0 && mysql_stmt_fetch(r->statement) == 0;
	FCGX_FPrintF(request->out, "Status: %d\r\nContent-Type: text/plain\r\n\r\n",
	    found ? 200 : 404);
	for (int i = 0; i < COLUMNS && found; i++)
		FCGX_FPrintF(request->out, "%.*s\n", r->nulls[i] ? 0 : (int)r->lengths[i],
		    r->cells[i]);
	mysql_stmt_free_result(r->statement);
}

static void *
serve(void *socket)
{
	struct reader *r = calloc(1, sizeof *r);
	FCGX_Request request;

	if (r == NULL || prepare(r, socket) != 0)
		exit(1);
	FCGX_InitRequest(&request, 0, 0);
	while (FCGX_Accept_r(&request) == 0) {
		answer(r, &request);
		FCGX_Finish_r(&request);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t thread;

	if (argc != 4)
		return 1;
	for (int n = atoi(argv[2]); n > 1; n--)
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			break;
		}
	if (FCGX_Init() != 0 || mysql_library_init(0, NULL, NULL) != 0)
		return 1;
	for (int n = atoi(argv[3]); n > 1; n--)
		pthread_create(&thread, NULL, serve, argv[1]);
	serve(argv[1]);
	return 0;
}
