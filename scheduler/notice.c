#include "config.h"

#include "scheduler/notice.h"

#include "lib/err.h"
#include "store/db.h"

int
notice_put(struct db *db, const struct notice *n, usec_t now, struct err *err)
{
	const usec_t until = now + n->give_up_days * 86400 * USEC_SEC;

	if (n->to == NULL || n->to[0] == '\0')
		return 0;
	if (db_exec(db, Q_mail_put_text,
		DB_ARGS(v_int(n->tenant_id), v_text(n->message_id), v_text(n->subject),
		    v_text(n->text), v_time(now), v_time(until)),
		err) < 0)
		return err->code;
	if (db_exec(db, Q_mail_put_text_recipient,
		DB_ARGS(v_int(db_insert_id(db)), v_text(n->to), v_time(now)), err) < 0)
		return err->code;
	return 0;
}
