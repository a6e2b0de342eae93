/*
 * platform_magento_contact - Contact Insert and Update, Connection, Newsletter.
 *
 * A person is the contact of one of its Identifiers, else the guest with its first e-mail address.
 * Further Identifiers are added to that contact; none is taken from another contact. Contact:
 * FreeField1 is DefaultGroup, FreeField2 a Civility that the tenant has no row for,
 * FreeFieldDateTime1 the shop's CreationDate, FreeFieldDateTime2 the last login.
 * AdvertiserCreationDate is AdvertiserCreationDateUTC, else CreationDate. The state that arrived
 * last is stored; a newsletter and a login do not change what they do not name.
 */
#ifndef PLATFORM_MAGENTO_CONTACT_H
#define PLATFORM_MAGENTO_CONTACT_H

struct err;
struct platform_context;

/* The handlers (see platform.h). */
int platform_magento_contact_save(struct platform_context *ctx, struct err *err);
int platform_magento_contact_connection(struct platform_context *ctx, struct err *err);
int platform_magento_contact_newsletter(struct platform_context *ctx, struct err *err);

#endif
