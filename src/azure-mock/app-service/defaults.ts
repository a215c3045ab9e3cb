/** How often Azure's application platforms look at Key Vault references. */
import { HOUR_MS, MINUTE_MS } from "../../kernel/time.ts";

/** Source: MicrosoftDocs/azure-docs articles/app-service/app-service-key-vault-references.md (within 24 hours). */
export const APP_SERVICE_INTERVAL_MS = 24 * HOUR_MS;
/** Source: a third-party guide that cites vendor documentation; alternatives.md 3.2. */
export const CONTAINER_APPS_INTERVAL_MS = 30 * MINUTE_MS;
