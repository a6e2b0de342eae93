/*
 * gate - how many threads of a worker wait at its event loop, and go on to serve what needs nobody
 * else: two. Were it all, each request of many would wake another thread, and most of them to find
 * that a thread which was up already has taken it.
 *
 * Who is inside leaves before anything that may take long: a wait for the database, a commit or a
 * peer, a large body, any action but the intake's. When the last leaves, the next comes in.
 */
#ifndef FCGI_GATE_H
#define FCGI_GATE_H

/* The calling thread comes in; waits until it may. No effect when it is inside. */
void gate_enter(void);

/* The calling thread leaves. No effect when it is not inside. */
void gate_leave(void);

/* From now on nobody waits: all threads must hear that the worker drains. */
void gate_open(void);

#endif
