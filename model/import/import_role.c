#include "config.h"

#include "model/import/import_role.h"

#include <string.h>

#include <glib.h>

#include "lib/arena.h"

/* Names in lower case without accents, blanks and marks, each between blanks. */
static const char *const names[ROLE_N] = {
	[ROLE_CUSTOMER] = " customerid customernumber customerno customer clientid contactid "
		"userid "
		"memberid ecommercecontactid idclient numeroclient numclient noclient nclient "
		"codeclient client kundennummer kundennr kundenid kunde mitgliedsnummer ",
	[ROLE_EMAIL] = " email mail emailaddress customeremail contactemail useremail courriel "
		"adressemail adresseemail adressemel mel emailadresse mailadresse ",
	[ROLE_PHONE] = " phone phonenumber telephone tel mobile mobilephone mobilenumber cell "
		"cellphone portable gsm numerodetelephone notel telephonemobile telefon "
		"telefonnummer handy handynummer mobiltelefon rufnummer ",
	[ROLE_CIVILITY] = " civility salutation title prefix gender civilite titre genre sexe "
		"anrede geschlecht ",
	[ROLE_FIRST_NAME] = " firstname first givenname forename prenom vorname ",
	[ROLE_LAST_NAME] = " lastname last surname familyname nomdefamille nachname familienname ",
	[ROLE_COMPANY] = " company companyname organisation organization societe entreprise "
		"raisonsociale firma unternehmen ",
	[ROLE_BIRTH] = " birthdate birthday dateofbirth dob born datedenaissance naissance "
		"datenaissance geburtsdatum geburtstag geboren ",
	[ROLE_STREET] = " address address1 addressline1 street street1 streetaddress adresse "
		"adresse1 adresseligne1 rue strasse str strassehausnummer ",
	[ROLE_STREET_2] = " address2 addressline2 street2 adresse2 adresseligne2 complement "
		"complementdadresse adresszusatz zusatz ",
	[ROLE_POSTCODE] = " postcode postalcode zip zipcode codepostal cp addresspostalcode plz "
		"postleitzahl ",
	[ROLE_CITY] = " city town addresscity ville commune localite stadt ort wohnort ",
	[ROLE_STATE] = " state province region county departement bundesland kanton ",
	[ROLE_COUNTRY] = " country countrycode countryid addresscountrycode pays codepays land "
		"landercode landcode ",
	[ROLE_OPTIN] = " optin emailoptin newsletter subscribed acceptsmarketing consent abonne "
		"inscritnewsletter newsletterabo einwilligung ",
	[ROLE_OPTIN_DATE] = " optindate emailoptindate subscribedat consentdate dateoptin "
		"dateinscription newsletterdatum ",
	[ROLE_ORDER] = " orderid ordernumber orderno order orderreference purchaseid invoicenumber "
		"purchasenumber commande numerocommande nocommande ncommande "
		"idcommande numcommande referencecommande bestellnummer bestellnr bestellung "
		"auftrag auftragsnummer rechnungsnummer ",
	[ROLE_ORDER_DATE] = " orderdate ordercreationdate purchasedate orderedat datecommande "
		"datedecommande dateachat bestelldatum kaufdatum auftragsdatum ",
	[ROLE_STATUS] = " status orderstatus statut etat statutcommande etatcommande bestellstatus "
		"zustand ",
	[ROLE_CURRENCY] = " currency currencycode devise monnaie wahrung waehrung ",
	[ROLE_TOTAL] = " total grandtotal ordertotal totalamount totalprice totalpaid totalttc "
		"montanttotal totalcommande gesamt gesamtbetrag gesamtsumme summe ",
	[ROLE_TOTAL_TAX_FREE] = " totalpriceexcltax totalexcltax subtotal nettotal totalht "
		"montanttotalht netto nettosumme gesamtnetto ",
	[ROLE_ORDER_DISCOUNT] = " totaldiscount orderdiscount remisetotale gesamtrabatt ",
	[ROLE_PAYMENT] = " payment paymentmethod paiement modedepaiement moyendepaiement "
		"zahlungsart zahlung ",
	[ROLE_STORE] = " store storecode storeid shop magasin codemagasin boutique filiale laden ",
	[ROLE_LINE] = " lineid linenumber line itemid ligne numeroligne idligne position "
		"positionsnummer posnr ",
	[ROLE_SKU] = " sku productsku productid productcode productnumber itemnumber article "
		"articlenumber referenceproduit codearticle codeproduit refarticle artikelnummer "
		"artikelnr artnr artikel ",
	[ROLE_EAN] = " ean ean13 gtin barcode codebarre codebarres productean13 strichcode ",
	[ROLE_LABEL] = " productname producttitle itemname product libelle libelleproduit "
		"designation nomproduit produit artikelname artikelbezeichnung bezeichnung "
		"produktname ",
	[ROLE_CATEGORY] = " category categoryid productcategory productcategoryid categorie "
		"categorieproduit kategorie warengruppe ",
	[ROLE_PRICE] = " price unitprice prix prixunitaire preis einzelpreis stuckpreis ",
	[ROLE_QUANTITY] = " quantity qty pieces productquantity quantite qte nombre menge anzahl "
		"stuck stueck ",
	[ROLE_AMOUNT] = " amount linetotal rowtotal rowtotalincltax lineamount itemtotal montant "
		"montantttc totalligne prixttc betrag zeilensumme positionssumme ",
	[ROLE_TAX_FREE] = " amountexcltax linetotalexcltax montantht prixht nettobetrag ",
	[ROLE_DISCOUNT] = " discount discountamount linediscount remise rabais rabatt nachlass ",
	[ROLE_ID] = " id number no nr num numero nummer code identifier identifiant ref reference "
		"referenz ",
	[ROLE_NAME] = " name nom fullname ",
	[ROLE_DATE] = " date createdat creationdate datecreation datum erstellt erstelltam ",
};

/* " orderid ", as above; "" for a name without letters. */
static const char *
key_of(struct arena *a, const char *name)
{
	char *plain = g_str_to_ascii(name, "C");
	char *key = arena_alloc(a, strlen(plain) + 3), *to = key;

	*to++ = ' ';
	for (const char *c = plain; *c != '\0'; c++)
		if (g_ascii_isalnum(*c))
			*to++ = g_ascii_tolower(*c);
	*to++ = ' ';
	*to = '\0';
	g_free(plain);
	return to - key > 2 ? key : "";
}

enum import_role
import_role_of(struct arena *a, const char *name)
{
	const char *key = key_of(a, name);

	for (enum import_role r = ROLE_UNSET + 1; r < ROLE_N && *key != '\0'; r++)
		if (strstr(names[r], key) != NULL)
			return r;
	return ROLE_UNSET;
}
