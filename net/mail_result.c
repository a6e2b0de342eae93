#include "config.h"

#include "net/mail_result.h"

#include <stdio.h>

#include "lib/arena.h"
#include "lib/text.h"

enum { REPLY_CHARACTERS = (MAIL_REPLY_SIZE - 1) / 4 };

void
mail_result(struct mail_recipient *r, enum mail_fate fate, int code, const char *words)
{
	struct arena a = { 0 };

	r->fate = fate;
	r->code = code;
	snprintf(r->reply, sizeof r->reply, "%s", text_utf8_fit(&a, words, REPLY_CHARACTERS));
	for (unsigned char *p = (unsigned char *)r->reply; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f)
			*p = ' ';
	arena_done(&a);
}

/* A missing or refused login is a mistake in our settings (RFC 4954 6), so the mail must not become
 * dead. */
static enum mail_fate
fate_of(int code)
{
	switch (code) {
	case 530:
	case 534:
	case 535:
	case 538:
		return MAIL_LATER;
	default:
		return code / 100 == 5 ? MAIL_REFUSED : MAIL_LATER;
	}
}

void
mail_judge(struct mail_recipient *r, struct mail_reply sender, struct mail_reply own,
    struct mail_reply message)
{
	if (own.code >= 400)
		mail_result(r, fate_of(own.code), own.code, own.text);
	else if (sender.code >= 400)
		mail_result(r, fate_of(sender.code), sender.code, sender.text);
	else if (message.code >= 400)
		mail_result(r, fate_of(message.code), message.code, message.text);
	else if (own.code / 100 == 2 && message.code / 100 == 2)
		mail_result(r, MAIL_SENT, message.code, message.text);
}

void
mail_untried(struct mail_job *job)
{
	for (size_t i = 0; i < job->nrecipients; i++)
		if (job->recipients[i].fate == MAIL_FATE_UNSET)
			mail_result(&job->recipients[i], MAIL_UNTRIED, 0, "");
}

int
mail_is_open(const struct mail_job *job)
{
	for (size_t i = 0; i < job->nrecipients; i++)
		if (job->recipients[i].fate == MAIL_FATE_UNSET)
			return 1;
	return 0;
}

int
mail_is_unbegun(struct mail_reply sender)
{
	return sender.code == 0 || sender.code == 421;
}

int
mail_stopping(const struct mail_server *s)
{
	return s->stop != NULL && *s->stop;
}

int
mail_is_late(const struct mail_server *s, usec_t end)
{
	const usec_t own = s->timeout_s * USEC_SEC, half = s->deadline_s * USEC_SEC / 2;

	return end - clock_monotonic_us() < (own < half ? own : half);
}

void
mail_all_later(struct mail_job *jobs, size_t n, const char *words)
{
	for (size_t j = 0; j < n; j++)
		for (size_t i = 0; i < jobs[j].nrecipients; i++)
			if (jobs[j].recipients[i].fate == MAIL_FATE_UNSET)
				mail_result(&jobs[j].recipients[i], MAIL_LATER, 0, words);
}
