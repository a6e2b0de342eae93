/*
 * param_check - what a text may have to be, for the check of a struct param.
 *
 * Each takes a text that is not empty and gives NULL, or what it must be, as a fault says it ("must
 * be …").
 */
#ifndef LIB_PARAM_CHECK_H
#define LIB_PARAM_CHECK_H

/* A real date without a time: 1990-12-31, from the year 1000 on. */
const char *param_check_date(const char *text);

/* An instant, as clock_parse() reads it. */
const char *param_check_instant(const char *text);

/* A mail address, as mail_address_ascii() takes it without outer blanks; nothing but blanks is
 * none. */
const char *param_check_email(const char *text);

#endif
