/*
 * quotakit.c
 *		The library's start: its settings.
 */
#include "quotakit.h"
#include "pg/layout.h"

#include <limits.h>

#include "utils/guc.h"

PG_MODULE_MAGIC;

int qk_batch_lock_wait = 50;
int qk_cache_paths = 10000;
char *qk_account_setting = NULL;
char *qk_actor_setting = NULL;
static int signup_setting = 0;

/* Who may sign up in the dashboard. */
static const struct config_enum_entry signup_options[] = {
	{ "first", 0, false }, { "open", 1, false }, { "closed", 2, false }, { NULL, 0, false }
};

void
_PG_init(void)
{
	DefineCustomIntVariable(
		"quotakit.batch_lock_wait", "How long a batch waits for one project's lock.",
		"When it passes, that project's calls are answered \"busy\" and the others go on.",
		&qk_batch_lock_wait, 50, 0, 60000, PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("quotakit.cache_paths",
							"How many paths a backend's cache of configuration holds at most.",
							"When it is full the cache is emptied.", &qk_cache_paths, 10000, 100,
							10000000, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable(
		"quotakit.account", "The current account, by name or number.",
		"Gives no right: the role must be mapped to the account in quotakit.access.",
		&qk_account_setting, "", PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable(
		"quotakit.actor", "On whose behalf the role acts, for the audit log.",
		"The log names the role first, so nothing can be put on somebody else.", &qk_actor_setting,
		"", PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable(
		"quotakit.signup", "Whether strangers can sign up in the dashboard and make accounts.",
		"first: as long as there is no member at all; open: always; closed: never.",
		&signup_setting, 0, signup_options, PGC_SUSET, 0, NULL, NULL, NULL);
	MarkGUCPrefixReserved("quotakit");
	qk_layout_init();
}

const char *const qk_unit_names[QK_UNITS] = { "usd", "credits", "requests", "tokens" };

bool
qk_unit_is_money(QKUnit unit)
{
	return unit == QK_USD || unit == QK_CREDITS;
}
