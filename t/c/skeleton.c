/* Links fcgi/api/ctl_skeleton.c, so that the controller to copy compiles and its rows are complete.
 */
#include "config.h"

#include "fcgi/action.h"

extern const struct action ctl_skeleton_actions[];

int
main(void)
{
	return ctl_skeleton_actions[0].run == NULL;
}
