/*
 * bind - from text to typed arguments by the action's parameter rows, all faults at once, by name.
 */
#ifndef FCGI_BIND_H
#define FCGI_BIND_H

struct action;
struct err;
struct request;

/* Allocates the args of an action (zeroed, defaults filled in). NULL when it has none. */
void *bind_args_new(struct request *r, const struct action *action);

/* Binds the parameters with auth == phase. In phase 1 (before access is checked) only faults of
 * auth parameters are reported, in phase 0 the rest, unknown and repeated parameters and an
 * unexpected body included. 0, ERR_BAD_REQUEST with err->faults, or ERR_TOO_LARGE when it takes
 * more memory than the request's arena may have. */
int bind_args(
    struct request *r, const struct action *action, int auth, void *args, struct err *err);

#endif
