/*
 * parent - the daemon's first process: keeps the children of every kind (child.h).
 * Single-threaded, without a database connection.
 */
#ifndef SCHEDULER_PARENT_H
#define SCHEDULER_PARENT_H

struct conf;

/* Starts as many children of each kind as the settings want (fork and exec of this program),
 * restarts the dead with a growing pause, ends those above their memory or without a sign of life.
 * SIGTERM and SIGINT drain and return, a child that takes more than 10 s is killed; SIGHUP reads
 * conf_path anew and replaces the children gracefully. Returns the exit status. */
int parent_run(const struct conf *conf, const char *conf_path);

#endif
