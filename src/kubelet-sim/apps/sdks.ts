/**
 * The Azure SDKs that applications use: how each presents itself to the vault, and when it sends a failed request again.
 *
 * Source: key-vault.md 2.6, 5.2, 8.3; Azure/azure-sdk-for-js core-rest-pipeline retryPolicy; Azure/azure-sdk-for-net
 *         Azure.Core RetryOptions, DelayStrategy; Azure/azure-sdk-for-java azure-core ExponentialBackoff, RetryPolicy
 * Setting: An application's User-Agent names typical versions of its SDK, its language and its operating system.
 * From code alone: .NET's SDK jitters its waits by 20 percent and Java's by 5.
 */
import type { DurationMs } from "../../kernel/time.ts";
import { SECOND_MS } from "../../kernel/time.ts";
import type { RetryPolicy } from "../csi-driver/azure-provider/sdk-retry.ts";
import type { AppKind } from "./app-spec.ts";
import {
  JS_RETRIED_STATUSES,
  JS_RETRY_DELAY_MS,
  JS_RETRY_MAX_MS,
  RETRIED_STATUSES,
  RETRY_DELAY_MS,
  RETRY_JITTER_PERCENT,
  RETRY_MAX_MS,
  SDK_MAX_RETRIES,
  TOKEN_RENEWAL_MS,
} from "./defaults.ts";

export interface Sdk {
  readonly userAgent: string;
  readonly apiVersion: string;
  readonly retry: RetryPolicy;
  /** Rest of its life in which a token is replaced. */
  readonly tokenRenewalMs: DurationMs;
}

const TOO_MANY_REQUESTS = 429;

/** `@azure/keyvault-secrets` 4.11.2 on Node.js: a 429 without a Retry-After stands. */
const JS: Sdk = {
  userAgent:
    "azsdk-js-keyvault-secrets/4.11.2 core-rest-pipeline/1.22.2 Node/20.20.0 OS/(x64-Linux-6.6.96.2-2.azl3)",
  apiVersion: "2025-07-01",
  tokenRenewalMs: TOKEN_RENEWAL_MS.js,
  retry: {
    maxRetries: SDK_MAX_RETRIES,
    statuses: JS_RETRIED_STATUSES,
    connections: true,
    waitsAtTheEnd: false,
    wait: ({ status, retryAfterSeconds = 0 }, tries, draw) => {
      if (retryAfterSeconds > 0) return retryAfterSeconds * SECOND_MS;
      if (status === TOO_MANY_REQUESTS) return null;
      const delay = Math.min(
        JS_RETRY_DELAY_MS * 2 ** (tries - 1),
        JS_RETRY_MAX_MS,
      );
      return delay / 2 + draw(0, delay / 2);
    },
  },
};

const DOTNET: Sdk = {
  userAgent:
    "azsdk-net-Security.KeyVault.Secrets/4.8.0 (.NET 8.0.17; Debian GNU/Linux 12 (bookworm))",
  apiVersion: "7.6",
  tokenRenewalMs: TOKEN_RENEWAL_MS.dotnet,
  retry: exponential(RETRY_JITTER_PERCENT.dotnet, RETRY_MAX_MS.dotnet),
};

const SPRING: Sdk = {
  userAgent:
    "az-sp-kv/5.22.0 azsdk-java-azure-security-keyvault-secrets/4.9.4 (17.0.15; Linux; 6.6.96.2-2.azl3)",
  apiVersion: "7.6",
  tokenRenewalMs: TOKEN_RENEWAL_MS.java,
  retry: exponential(RETRY_JITTER_PERCENT.java, RETRY_MAX_MS.java),
};

/** Plain code is taken to be JavaScript. */
export function sdkOf(how: AppKind): Sdk {
  if (how === "dotnet") return DOTNET;
  return how === "spring" ? SPRING : JS;
}

function exponential(jitterPercent: number, maxMs: DurationMs): RetryPolicy {
  return {
    maxRetries: SDK_MAX_RETRIES,
    statuses: RETRIED_STATUSES,
    connections: true,
    waitsAtTheEnd: false,
    wait: ({ retryAfterSeconds = 0 }, tries, draw) => {
      if (retryAfterSeconds > 0) return retryAfterSeconds * SECOND_MS;
      const base = RETRY_DELAY_MS * 2 ** (tries - 1);
      const jitter = (base * jitterPercent) / 100;
      return Math.min(draw(base - jitter, base + jitter), maxMs);
    },
  };
}
