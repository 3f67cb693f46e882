import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/instant.js';

/**
 * How long after each try that failed the next one comes; after the last the message has failed. About 27 hours.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability
 */
const waitsMs = [5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS, 10 * HOUR_MS] as const;

/** `tries` = how often it was tried so far; null = not again. In ms, before the sender's ± 10 %. */
export function nextTry(tries: number): number | null {
  return waitsMs[tries - 1] ?? null;
}

/** An endpoint at which nothing has arrived for so long is turned off, and people are told. */
export const OFF_AFTER_MS = 5 * DAY_MS;

/** One request, from the first to the last byte. */
export const REQUEST_MS = 15 * SECOND_MS;
/** A claimed message belongs to its sender for so long; enough for two requests in a row. */
export const LEASE_MS = MINUTE_MS;
/** A claim older than this is let go: another sender may be about to take it. */
export const CLAIM_AT_MOST_MS = LEASE_MS - REQUEST_MS - 5 * SECOND_MS;
