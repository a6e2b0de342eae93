#include "config.h"

#include "platform/magento/magento.h"

#include <stddef.h>

#include "platform/magento/command.h"
#include "platform/magento/contact.h"

#define ROW(entity_, action_, run_) { .platform = "Magento", .entity = entity_, .action = action_, .run = run_ }

const struct platform_row platform_magento_rows[] = {
	ROW("Contact", "Insert", platform_magento_contact_save),
	ROW("Contact", "Update", platform_magento_contact_save),
	ROW("Contact", "Connection", platform_magento_contact_connection),
	ROW("ContactConnexion", "Connection", platform_magento_contact_connection),
	ROW("Newsletter", "Update", platform_magento_contact_newsletter),
	ROW("Command", "Update", platform_magento_command_save),
	ROW("StatusCommand", "Update", platform_magento_command_status),
	{ .platform = NULL },
};
