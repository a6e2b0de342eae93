/*
 * platform_adictiz - CampaignParticipation Add: a form of an Adictiz Box campaign (event
 * FormSubscribe); other events are ignored.
 * https://box.adictiz.help/en/articles/4671604-how-to-set-up-a-webhook
 *
 * A participant is known by operation_id and user_id: MarketingParticipant
 * "<operation_id>/<user_id>" of the message's Source. Its Content is a JSON object of all that its
 * forms said, with unknown keys and custom_N: for each key the value, not empty, of the form with
 * the latest timestamp. The contact, its address and opt-ins are made from it, so several forms add
 * up in whatever order they arrive. The campaign is a MarketingAction "<operation_id>", its share
 * of a brand a MarketingExecution "<operation_id>/<BrandId>".
 *
 * The contact is that of the identifier, else the guest with the e-mail, else a new one
 * ("adictiz:<operation_id>/<user_id>"), which is replaced by a known contact when a later form says
 * who it is. A contact with a newer stored state keeps its values; opt-ins have dates of their own.
 */
#ifndef PLATFORM_ADICTIZ_ADICTIZ_H
#define PLATFORM_ADICTIZ_ADICTIZ_H

#include "platform/platform.h"

/* The rows of this platform; ends with platform NULL. */
extern const struct platform_row platform_adictiz_rows[];

#endif
