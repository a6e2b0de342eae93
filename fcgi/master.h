/*
 * master - keeps a pool of FastCGI workers on one listening socket.
 */
#ifndef FCGI_MASTER_H
#define FCGI_MASTER_H

struct conf;
struct err;

/* The listening socket: descriptor 0 or systemd's when one was passed to us, else -1. */
int master_inherited_socket(void);

/* Binds conf->fcgi_socket: removes a dead socket file, refuses a live one; one whose master died is
 * waited for; sets mode and group. Returns the descriptor or a negative ERR_. */
int master_bind(const struct conf *conf, struct err *err);

/* Forks conf->fcgi_workers workers and keeps them: restarts the dead with a growing pause, ends
 * those with a request beyond the deadline. SIGTERM and SIGINT drain and return; SIGHUP reads
 * conf_path anew (a bad file is logged and the old settings stay) and replaces the workers
 * gracefully. Returns the exit status. */
int master_run(const struct conf *conf, const char *conf_path, int listen_fd);

#endif
