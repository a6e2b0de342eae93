/*
 * ctl_adictiz - AdictizCampaignParticipation (Add) and AdictizCampaignRefData (ListBrand, ListZone,
 * ListAddressType): what Adictiz Box calls.
 *
 * Access by customerName, databaseAlias, login and password in the query, as documented, or by the
 * three token headers. Add judges the envelope only and puts the participation into the queue,
 * where platform/adictiz/adictiz.c takes it. The lists hold what is not deleted and what the user
 * may see.
 */
#ifndef FCGI_API_CTL_ADICTIZ_H
#define FCGI_API_CTL_ADICTIZ_H

#include "fcgi/action.h"

extern const struct action ctl_adictiz_actions[];

#endif
