/*
 * platform_magento_member - which members the bodies of the vendor's connector have: the one list
 * of its models. What a body has beside them is left out, and a remark says so, with the member
 * that was meant perhaps.
 *
 * Models and properties: github.com/SUNFLOW-by-FOLLOW-THE-SUN/Sunflow-Magento-2-Connector (MIT),
 * facts only. Names are compared without case.
 */
#ifndef PLATFORM_MAGENTO_MEMBER_H
#define PLATFORM_MAGENTO_MEMBER_H

struct platform_context;

struct magento_model;

extern const struct magento_model magento_contact, magento_connexion, magento_newsletter,
    magento_command, magento_status_command;

/* Notes a remark for each member of the payload, of objects and lists in it too, that the model
 * does not have: of those of one name in a list one. Called when all else is read, so that its
 * remarks stand behind the others; it costs no more than the payload is long. */
void platform_magento_members(struct platform_context *ctx, const struct magento_model *model);

#endif
