/*
 * parent - the daemon's first process: keeps the queue workers and the mailer. Single-threaded, without a database connection.
 */
#ifndef SCHEDULER_PARENT_H
#define SCHEDULER_PARENT_H

struct conf;

/* Starts conf->queue_workers workers and a mailer (fork and exec of this program), restarts the dead with a growing pause, ends those above their memory or without a
 * sign of life. SIGTERM and SIGINT drain and return; SIGHUP reads conf_path anew and replaces the children gracefully. Returns the exit status. */
int parent_run(const struct conf *conf, const char *conf_path);

#endif
