/*
 * conf_check - what the texts of settings must be, for the rows of conf.c: NULL, or what is wrong
 * with a text ("is not …").
 */
#ifndef LIB_CONF_CHECK_H
#define LIB_CONF_CHECK_H

const char *conf_check_ladder(const char *text);
const char *conf_check_mode(const char *text);
const char *conf_check_base_path(const char *text);
const char *conf_check_base_url(const char *text);

#endif
