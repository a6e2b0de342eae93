/*
 * platform_magento_member - lists the members of the bodies of the vendor's connector. Other
 * members of a body are ignored with a remark that names the member that was perhaps meant.
 *
 * Models and properties: github.com/SUNFLOW-by-FOLLOW-THE-SUN/Sunflow-Magento-2-Connector (MIT),
 * facts only. Names are compared without case. State, CompanyName, DetailsAreNet and Default… are
 * our additions, for what only the files of the vendor's exporters say.
 */
#ifndef PLATFORM_MAGENTO_MEMBER_H
#define PLATFORM_MAGENTO_MEMBER_H

struct platform_context;

struct magento_model;

extern const struct magento_model magento_contact, magento_connexion, magento_newsletter,
    magento_command, magento_status_command;

/* Notes a remark for each member of the payload, and of its objects and lists, that the model does
 * not have; one remark for all of one name in a list. Called after everything else is read, so that
 * its remarks come last. Its cost is linear in the payload's length. */
void platform_magento_members(struct platform_context *ctx, const struct magento_model *model);

#endif
