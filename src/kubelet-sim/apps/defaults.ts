/** The constants of applications and of the SDKs that they use. */
import type { DurationMs } from "../../kernel/time.ts";
import { MINUTE_MS, SECOND_MS } from "../../kernel/time.ts";

/** How often plain code looks that is told nothing else. Source: alternatives.md 2.1 (app-poll) */
export const APP_POLL_INTERVAL_MS: DurationMs = 5 * MINUTE_MS;
/** `refresh-interval` of Spring's property source. Source: Azure/azure-sdk-for-java AzureKeyVaultPropertySourceProperties DEFAULT_REFRESH_INTERVAL */
export const SPRING_REFRESH_INTERVAL_MS: DurationMs = 30 * MINUTE_MS;
/** How often a program uses its credential. Source: Keyturn's own. */
export const APP_REQUEST_INTERVAL_MS: DurationMs = SECOND_MS;
/** Secrets that .NET's provider reads at a time. Source: Azure/azure-sdk-for-net Azure.Extensions.AspNetCore.Configuration.Secrets ParallelSecretLoader ParallelismLevel */
export const DOTNET_PARALLEL_READS = 32;

/** Rest of a token's life in which an SDK gets a new one. Source: key-vault.md 5.2 (JS, 2 minutes), 10.5 (MSAL, 5 minutes) */
export const TOKEN_RENEWAL_MS = {
  js: 2 * MINUTE_MS,
  dotnet: 5 * MINUTE_MS,
  java: 5 * MINUTE_MS,
} as const;
/** How long an SDK waits for a token: .NET's NetworkTimeout. Source: Azure/azure-sdk-for-net Azure.Core RetryOptions */
export const TOKEN_PATIENCE_MS: DurationMs = 100 * SECOND_MS;

/** Retries of a request after its first try, in each SDK. Source: key-vault.md 8.3 */
export const SDK_MAX_RETRIES = 3;
/** HTTP answers that JavaScript's SDK tries again; 429 only with a Retry-After. Source: key-vault.md 8.3 */
export const JS_RETRIED_STATUSES: readonly number[] = [
  408, 429, 500, 502, 503, 504,
];
/** Before the second try, halved at most; doubles. Source: key-vault.md 8.3 */
export const JS_RETRY_DELAY_MS: DurationMs = SECOND_MS;
/** Longest such wait. Source: key-vault.md 8.3 */
export const JS_RETRY_MAX_MS: DurationMs = 64 * SECOND_MS;
/** HTTP answers that .NET's and Java's SDKs try again. Source: Azure.Core ResponseClassifier; azure-core RetryPolicy */
export const RETRIED_STATUSES: readonly number[] = [
  408, 429, 500, 502, 503, 504,
];
/** Before their second try; doubles. Source: key-vault.md 8.3 */
export const RETRY_DELAY_MS: DurationMs = 800;
/** Longest wait of each. Source: Azure.Core RetryOptions MaxDelay; azure-core ExponentialBackoff DEFAULT_MAX_DELAY */
export const RETRY_MAX_MS = {
  dotnet: MINUTE_MS,
  java: 8 * SECOND_MS,
} as const;
/** Their jitter, in percent of the wait to either side. Source: Azure.Core DelayStrategy; azure-core ExponentialBackoff JITTER_FACTOR */
export const RETRY_JITTER_PERCENT = { dotnet: 20, java: 5 } as const;

/** Exit code of a .NET program that ends with an unhandled exception: SIGABRT. Source: .NET runtime on Linux */
export const DOTNET_ABORT_EXIT_CODE = 134;
/** Exit code of a Spring application that fails to start. Source: Spring Boot SpringApplication, java's launcher */
export const SPRING_FAILED_EXIT_CODE = 1;
