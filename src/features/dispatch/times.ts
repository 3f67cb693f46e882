/** Nest token of the `Times` the protocol runs on: `defaultTimes`, or all of them scaled in a test. */
export const TIMES = Symbol('times');
